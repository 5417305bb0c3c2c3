"""What a command says: log lines as text or JSON, data, and one live line on a terminal. All of it passes here.

Log lines go to stdout as dbt's do; a verb whose result is data sends them to stderr, so that pipes work.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from skewless.cli.live import LiveLine

Level = Literal["debug", "info", "warn", "error"]
_RANKS: Mapping[str, int] = {"debug": 0, "info": 1, "warn": 2, "error": 3}


class Console:
    """Writes for one command. `redact` takes secrets out of a text."""

    def __init__(self, redact: Callable[[str], str], *, colours: bool = True) -> None:
        self._redact = redact
        self._threshold: Level = "info"
        self._colours = colours
        self._live: LiveLine | None = None
        self.is_json = False
        self.is_debug = False
        self.logs_to_stderr = False

    def configure(self, *, json_lines: bool, quiet: bool, debug: bool, no_colours: bool) -> None:
        self.is_json = json_lines
        self.is_debug = debug
        self._threshold = "error" if quiet else "debug" if debug else "info"
        self._colours = self._colours and not no_colours

    @property
    def is_quiet(self) -> bool:
        return self._threshold == "error"

    def log(
        self,
        level: Level,
        event: str,
        text: str,
        *,
        shown: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """One log line. `shown` is the text in colours; `fields` are what JSON says besides the message."""
        if _RANKS[level] < _RANKS[self._threshold]:
            return
        if self.is_json:
            self._write(self._as_json(level, event, text, fields or {}), err=self.logs_to_stderr)
        else:
            coloured = shown is not None and self.has_colours(err=self.logs_to_stderr)
            self._write(self._redact(shown if coloured and shown is not None else text), err=self.logs_to_stderr)

    def info(self, event: str, text: str, *, shown: str | None = None, **fields: Any) -> None:
        self.log("info", event, text, shown=shown, fields=fields)

    def space(self) -> None:
        """An empty line between two parts of the text."""
        if not self.is_json:
            self.log("info", "space", "")

    def debug(self, event: str, text: str, **fields: Any) -> None:
        self.log("debug", event, text, fields=fields)

    def warn(self, text: str, **fields: Any) -> None:
        plain = text if self.is_json else f"warning: {text}"
        self.log("warn", "warning", plain, shown=f"{style('warning', 'yellow')}: {text}", fields=fields)

    def data(self, text: str) -> None:
        """The result of a verb, always on stdout."""
        self._write(self._redact(text), err=False)

    def json(self, value: Any, *, indent: int | None = None) -> None:
        """The result of a verb as JSON."""
        self._write(json.dumps(self._clean(value), indent=indent, ensure_ascii=False, default=str), err=False)

    def has_colours(self, *, err: bool) -> bool:
        """Whether the stream is a terminal that shows colours."""
        return self._colours and self.is_terminal(err=err)

    def is_terminal(self, *, err: bool) -> bool:
        stream = sys.stderr if err else sys.stdout
        return bool(stream.isatty())

    def live(self, what: str, number: int = 0, total: int = 0) -> None:
        """Shows on a terminal what is going on now; nothing elsewhere."""
        if self.is_json or self._threshold == "error" or not self.is_terminal(err=True):
            return
        if self._live is None:
            from skewless.cli.live import LiveLine

            self._live = LiveLine(colours=self.has_colours(err=True))
        self._live.show(self._redact(what), number, total)

    def live_on(self, what: str) -> None:
        """The same for something that goes on: other words on the line that is there."""
        if self._live is None or not self._live.say(self._redact(what)):
            self.live(what)

    def rest(self) -> None:
        """Takes the live line away."""
        if self._live is not None:
            self._live.hide()

    def _write(self, text: str, *, err: bool) -> None:
        self.rest()
        click.echo(text, err=err, color=self.has_colours(err=err))

    def _as_json(self, level: Level, event: str, text: str, fields: Mapping[str, Any]) -> str:
        now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        line = {"timestamp": now, "level": level, "event": event, "message": text, **fields}
        return json.dumps(self._clean(line), ensure_ascii=False, default=str)

    def _clean(self, value: Any) -> Any:
        """Secrets are taken out before JSON quotes them."""
        if isinstance(value, Mapping):
            return {self._redact(str(key)): self._clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(item) for item in value]
        return value if value is None or isinstance(value, bool | int | float) else self._redact(str(value))


def style(text: str, colour: str, *, bold: bool = True) -> str:
    """The text in a colour; the console takes colours out where they cannot be shown."""
    return click.style(text, fg=colour, bold=bold)
