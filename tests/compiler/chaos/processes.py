"""Commands in processes of their own, which are killed at random moments."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMPILER = str(Path(__file__).parents[3] / "compiler")
FEW = 5
MANY = int(os.environ.get("SKEWLESS_KILLS", "100"))
KILLS = [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.chaos)]


class Command:
    """`skewless` with some arguments in a project's folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "skewless", *arguments, "--log-format", "json"]
        # What a killed process leaves in its temporary folder goes with the test's own.
        environment = {**os.environ, "PYTHONPATH": COMPILER, "TMPDIR": str(folder)}
        self._process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        )

    def until(self, event: str) -> None:
        """Returns when it has said so."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if json.loads(line)["event"] == event:
                return
        raise AssertionError(f"it ended without '{event}'")

    def end(self, how: signal.Signals = signal.SIGTERM) -> str:
        """Tells it to end, and gives what it said since. It must end in order."""
        self._process.send_signal(how)
        return self.rest()

    def rest(self) -> str:
        """Waits for it to end, as it must in order; what it said since."""
        said, _ = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, said
        return said

    def kill(self) -> bool:
        """Whether it was running still."""
        was_running = self._process.poll() is None
        self._process.kill()
        self._process.communicate()
        return was_running


def pause(dice: random.Random, longest: float) -> None:
    time.sleep(dice.uniform(0, longest))
