"""The time columns that travel with each row, unseen, through every step of a pipeline."""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.clock import later, tick
from skewless.contract.ir import Timing
from skewless.contract.names import (
    EVENT_TIME,
    KNOWN_AT,
    KNOWN_FROM,
    VISIBLE_FROM,
    VISIBLE_TO,
    aliased,
    column,
    identifier,
    tie,
)
from skewless.contract.types import cast
from skewless.frontend.scope import Relation
from skewless.ground.dtypes import DataType


def time_columns(timing: Timing) -> tuple[str, ...]:
    """The names that rows of this timing carry."""
    if timing.is_settled:
        return (EVENT_TIME,)
    carried = (EVENT_TIME, KNOWN_AT, KNOWN_FROM, VISIBLE_FROM)
    return (*carried, VISIBLE_TO) if timing.has_versions else carried


def carried(alias: str, relation: Relation) -> list[exp.Expr]:
    """Projections that pass a relation's time and tie-break columns on."""
    if relation.timing is None:
        return []
    names = [*time_columns(relation.timing), *(tie(number) for number in range(1, len(relation.ties or ()) + 1))]
    return [aliased(column(name, alias), name) for name in names]


def known_from(alias: str, timing: Timing) -> exp.Expr:
    """The first moment at which a row of this timing is known."""
    if timing.is_settled and timing.delay is not None:
        return later(column(EVENT_TIME, alias), timing.delay.microseconds + tick(timing.inclusive))
    return column(KNOWN_FROM, alias)


def as_interval(timing: Timing, has_versions: bool, alias: str) -> list[exp.Expr]:
    """The time columns of rows of any timing, in the form that unsettled rows carry."""
    if not timing.is_settled:
        names = time_columns(timing)
        missing = [exp.Alias(this=_never(), alias=identifier(VISIBLE_TO))] if has_versions else []
        return [
            *(aliased(column(name, alias), name) for name in names),
            *(missing if VISIBLE_TO not in names else []),
        ]
    if timing.delay is None:
        raise AssertionError("settled rows are known a constant time after they happen")
    event_time = column(EVENT_TIME, alias)
    known_at = later(event_time.copy(), timing.delay.microseconds)
    projections: list[exp.Expr] = [
        aliased(event_time, EVENT_TIME),
        exp.Alias(this=known_at, alias=identifier(KNOWN_AT)),
        exp.Alias(this=known_from(alias, timing), alias=identifier(KNOWN_FROM)),
        exp.Alias(this=known_from(alias, timing), alias=identifier(VISIBLE_FROM)),
    ]
    if has_versions:
        projections.append(exp.Alias(this=_never(), alias=identifier(VISIBLE_TO)))
    return projections


def ties_of_branch(branch: int, alias: str, branches: list[tuple[DataType, ...]]) -> list[exp.Expr]:
    """Tie-break columns of one branch of a union: the branch's number, its own columns, NULL for the others'."""
    projections: list[exp.Expr] = [exp.Alias(this=exp.Literal.number(branch), alias=identifier(tie(1)))]
    number = 2
    for index, types in enumerate(branches):
        for own, dtype in enumerate(types, start=1):
            value = column(tie(own), alias) if index == branch else typed_null(dtype)
            projections.append(exp.Alias(this=value, alias=identifier(tie(number))))
            number += 1
    return projections


def typed_null(dtype: DataType) -> exp.Expr:
    return cast(exp.Null(), dtype)


def _never() -> exp.Expr:
    return cast(exp.Null(), "TIMESTAMP")
