"""What a model may use on a warehouse, and what it is there: functions, operators and casts by argument types.

DuckDB is the reference. For each entry an engine has SQL that gives the same value, or a reason why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from skewless.dialects.catalogue import (
    aggregates,
    case,
    comparison,
    json,
    lists,
    numbers,
    regular,
    search,
    text,
    time,
    windows,
)
from skewless.dialects.catalogue.casts import cast_of
from skewless.dialects.catalogue.casts.cast import CAST
from skewless.dialects.catalogue.documented import documented_call, documented_cast, documented_key
from skewless.dialects.catalogue.entry import Engine, Entry, Parameter, Support, Written
from skewless.dialects.promotion import as_decimal, cost_of, is_number, unified
from skewless.ground.dtypes import NULL, DataType, Kind

_ANY = ("ANY", "SCALAR")

ENTRIES: tuple[Entry, ...] = (
    *comparison.ENTRIES, *numbers.ENTRIES, *time.ENTRIES, *aggregates.ENTRIES, *windows.ENTRIES,
    *text.ENTRIES, *case.ENTRIES, *search.ENTRIES, *regular.ENTRIES,
    *lists.ENTRIES, *json.ENTRIES,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Argument:
    """What is known of an argument: its type, and its text when it is written out."""

    dtype: DataType
    constant: str | None = None
    is_text: bool = False
    """Whether it is a text in quotes, which DuckDB reads as whatever type is wanted there."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, the types that its arguments have to be brought to, and the type of the call."""

    entry: Entry
    types: tuple[DataType, ...]
    result: DataType


def find(name: str, arguments: Sequence[Argument]) -> Match | None:
    """The entry that DuckDB would choose for these arguments; None if the catalogue has none.

    None too if a NULL without a type leaves open which: DuckDB's choice is by rules of its own.
    """
    found = [match for entry in _named().get(name, ()) if (match := _match(entry, arguments)) is not None]
    if not found:
        return None
    least = min(cost for cost, _ in found)
    best = [match for cost, match in found if cost == least]
    is_open = any(one.dtype == NULL for one in arguments) and len({match.result for match in best}) > 1
    return None if is_open else best[0]


def named(name: str) -> tuple[Entry, ...]:
    """Every entry of a name."""
    return _named().get(name, ())


def call_on(engine: Engine, match: Match) -> Support:
    """The engine's SQL of a call."""
    if engine == "spark" or engine == "snowflake":
        return match.entry.on(engine)
    return documented_call(engine, match.entry, match.types)


def cast_on(engine: Engine, given: DataType | None, wanted: DataType, *, is_safe: bool = False) -> Support:
    """The engine's SQL of a cast; nothing is given of a column that is as the engine has it."""
    if engine != "spark" and engine != "snowflake":
        return documented_cast(engine, given, wanted, is_safe=is_safe)
    return Written(CAST) if given is None or given == NULL else cast_of(given, wanted, is_safe=is_safe).on(engine)


def key_on(engine: Engine, dtype: DataType) -> Support:
    """What the engine orders, groups and looks up a value of the type by, to do so as DuckDB does."""
    if engine == "snowflake" and dtype.is_floating:
        return Written("$1 + 0")  # which makes -0.0 what it equals
    return Written("$1") if engine == "spark" or engine == "snowflake" else documented_key(engine, dtype)


@cache
def _named() -> dict[str, tuple[Entry, ...]]:
    names: dict[str, list[Entry]] = {}
    for entry in ENTRIES:
        names.setdefault(entry.name, []).append(entry)
    return {name: tuple(entries) for name, entries in names.items()}


def _match(entry: Entry, arguments: Sequence[Argument]) -> tuple[int, Match] | None:
    parameters = _parameters(entry, len(arguments))
    if parameters is None:
        return None
    any_type = _any_type(parameters, arguments)
    cost, types = 0, []
    for parameter, argument in zip(parameters, arguments, strict=True):
        fitted = _fitted(parameter, argument, any_type)
        if fitted is None:
            return None
        cost += fitted[0]
        types.append(fitted[1])
    if entry.is_of_one_type:
        types = [unified(types) or types[0]] * len(types)
    constants = [argument.constant for argument in arguments]
    result = entry.by_constants(types, constants) if entry.by_constants else entry.result(types)
    return cost, Match(entry, tuple(types), result)


def _parameters(entry: Entry, count: int) -> tuple[Parameter, ...] | None:
    known = entry.parameters
    if entry.is_variadic and count >= len(known):
        return (*known, *[known[-1]] * (count - len(known)))
    return known if count == len(known) else None


def _any_type(parameters: Sequence[Parameter], arguments: Sequence[Argument]) -> DataType | None:
    """What ANY stands for in this call: one type for all of its arguments."""
    types = []
    for parameter, argument in zip(parameters, arguments, strict=True):
        if parameter.text in _ANY and not argument.is_text:
            types.append(argument.dtype)
        elif parameter.text == "ANY[]" and argument.dtype.element is not None:
            types.append(argument.dtype.element)
    both = unified(types)
    texts = any(one.is_text for parameter, one in zip(parameters, arguments, strict=True) if parameter.text in _ANY)
    return DataType(kind="VARCHAR") if texts and (both is None or both.kind == "NULL") else both


def _fitted(parameter: Parameter, argument: Argument, any_type: DataType | None) -> tuple[int, DataType] | None:
    """What it costs to bring the argument to the parameter, and the type that it gets; None if it cannot be."""
    if parameter.is_constant and argument.constant is None:
        return None
    if parameter.literal is not None:
        return (0, argument.dtype) if (argument.constant or "").lower() == parameter.literal else None
    if parameter.text in _ANY:
        if any_type is None or (parameter.text == "SCALAR" and any_type.is_list):
            return None
        return (0 if argument.dtype == any_type else 1), any_type
    if parameter.text == "ANY[]":
        if argument.dtype.element is None or any_type is None:
            return None
        return 0, replace(argument.dtype, element=any_type)
    wanted = DataType.parse(parameter.text) if parameter.text.endswith("[]") else None
    if wanted is not None:
        return (0, wanted) if argument.dtype in (wanted, DataType(kind="NULL")) else None
    return _fitted_kind(parameter.text, argument)


def _fitted_kind(text: str, argument: Argument) -> tuple[int, DataType] | None:
    kind: Kind = text  # type: ignore[assignment]
    if argument.is_text and kind != "VARCHAR":
        return (10, DataType(kind=kind)) if kind in ("DATE", "TIMESTAMP") else None
    cost = cost_of(argument.dtype, kind)
    if cost is None:
        return None
    if kind == "DECIMAL":
        if argument.dtype.kind == "NULL":
            return cost, DataType(kind="DECIMAL", precision=18, scale=3)
        return (cost, as_decimal(argument.dtype)) if is_number(argument.dtype) else None
    return cost, DataType(kind=kind)
