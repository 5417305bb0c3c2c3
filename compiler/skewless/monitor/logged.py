"""A serving log into the parts that one definition of the service each has written, and their relations."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlglot import exp

from skewless.codegen.scan import as_declared
from skewless.codegen.training.plan import named
from skewless.contract.names import column
from skewless.contract.types import cast
from skewless.engines.engine import Engine
from skewless.ground.dtypes import TIMESTAMP
from skewless.ground.durations import Duration
from skewless.ground.errors import DataError, EngineError
from skewless.monitor.counting import period_of
from skewless.monitor.places import Places, is_parquet, read_as
from skewless.monitor.relations import FeatureColumns, Relation, value_column
from skewless.serve.log.layout import METADATA, Layout, layout_from

_DAY = re.compile(r"(?P<definition>.*)[/\\][^/\\=]+=(?P<day>\d{4}-\d\d-\d\d)[/\\][^/\\]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Since when and until when rows were answered, as naive UTC; the end is not included."""

    since: dt.datetime | None
    until: dt.datetime | None

    def has_day(self, day: dt.date) -> bool:
        return (self.since is None or day >= self.since.date()) and (self.until is None or day <= self.until.date())

    def condition(self, answered: exp.Expr) -> exp.Expr | None:
        bounds = [
            kind(this=answered.copy(), expression=cast(exp.Literal.string(moment.isoformat(sep=" ")), "TIMESTAMP"))
            for kind, moment in ((exp.GTE, self.since), (exp.LT, self.until))
            if moment is not None
        ]
        return exp.and_(*bounds, copy=False) if bounds else None

    def __str__(self) -> str:
        since = "" if self.since is None else f" since {_shown(self.since)}"
        return since + ("" if self.until is None else f" before {_shown(self.until)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows that one definition of the service has served. `versions` are those of views that keep state, if known."""

    definition: str
    versions: Mapping[str, str]
    relation: Relation

    def rows(self, every: Duration) -> Counter[int]:
        """Rows by the number of their period since 1970."""
        read = self.relation.select(named(period_of(self.relation, every), "_period"))
        grouped = exp.Select(
            expressions=[column("_period"), named(exp.Count(this=exp.Star()), "n")],
            from_=exp.From(this=exp.Subquery(this=read, alias=exp.TableAlias(this=exp.to_identifier("read")))),
            group=exp.Group(expressions=[column("_period")]),
        )
        return Counter({int(period): int(count) for period, count in self.relation.engine.rows(grouped)})


def logged_parts(places: Places, log: str, current: Layout, span: Span) -> tuple[Part, ...]:
    """The parts of the log that are of the service, whichever of its definitions served them.

    `log` is a folder that a serving log was written to, a Parquet file of one, or a table of the warehouse that has
    its columns. Raises DataError when there is no row of the service at all.
    """
    found = _parts_of_files if is_parquet(log) else _parts_of_table
    parts = tuple(found(places, log, current, span))
    if not parts:
        raise nothing_logged(current.service, log, span)
    return parts


def nothing_logged(service: str, log: str, span: Span) -> DataError:
    """No row of the service was answered in the span."""
    return DataError(
        f"the log '{log}' has no row of '{service}'{span}",
        help="serve with --serving-log and wait until a file is complete, or name another --log, --since or --until",
    )


def _parts_of_files(places: Places, log: str, current: Layout, span: Span) -> Iterator[Part]:
    files = places.glob(log if log.endswith((".parquet", ".pq")) else f"{log.rstrip('/')}/**/*.parquet")
    if not files:
        raise DataError(f"there is no Parquet file in '{log}'", help="name the folder of a serving log: --log DIR")
    known = [(_layout(places, group[-1]), group) for group in _by_definition(files, span)]
    if all(logged is None for logged, _ in known) and known:
        raise DataError(f"'{log}' holds Parquet files, and no serving log", help="serve with --serving-log DIR")
    for number, (logged, group) in enumerate(known):
        if logged is not None and (logged.project, logged.service) == (current.project, current.service):
            yield _part_of_files(places, f"_served_{number}", logged, group, span)


def _by_definition(files: Iterable[str], span: Span) -> list[list[str]]:
    """Files of one folder above the days, of the days that the span may have; their own names sort by time."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in files:
        found = _DAY.fullmatch(path)
        if found is None:
            groups[path].append(path)
        elif span.has_day(dt.date.fromisoformat(found["day"])):
            groups[found["definition"]].append(path)
    return list(groups.values())


def _layout(places: Places, path: str) -> Layout | None:
    """None of a file that no serving log has written."""
    read = exp.Table(this=exp.Anonymous(this="PARQUET_KV_METADATA", expressions=[exp.Literal.string(path)]))
    query = exp.Select(expressions=[column("key"), column("value")], from_=exp.From(this=read))
    try:
        found = {bytes(key): bytes(value) for key, value in places.files.rows(query)}
    except EngineError as error:
        raise DataError(
            f"'{path}' is no file of a serving log: {error.message}", help="remove it, or name another folder"
        ) from error
    return layout_from(found[METADATA], path) if METADATA in found else None


def _part_of_files(places: Places, name: str, logged: Layout, files: list[str], span: Span) -> Part:
    found = places.read_files(name, files, f"the log of '{logged.service}'")
    features = tuple(
        FeatureColumns(
            name=one.name,
            dtype=found[one.value],
            value=value_column(one.value, found[one.value], places.files),
            status=column(one.status),
            event_timestamp=_moment(one.event_timestamp, found),
        )
        for one in logged.features
    )
    answered = _moment(logged.own["log_answered_at"], found)
    relation = Relation(
        engine=places.files,
        source=read_as(name),
        features=features,
        answered=answered,
        as_of=_moment(logged.own["log_as_of"], found),
        where=span.condition(answered),
    )
    return Part(definition=logged.definition, versions=logged.versions, relation=relation)


def _parts_of_table(places: Places, log: str, current: Layout, span: Span) -> Iterator[Part]:
    """A table that files of the log were loaded into; columns of the folders' names are in it, or not."""
    name, own = "_served", current.own
    found = places.read_table(name, log, f"the log '{log}'")
    missing = [own[one] for one in ("log_answered_at", "log_as_of") if own[one] not in found]
    if missing:
        columns = ", ".join(found)
        raise DataError(f"the log '{log}' has no column {', '.join(missing)}", help=f"its columns: {columns}")
    answered = _moment(own["log_answered_at"], found)
    wanted = {own["log_project"]: current.project, own["log_service"]: current.service}
    conditions = [_is(key, value) for key, value in wanted.items() if key in found]
    relation = Relation(
        engine=places.warehouse,
        source=read_as(name),
        features=tuple(_features_of_table(current, found, places.warehouse)),
        answered=answered,
        as_of=_moment(own["log_as_of"], found),
        where=_all([*conditions, span.condition(answered)]),
    )
    yield from _by_column(relation, own["log_definition"] if own["log_definition"] in found else None)


def _features_of_table(current: Layout, found: Mapping[str, str], engine: Engine) -> Iterator[FeatureColumns]:
    for one in current.features:
        if one.value in found:
            yield FeatureColumns(
                name=one.name,
                dtype=found[one.value],
                value=value_column(one.value, found[one.value], engine),
                status=column(one.status) if one.status in found else None,
                event_timestamp=_moment(one.event_timestamp, found) if one.event_timestamp in found else None,
            )


def _by_column(relation: Relation, definition: str | None) -> Iterator[Part]:
    whole = partial(Part, versions={})
    if definition is None:
        yield whole(definition="", relation=relation)
        return
    query = relation.select(column(definition))
    query.set("distinct", exp.Distinct())
    for (value,) in sorted(relation.engine.rows(query), key=str):
        is_it = _is(definition, value)
        yield whole(definition=str(value or ""), relation=_narrowed(relation, is_it))


def _narrowed(relation: Relation, condition: exp.Expr) -> Relation:
    return replace(relation, where=_all([relation.where, condition]))


def _is(name: str, value: Any) -> exp.Expr:
    if value is None:
        return exp.Is(this=column(name), expression=exp.Null())
    return exp.EQ(this=column(name), expression=exp.Literal.string(str(value)))


def _all(conditions: Iterable[exp.Expr | None]) -> exp.Expr | None:
    given = [one.copy() for one in conditions if one is not None]
    return exp.and_(*given, copy=False) if given else None


def _moment(name: str, found: Mapping[str, str]) -> exp.Expr:
    return as_declared(column(name), TIMESTAMP, found[name])


def _shown(moment: dt.datetime) -> str:
    return moment.isoformat(sep=" ")
