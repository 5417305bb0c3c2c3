"""What the catalogue says of one function or operator on arguments of certain types."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from skewless.ground.dtypes import DataType

Proven = Literal["spark", "snowflake"]
Unproven = Literal["bigquery", "databricks", "postgres", "redshift"]
"""Dialects that are written from their documentation alone (`documented/`)."""
Engine = Literal[Proven, Unproven]
Result = Callable[[Sequence[DataType]], DataType]
"""The type of a call, given the types that its arguments have been brought to."""
ResultByConstants = Callable[[Sequence[DataType], Sequence[str | None]], DataType]
Shape = Literal["scalar", "aggregate", "window"]
Rounding = Literal["exact", "passed", "dropped", "own"]
"""Mathematics libraries differ in the last digits. A function's *own* result may be rounded otherwise elsewhere;
sums and the like pass such a difference on, a test for NULL drops it; anything else would make a jump of it, and gets
exact values only."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an argument must be."""

    text: str
    """A type; `ANY` for any type (all of them alike), `SCALAR` for any but a list, `ANY[]`; or a quoted text, which the
    argument must be."""
    is_constant: bool = False
    """Whether the argument must be written out."""

    @property
    def literal(self) -> str | None:
        return self.text[1:-1].lower() if self.text.startswith("'") else None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an engine cannot give DuckDB's value, and what to write instead."""

    reason: str
    rewrite: str


@dataclass(frozen=True, slots=True)
class Written:
    """The engine's SQL for the same value: `$1`, `$2` ... are the arguments, `RESULT` is the type of the call.

    `$*` stands for all arguments of a call that takes any number of them. `source` is the page of the engine's
    documentation that says so; without one the value has been compared by running it.
    """

    sql: str
    source: str = ""


Support = Written | Refused
Check = Callable[[Sequence[str | None]], Refused | None]
"""Asks the arguments that are written out, None for each that is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    name: str
    parameters: tuple[Parameter, ...]
    result: Result
    spark: Support
    snowflake: Support
    shape: Shape = "scalar"
    is_variadic: bool = False
    """Whether the last parameter may be repeated."""
    rounding: Rounding = "exact"
    is_of_one_type: bool = False
    """Whether decimals of different digits are brought to one type first."""
    by_constants: ResultByConstants | None = None
    """The result's type where it depends on what is written, as in `round(x, 2)`."""

    check: Check | None = None
    """What is wrong with the constants of a call, if the engines agree on some of them only."""

    @property
    def signature(self) -> str:
        rest = "..." if self.is_variadic else ""
        return f"{self.name}({', '.join(one.text for one in self.parameters)}{rest})"

    def on(self, engine: Proven) -> Support:
        return self.spark if engine == "spark" else self.snowflake


_SIGNATURE = re.compile(r"(?P<name>[^(]+)\((?P<parameters>.*?)(?P<variadic>\.\.\.)?\)$")


def entry(
    signature: str,
    result: DataType | Result,
    *,
    spark: str | Refused,
    snowflake: Support,
    shape: Shape = "scalar",
    rounding: Rounding = "exact",
    is_of_one_type: bool = False,
    by_constants: ResultByConstants | None = None,
    check: Check | None = None,
) -> Entry:
    """An entry of the form `name(TYPE, CONSTANT TYPE, 'word', ...)`."""
    found = _SIGNATURE.fullmatch(signature)
    if found is None:
        raise ValueError(f"'{signature}' is no signature")
    parts = [part.strip() for part in found["parameters"].split(",")] if found["parameters"].strip() else []
    return Entry(
        name=found["name"],
        parameters=tuple(_parameter(part) for part in parts),
        result=result if callable(result) else lambda _: result,
        spark=Written(spark) if isinstance(spark, str) else spark,
        snowflake=snowflake,
        shape=shape,
        is_variadic=found["variadic"] is not None,
        rounding=rounding,
        is_of_one_type=is_of_one_type,
        by_constants=by_constants,
        check=check,
    )


def _parameter(text: str) -> Parameter:
    constant = text.removeprefix("CONSTANT ")
    return Parameter(constant, constant is not text or constant.startswith("'"))


def first(types: Sequence[DataType]) -> DataType:
    """The type of the first argument."""
    return types[0]


def documented(sql: str, page: str) -> Written:
    """SQL whose meaning a page of Snowflake's reference gives."""
    return Written(sql, f"https://docs.snowflake.com/en/sql-reference/{page}")


def of_function(sql: str, name: str) -> Written:
    """SQL whose meaning Snowflake's page of a function gives."""
    return documented(sql, f"functions/{name}")


def nowhere(signature: str, result: DataType, reason: str, rewrite: str) -> Entry:
    """What no other engine can be shown to give."""
    refused = Refused(reason, rewrite)
    return entry(signature, result, spark=refused, snowflake=refused)
