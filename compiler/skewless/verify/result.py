"""What a test found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["unit", "data", "parity"]
Outcome = Literal["pass", "fail", "warn", "error", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One test: `message` is a line, `detail` a table of what differs (empty when it passed)."""

    __test__ = False

    name: str
    kind: Kind
    node: str
    status: Outcome
    seconds: float
    message: str
    detail: str = ""
    failures: int = 0
