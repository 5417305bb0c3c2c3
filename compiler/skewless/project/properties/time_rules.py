"""When a source's rows happened and became known: rules of the source and of its table into one set, and its checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.durations import Duration
from skewless.ground.spans import Span
from skewless.project.checking import Checker, Shape
from skewless.project.fields import Length, Name, Names
from skewless.project.model import Column
from skewless.project.places import Place
from skewless.project.properties.columns import find_column

_KEYS = ("event_time", "known_at", "delay", "inclusive", "static")
_TYPES = {"event_time": ("TIMESTAMP", "DATE"), "known_at": ("TIMESTAMP", "DATE"), "deleted": ("BOOLEAN",)}


class TimeRules(Shape):
    """The keys that a source may state for all of its tables."""

    noun: ClassVar[str] = "a source"

    event_time: Name | None = None
    known_at: Name | None = None
    delay: Length | None = None
    inclusive: bool = False
    static: bool = False


class VersionRules(TimeRules):
    """The keys about versions of a row, which only a table can state."""

    noun: ClassVar[str] = "a source table"

    primary_key: Names = ()
    append_only: bool = False
    tie_break: Names = ()
    deleted: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The rules that hold for one table; columns are spelled as they are declared."""

    event_time: str | None
    known_at: str | None
    delay: Duration
    inclusive: bool
    static: bool
    primary_key: tuple[str, ...]
    append_only: bool
    tie_break: tuple[str, ...]
    deleted: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A table within its source: which of the two states a time rule."""

    title: str
    source: TimeRules
    source_place: Place
    table: VersionRules
    table_place: Place
    columns: tuple[Column, ...]

    def place(self, key: str) -> Place | None:
        """Where `key` is stated for the table, if anywhere. What the table says is never mixed with its opposite."""
        own = {name for name in self.table_place.data if self.table_place.data[name] is not None}
        if key in self.table_place.data:
            return self.table_place
        overruled = (
            key not in _KEYS
            or self.table.static
            or (key == "known_at" and "delay" in own)
            or (key == "delay" and "known_at" in own)
            or (key == "static" and bool(own & {"event_time", "known_at", "delay"}))
        )
        return self.source_place if key in self.source_place.data and not overruled else None

    def rules(self, key: str) -> TimeRules | None:
        place = self.place(key)
        return None if place is None else self.table if place is self.table_place else self.source

    def names(self, key: str) -> tuple[str, ...]:
        """The columns that `key` names."""
        value = getattr(self.rules(key), key, None)
        return (value,) if isinstance(value, str) else value or ()

    def spans(self, key: str) -> tuple[Span, ...]:
        """Where each of them is written."""
        return (self.place(key) or self.table_place).each_value(key)


def read_timing(checker: Checker, scope: Scope) -> Timing:
    """The rules of a table; what contradicts itself or names no column is reported."""
    for check in _CHECKS:
        check(checker, scope)
    delay, inclusive, static = scope.rules("delay"), scope.rules("inclusive"), scope.rules("static")
    return Timing(
        event_time=_one(scope, "event_time"),
        known_at=_one(scope, "known_at"),
        delay=(delay and delay.delay) or Duration(0),
        inclusive=bool(inclusive and inclusive.inclusive),
        static=bool(static and static.static),
        primary_key=_declared(scope, "primary_key"),
        append_only=scope.table.append_only,
        tie_break=_declared(scope, "tie_break"),
        deleted=_one(scope, "deleted"),
    )


def _declared(scope: Scope, key: str) -> tuple[str, ...]:
    columns = (find_column(name, scope.columns) or name for name in scope.names(key))
    return tuple(column if isinstance(column, str) else column.name for column in columns)


def _one(scope: Scope, key: str) -> str | None:
    return next(iter(_declared(scope, key)), None)


def _named(scope: Scope) -> Iterator[tuple[str, str, Span]]:
    """(key, column name, where it is written) of every column that a rule names."""
    for key in ("event_time", "known_at", "primary_key", "tie_break", "deleted"):
        for name, span in zip(scope.names(key), scope.spans(key), strict=False):
            yield key, name, span


def _unknown_columns(checker: Checker, scope: Scope) -> None:
    known = [column.name for column in scope.columns]
    for key, name, span in _named(scope):
        # A table without a single column has a diagnostic already.
        if known and find_column(name, scope.columns) is None:
            hint = did_you_mean(name, known) or f"the columns of {scope.title}: {', '.join(known)}"
            checker.report(
                "unknown-column", f"{key} of {scope.title} names '{name}', which is not among its columns", span, hint
            )


def _wrong_types(checker: Checker, scope: Scope) -> None:
    for key, name, span in _named(scope):
        column = find_column(name, scope.columns)
        allowed = _TYPES.get(key, ())
        if column and column.data_type and allowed and column.data_type.kind not in allowed:
            wanted = " or ".join(kind.lower() for kind in allowed)
            message = f"{key} needs a column of type {wanted}; '{column.name}' is {str(column.data_type).lower()}"
            checker.report("invalid-value", message, span)


def _event_time_missing(checker: Checker, scope: Scope) -> None:
    static, place = scope.rules("static"), scope.place("event_time")
    if (static and static.static) or (place and place.data["event_time"] is not None):
        return
    written = ((type(scope.table), scope.table_place), (type(scope.source), scope.source_place))
    if any(shape.has_meant(place, key) for shape, place in written for key in ("event_time", "static")):
        return
    timed = [column.name for column in scope.columns if column.data_type and column.data_type.kind == "TIMESTAMP"]
    example = timed[0] if timed else "<column>"
    hint = f"add `event_time: {example}`, or `static: true` for a look-up table without time"
    message = f"{scope.title} does not say when its rows happened"
    checker.report("missing-event-time", message, scope.table_place.value("name"), hint)


def _known_twice(checker: Checker, scope: Scope) -> None:
    check_known_once(checker, scope.table_place)


def check_known_once(checker: Checker, place: Place) -> None:
    """A source, or a table, has one rule for when a row became known."""
    known, delay = place.data.get("known_at"), place.data.get("delay")
    if known is not None and delay is not None:
        message = "known_at and delay both say when a row became known"
        checker.report("invalid-value", message, place.key("delay"), "keep one of them")


def _versions_without_key(checker: Checker, scope: Scope) -> None:
    data = scope.table_place.data
    if data.get("primary_key") not in (None, []) or type(scope.table).has_meant(scope.table_place, "primary_key"):
        return
    for key, value in (("deleted", scope.table.deleted), ("append_only", scope.table.append_only)):
        if value:
            message = f"{key} needs a primary_key: without one, no row is a version of another"
            checker.report("invalid-value", message, scope.table_place.key(key), "add `primary_key: [...]`")


def _static_with_time(checker: Checker, scope: Scope) -> None:
    if not scope.table.static:
        return
    for key in ("event_time", "known_at", "delay", "inclusive", "tie_break", "deleted"):
        if getattr(scope.table, key):
            message = f"{scope.title} is static, so {key} has no meaning"
            hint = f"remove `{key}` or `static: true`"
            checker.report("invalid-value", message, scope.table_place.key(key), hint)


_CHECKS = (
    _event_time_missing,
    _unknown_columns,
    _wrong_types,
    _known_twice,
    _versions_without_key,
    _static_with_time,
)
