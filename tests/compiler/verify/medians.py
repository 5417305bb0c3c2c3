"""How many examples `verify` needs for each planted fault, into docs/how-to/verify-a-project.md: run by `make mutations`."""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from faults import FAULTS
from workshop import workshop

from skewless.tasks.workspace import Workspace
from skewless.verify.trials.search import verify_view

PAGE = Path(__file__).parents[3] / "docs/how-to/verify-a-project.md"
HEADER = "| fault | wrong path | view | median | most |"
_TABLE = re.compile(rf"^{re.escape(HEADER)}\n(\|.*\n)+(\n.*\n)?", re.MULTILINE)
_MOST = 2_000
"""Examples after which a search is given up."""


@cache
def _project() -> Workspace:
    return workshop(Path(tempfile.mkdtemp(prefix="skewless-workshop-")))


def examples_until_found(name: str, seed: int) -> int:
    """The number of the first example that differs. Raises AssertionError if none does."""
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name].inject(patch)
        found = verify_view(_project(), FAULTS[name].view, examples=_MOST, seed=seed, shrinks=False)
    assert found.counterexample is not None, f"{name} is not found with seed {seed}"
    return found.found_after


def table(counts: Mapping[str, Sequence[int]], seeds: int) -> str:
    """The counts of each fault as a table of Markdown, and the sentence about them."""
    rows = [
        f"| {name.replace('_', ' ')} | {FAULTS[name].path} | `{FAULTS[name].view}` | "
        f"{statistics.median_low(found)} | {max(found)} |"
        for name, found in counts.items()
    ]
    medians = [statistics.median_low(found) for found in counts.values()]
    said = (
        f"{len(counts)} faults, {seeds} seeds each. At the median of its seeds, half of the faults are found within "
        f"{statistics.median_low(medians)} examples, and the one that takes longest within {max(medians)}."
    )
    return "\n".join([HEADER, "|---|---|---|---|---|", *rows, "", said, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    asked = [(name, seed) for name in FAULTS for seed in range(seeds)]
    counts: dict[str, list[int]] = {name: [] for name in FAULTS}
    with ProcessPoolExecutor(2) as pool:
        found = pool.map(examples_until_found, *zip(*asked, strict=True))
        for done, ((name, _), examples) in enumerate(zip(asked, found, strict=True), start=1):
            counts[name].append(examples)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{done:,} of {len(asked):,} searches")
    page = PAGE.read_text(encoding="utf-8")
    written, places = _TABLE.subn(lambda _: table(counts, seeds), page)
    if places != 1:
        raise SystemExit(f"{PAGE} has {places} tables of faults")
    PAGE.write_text(written, encoding="utf-8")
    print(table(counts, seeds))  # noqa: T201


if __name__ == "__main__":
    main()
