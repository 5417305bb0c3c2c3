"""One vendor's manual: the forms that it was read for, each with its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from skewless.dialects.catalogue.casts.numbers import EXACT_WHOLE, shifted
from skewless.dialects.catalogue.entry import Refused, Support, Written

Forms = Mapping[str, Support]
"""By the signature of an entry; where it says ANY or SCALAR, the kind of the type may stand in its place."""
Casts = Mapping[tuple[str, str], Support]
"""By the kinds of the given and the wanted type."""

EXACT_DIGITS = 15
"""A decimal of so many digits has the same nearest double however it is computed."""
WHOLE = ("INTEGER", "BIGINT", "HUGEINT")


@dataclass(frozen=True, slots=True)
class Manual:
    """Where the pages of a manual are."""

    root: str
    suffix: str = ""

    def page(self, name: str) -> str:
        page, _, anchor = name.partition("#")
        return f"{self.root}{page}{self.suffix}{f'#{anchor}' if anchor else ''}"

    def says(self, name: str, sql: str) -> Written:
        return Written(sql, self.page(name))

    def forms(self, name: str, written: Mapping[str, str], kinds: Iterable[str] = ("",)) -> dict[str, Support]:
        """The forms of one page. TYPE in a signature is each of the kinds."""
        return {
            signature.replace("TYPE", kind): self.says(name, sql)
            for kind in kinds
            for signature, sql in written.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """What a dialect's manual makes sure; everything else is refused."""

    forms: Forms
    casts: Casts
    lacks: Forms = field(default_factory=dict)
    """Kinds of types that the dialect has not, or not with DuckDB's values."""
    keys: Forms = field(default_factory=dict)
    """What values of the kind are ordered, grouped and looked up by, where it is not the value itself."""
    double: str = ""
    """The name of DOUBLE, if the dialect has DuckDB's decimals."""
    reads: Forms = field(default_factory=dict)
    """How a column as the engine has it becomes a value of the kind, where a cast does not say it all."""


def exact_double(value: str, name: str, scale: int = 0) -> str:
    """A number of so many places as a double; beyond 2^53 units a cast to fewer digits stops the query."""
    fewer = f"CAST(CAST({value} AS DECIMAL({EXACT_DIGITS}, {scale})) AS {name})"
    return f"CASE WHEN ABS({value}) <= {shifted(EXACT_WHOLE, scale)} THEN CAST({value} AS {name}) ELSE {fewer} END"


def refused(reason: str, rewrite: str, signatures: Iterable[str]) -> dict[str, Support]:
    return dict.fromkeys(signatures, Refused(reason, rewrite))


def comparisons(symbols: Iterable[str] = ("=", "<>", "<", "<=", ">", ">=")) -> dict[str, str]:
    """Each comparison of two values as it is written."""
    return {f"{symbol}(TYPE, TYPE)": f"$1 {symbol} $2" for symbol in symbols}


def distinctions() -> dict[str, str]:
    return {f"is {word}(TYPE, TYPE)": f"$1 IS {word.upper()} $2" for word in ("distinct from", "not distinct from")}


def logic() -> dict[str, str]:
    return {
        "and(BOOLEAN, BOOLEAN)": "$1 AND $2",
        "or(BOOLEAN, BOOLEAN)": "$1 OR $2",
        "not(BOOLEAN)": "NOT $1",
        "is true(BOOLEAN)": "$1 IS TRUE",
        "is false(BOOLEAN)": "$1 IS FALSE",
        "is null(ANY)": "$1 IS NULL",
    }


def neighbours(parameters: Iterable[str] = ("ANY", "ANY, INTEGER", "ANY, INTEGER, ANY")) -> dict[str, str]:
    """`lag` and `lead`, with as many arguments as there are parameters."""
    arguments = {"ANY": "$1", "ANY, INTEGER": "$1, $2", "ANY, INTEGER, ANY": "$1, $2, $3"}
    return {f"{name}({one})": f"{name.upper()}({arguments[one]})" for name in ("lag", "lead") for one in parameters}
