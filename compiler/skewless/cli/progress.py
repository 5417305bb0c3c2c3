"""The lines of work: `1 of 5 START ...`, `1 of 5 OK ... [OK in 0.07s]`, and the last one, `Done. PASS=5 ...`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from skewless.cli.console import Console, Level, style

_WIDTH = 80
_COLOURS = {"OK": "green", "PASS": "green", "WARN": "yellow", "SKIP": "yellow", "ERROR": "red", "FAIL": "red"}
_LEVELS: dict[str, Level] = {"ERROR": "error", "FAIL": "error", "WARN": "warn"}
_COUNTED = {
    "success": "PASS",
    "pass": "PASS",
    "warn": "WARN",
    "error": "ERROR",
    "fail": "ERROR",
    "skipped": "SKIP",
    "skip": "SKIP",
}


class Lines:
    """Tells of units of work as they start and end; `doing` and `done` are words such as `loading view`.

    It is a `tasks.progress.Progress`, so tasks can be given it. On a terminal the unit that is being worked on is
    shown on one live line instead of a START line.
    """

    def __init__(self, console: Console, doing: str, done: str) -> None:
        self._console = console
        self._doing, self._done = doing, done

    def started(self, number: int, total: int, what: str) -> None:
        text = f"{number} of {total} START {self._doing} {what}"
        if self._console.is_terminal(err=True) and not self._console.is_json:
            self._console.live(f"{self._doing} {what}", number, total)
        else:
            line = text if self._console.is_json else _dotted(text, "RUN")
            self._console.info("node_started", line, number=number, total=total, node=what)

    def finished(self, number: int, total: int, what: str, *, seconds: float, detail: str = "") -> None:
        self.ended("OK", number, total, what, seconds=seconds, detail=detail)

    def failed(self, number: int, total: int, what: str, *, seconds: float, message: str) -> None:
        self.ended("ERROR", number, total, what, seconds=seconds, message=message)

    def skipped(self, number: int, total: int, what: str, *, reason: str) -> None:
        self.ended("SKIP", number, total, what, detail=reason)

    def ended(
        self,
        status: str,
        number: int,
        total: int,
        what: str,
        *,
        seconds: float | None = None,
        detail: str = "",
        message: str = "",
    ) -> None:
        """`detail` stands in the brackets, `message` on the lines below."""
        words = self._done if status == "OK" else self._doing
        place = f"{number} of {total}" if total else str(number)
        text = " ".join(part for part in (place, status, words, what) if part)
        after = detail or status
        after += "" if seconds is None else f" in {seconds:.2f}s"
        below = "".join(f"\n    {line}" for line in message.splitlines())
        colour = _COLOURS.get(status, "white")
        self._console.log(
            _LEVELS.get(status, "info"),
            "node_finished",
            text if self._console.is_json else _dotted(text, after) + below,
            shown=_dotted(text, style(after, colour)) + below,
            fields={
                **({"number": number, "total": total} if total else {"number": number}),
                "node": what,
                "status": status.lower(),
                "seconds": seconds,
                "detail": detail or None,
                "error": message or None,
            },
        )

    def note(self, text: str) -> None:
        """A line that belongs to the one above."""
        self._console.info("node_note", f"    {text}", shown=style(f"    {text}", "bright_black", bold=False))


def summary(console: Console, statuses: Iterable[str]) -> None:
    """dbt's last line; `statuses` are those of results, of units and of tests alike."""
    counts = Counter(_COUNTED.get(status, "ERROR") for status in statuses)
    numbers = {name: counts[name] for name in ("PASS", "WARN", "ERROR", "SKIP")}
    text = "Done. " + " ".join(f"{name}={number}" for name, number in numbers.items()) + f" TOTAL={counts.total()}"
    colour = "red" if counts["ERROR"] else "yellow" if counts["WARN"] else "green"
    fields = {**{name.lower(): number for name, number in numbers.items()}, "total": counts.total()}
    console.space()
    console.log("info", "done", text, shown=style(text, colour), fields=fields)


def failed(statuses: Iterable[str]) -> bool:
    """Whether one of the results makes the command's exit code 1."""
    return any(_COUNTED.get(status, "ERROR") == "ERROR" for status in statuses)


def _dotted(text: str, status: str) -> str:
    return f"{f'{text} '.ljust(_WIDTH, '.')} [{status}]"
