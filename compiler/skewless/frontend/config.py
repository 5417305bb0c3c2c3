"""A view's configuration: what YAML says of its folder, what YAML says of it, and what its own `config()` says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeVar

from skewless.contract.ir import Field, Refresh
from skewless.contract.names import is_reserved
from skewless.frontend.faults import Faults
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import VARCHAR, DataType
from skewless.ground.durations import CalendarDurationError, Duration
from skewless.ground.spans import LineMap, Span
from skewless.project.named_versions import version_of_name

KEYS = (
    "entity", "kind", "ttl", "refresh", "offset", "lag", "request", "online", "version", "owner", "tags", "meta",
    "enabled", "plan", "description", "max_events",
)  # fmt: skip
KINDS = ("latest", "aggregate", "request")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewConfig:
    """The settings of one view, checked."""

    entities: tuple[str, ...]
    kind: str | None
    ttl: Duration | None
    refresh: Refresh | None
    requests: tuple[Field, ...]
    online: bool
    plan: str | None
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ConfigReader:
    """Reads one view's settings; `text` and `file` locate a key inside `config(...)`."""

    settings: Mapping[str, Any]
    spans: Mapping[str, Span]
    file: str
    text: str
    faults: Faults

    def read(self) -> ViewConfig:
        for key in self.settings:
            if key not in KEYS:
                self.faults.report(
                    "unknown-key",
                    self.span(key),
                    f"'{key}' is not a setting of a feature view",
                    did_you_mean(key, KEYS) or f"settings: {', '.join(KEYS)}",
                )
        return ViewConfig(
            entities=self._names("entity"),
            kind=self._choice("kind", KINDS),
            ttl=self._ttl(),
            refresh=self._refresh(),
            requests=self._requests(),
            online=self._boolean("online", default=True),
            plan=None if self.settings.get("plan") in (None, "auto") else str(self.settings["plan"]),
            settings=self._checked(),
        )

    def _checked(self) -> dict[str, Any]:
        """The settings, once a count is known to be one, and the version to be that of the file's name."""
        version, named = self.settings.get("version"), version_of_name(PurePosixPath(self.file).stem)
        if version is not None and named is not None and str(version) != named:
            self._invalid("version", f"the file is called version {named}, and this says {version}")
        value = self.settings.get("max_events")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            self._invalid("max_events", f"a whole number of events is expected, not '{value}'")
        return dict(self.settings)

    def span(self, key: str) -> Span:
        """Where the key is written: in the model's own config(), or in YAML."""
        start = self.faults.config_span
        lines = LineMap.of(self.text)
        begin = lines.starts[start.line - 1] + start.column - 1
        if found := re.compile(rf"\b{re.escape(key)}\s*=").search(self.text, begin):
            return lines.span(self.file, found.start(), found.start() + len(key) - 1)
        return self.spans.get(key, start)

    def _span_of(self, key: str, text: str) -> Span:
        """Where a text of the key's value is written; the key if it is not to be found, as it may be composed."""
        begin = self.span(key)
        if not text or begin.file != self.file:
            return begin
        lines = LineMap.of(self.text)
        written = re.compile(rf"(['\"]){re.escape(text)}\1")
        found = written.search(self.text, lines.starts[begin.line - 1] + begin.column)
        return lines.span(self.file, found.start(), found.end() - 1) if found else begin

    def _invalid(self, key: str, message: str, help_line: str | None = None, *, text: str = "") -> None:
        self.faults.report("invalid-value", self._span_of(key, text), f"{key}: {message}", help_line)

    def _names(self, key: str) -> tuple[str, ...]:
        value = self.settings.get(key, ())
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            self._invalid(key, "a name, or a list of names, is expected")
            return ()
        return tuple(names)

    def _choice(self, key: str, known: tuple[str, ...]) -> str | None:
        value = self.settings.get(key)
        if value is not None and value not in known:
            self._invalid(key, f"'{value}' is not one of {', '.join(known)}", did_you_mean(str(value), known))
            return None
        return value

    def _boolean(self, key: str, *, default: bool) -> bool:
        value = self.settings.get(key, default)
        if not isinstance(value, bool):
            self._invalid(key, f"true or false is expected, not '{value}'")
            return default
        return value

    def _duration(self, key: str) -> Duration | None:
        value = self.settings.get(key)
        if value is None:
            return None
        return self._parsed(key, str(value), Duration.parse)

    def _ttl(self) -> Duration | None:
        ttl = self._duration("ttl")
        if ttl == Duration(0):
            self._invalid("ttl", "nothing is younger than zero", "write ttl='1 day', or drop it to keep rows for ever")
        return ttl

    def _parsed(self, key: str, value: str, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(value)
        except CalendarDurationError as error:
            self.faults.report(
                "calendar-window",
                self.span(key),
                f"{key}='{value}': the length of a month, quarter or year changes",
                f"write {key}='{error.suggestion}'",
            )
        except ValueError as error:
            message, _, help_line = str(error).partition("; ")
            self._invalid(key, message, help_line or None, text=value)
        return None

    def _refresh(self) -> Refresh | None:
        interval = self._duration("refresh")
        offset, lag = self._duration("offset"), self._duration("lag")
        if interval is None:
            for key in ("offset", "lag"):
                if self.settings.get(key) is not None:
                    self._invalid(key, "it has a meaning only next to refresh", "set refresh too")
            return None
        if interval.microseconds == 0:
            self._invalid("refresh", "the interval must be longer than zero", "write refresh='1 day'")
            return None
        return Refresh(interval=interval, offset=offset or Duration(0), lag=lag or Duration(0))

    def _requests(self) -> tuple[Field, ...]:
        value = self.settings.get("request") or {}
        if not isinstance(value, Mapping):
            self._invalid("request", "a mapping of field to type is expected, such as {'amount': 'double'}")
            return ()
        fields: list[Field] = []
        for name, text in value.items():
            dtype = self._parsed("request", str(text), DataType.parse)
            if is_reserved(str(name)):
                self._invalid("request", f"'{name}' is a name that skewless gives to its own columns", "rename it")
            if str(name).lower() in {known.name.lower() for known in fields}:
                self.faults.report(
                    "duplicate-name", self.span("request"), f"two fields of the request are called '{name}'",
                    "rename one; names are compared without regard to case",
                )  # fmt: skip
            fields.append(Field(name=str(name), dtype=dtype or VARCHAR))
        return tuple(fields)
