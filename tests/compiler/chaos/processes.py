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
from typing import Any

COMPILER = str(Path(__file__).parents[3] / "compiler")
FEW, MANY = 2, int(os.environ.get("SKEWLESS_KILLS", "100"))
"""Kills of a test in the ordinary suite, and of one that is part of `make chaos`."""


class Command:
    """`skewless` with some arguments in a project's folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "skewless", *arguments, "--log-format", "json"]
        # What a killed process leaves in its temporary folder goes with the test's own.
        environment = {**os.environ, "PYTHONPATH": COMPILER, "TMPDIR": str(folder)}
        self._process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        )

    @property
    def number(self) -> int:
        """Of its process."""
        return self._process.pid

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

    def outcome(self) -> tuple[int, list[dict[str, Any]]]:
        """Waits for it to end in whatever way: its exit code, and the lines that it said since."""
        said, _ = self._process.communicate(timeout=180)
        return self._process.returncode, [json.loads(line) for line in said.splitlines()]

    def last_words(self) -> str:
        """Whether it was running still, and all that it has said that nobody has heard."""
        code = self._process.poll()
        self._process.kill()
        said, _ = self._process.communicate()
        return f"{'running' if code is None else f'ended with {code}'}: {said}"

    def kill(self) -> bool:
        """Whether it was running still."""
        was_running = self._process.poll() is None
        self._process.kill()
        if self._process.stdout and not self._process.stdout.closed:
            self._process.communicate()
        return was_running


def pause(dice: random.Random, longest: float) -> None:
    time.sleep(dice.uniform(0, longest))
