"""The catalogue as the page docs/portability.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import parse_one

from portability.pools import type_named
from skewless.dialects.catalogue import ENTRIES
from skewless.dialects.catalogue.casts import cast_of
from skewless.dialects.catalogue.documented import documented_forms
from skewless.dialects.catalogue.entry import Entry, Refused, Support, Written
from skewless.dialects.catalogue.meanings import MEANINGS
from skewless.dialects.lowering import lowering_for
from skewless.dialects.lowering.core import ColumnType, Target, Unportable
from skewless.dialects.snowflake import Snowflake
from skewless.dialects.spark import Spark
from skewless.ground.dtypes import VARCHAR, DataType

_FUNCTIONS = "https://docs.snowflake.com/en/sql-reference/functions"
_SAMPLES = {"ANY": "VARCHAR", "SCALAR": "VARCHAR", "ANY[]": "VARCHAR[]", "DECIMAL": "DECIMAL(12,2)"}
_SHAPES = {"scalar": "Functions and operators", "aggregate": "Aggregates", "window": "Window functions"}
_ORDERED = (
    ("first(ANY ORDER BY ...)", "the value of the first row, NULL or not", "first(x ORDER BY y)", "min_by"),
    ("last(ANY ORDER BY ...)", "the value of the last row, NULL or not", "last(x ORDER BY y)", "max_by"),
    ("arg_min(ANY, SCALAR)", "the value where the second is least; of equal ones the last row's, NULLs left out",
     "last(x ORDER BY y DESC)", "max_by"),
    ("arg_max(ANY, SCALAR)", "the value where the second is greatest; of equal ones the last row's, NULLs left out",
     "last(x ORDER BY y)", "max_by"),
    ("any_value(ANY)", "the first value that is not NULL", "first(x ORDER BY y)", "min_by"),
    ("mode(ANY)", "the most frequent value; of equally frequent ones that of the earliest row", "mode(x ORDER BY y)", ""),
    ("list(ANY ORDER BY ...)", "the values in the order, NULLs too; NULL over no rows", "list(x ORDER BY y)", ""),
    ("list(DISTINCT ANY ORDER BY ...)", "each value once, in the order of the values", "list(DISTINCT x ORDER BY x)", ""),
    ("string_agg(VARCHAR, CONSTANT VARCHAR ORDER BY ...)", "the texts with the second between them, NULLs left out",
     "string_agg(x, ',' ORDER BY y)", "listagg"),
    ("string_agg(DISTINCT VARCHAR, CONSTANT VARCHAR ORDER BY ...)", "each text once, in the order of the texts",
     "string_agg(DISTINCT x, ',' ORDER BY x)", ""),
)  # fmt: skip
_HEAD = """\
# Portability

What a model may use on an engine other than DuckDB, by the types of its arguments. DuckDB is the reference: on another
engine each line gives DuckDB's value, or it does not compile there and says so
([`unportable-function`](reference/errors.md)). On DuckDB alone any deterministic function may be used.

- **executed**: run on the engine, over NULL, NaN, infinities, limits, halves, month ends, ties and more, and over random
  expressions; every value was DuckDB's.
- **documented**: rests on the page of the engine's documentation that is cited. Nobody has run it there. Every page that
  is cited for Snowflake has been read beside its lines, the long ones on types and formats in the parts that decide, in a
  stored copy of the documentation and not on the site itself.
  Where pages are silent, as on infinities, NaN and the bits of negative numbers, the SQL does without, or stops the
  query. Five things are taken for granted that no page says: a function of NULL is NULL, FLOAT computes as IEEE 754 does,
  averages and variances make the nearest FLOAT of a sum beyond 2^53, PERCENT_RANK is a FLOAT, and medians and quantiles
  interpolate between infinities as DuckDB's do.
  Whole numbers have 38 digits within an expression there; the query stops where a cast, or a feature, leaves its type.
- **refused**: it is an error at compile time. The reason and what to write instead follow the table.

`...` stands for any number of further arguments, ANY for any type (all of them alike), SCALAR for any but a list, a
quoted word for itself, and CONSTANT for what must be written out; the arguments are called *a*, *b*, *c*. Functions
marked *rounded* differ in the last digits, because numbers are added in any order or because mathematics libraries
differ: such a value may be added and multiplied, and may be a feature, but does not compile where it would be compared,
rounded or cast to a type without a point.

This page is made from the catalogue that the compiler uses.
"""


def page() -> str:
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for shape, title in _SHAPES.items():
        entries = [entry for entry in ENTRIES if entry.shape == shape]
        yield f"## {title}\n"
        yield f"{len(entries)} forms.\n"
        yield "| form | gives | means | Spark | Snowflake |\n|---|---|---|---|---|"
        yield from (_line(entry) for entry in entries)
        yield ""
    yield from _orders()
    yield from _casts()
    yield "## Why a form is refused\n"
    yield "| form | engine | why | instead |\n|---|---|---|---|"
    yield from _refusals()
    yield ""
    yield from _unproven()
    sources = {source for entry in ENTRIES if (source := _source(entry.snowflake))}
    sources |= {f"{_FUNCTIONS}/{page}" for *_, page in _ORDERED if page}
    yield from sorted(f"[{_label(source)}]: {source}" for source in sources)
    yield ""


def _line(entry: Entry) -> str:
    meaning = _named(MEANINGS[entry.name])
    rounded = " *rounded*" if entry.rounding == "own" else ""
    cells = [f"`{signature(entry)}`", result(entry), meaning + rounded, _proof(entry.spark), _proof(entry.snowflake)]
    return f"| {' | '.join(map(_cell, cells))} |"


def _named(text: str) -> str:
    """Arguments as letters: a page takes `$` for a formula."""
    for place, letter in enumerate("abcd", start=1):
        text = text.replace(f"${place}", f"*{letter}*")
    return text


def signature(entry: Entry) -> str:
    parts = [
        f"CONSTANT {one.text}" if one.is_constant and one.literal is None else one.text for one in entry.parameters
    ]
    return f"{entry.name}({', '.join(parts)}{'...' if entry.is_variadic else ''})"


def result(entry: Entry) -> str:
    """The type; of a form whose type depends on those of its arguments, what it is for a sample of them."""
    types = [_sample(one.text) for one in entry.parameters]
    found = entry.result(types)
    if any(one.text in ("ANY", "SCALAR", "ANY[]") for one in entry.parameters):
        return "as its argument" if found in types else "the element" if found in _elements(types) else str(found)
    return "DECIMAL, as DuckDB's" if found.kind == "DECIMAL" else str(found)


def _elements(types: Sequence[DataType]) -> list[DataType | None]:
    return [one.element for one in types]


def _sample(text: str) -> DataType:
    return type_named("VARCHAR" if text.startswith("'") else _SAMPLES.get(text, text))


def _proof(support: Support) -> str:
    if isinstance(support, Refused):
        return "refused"
    return f"[documented][{_label(support.source)}]" if support.source else "executed"


def _source(support: Support) -> str:
    return "" if isinstance(support, Refused) else support.source


def _label(source: str) -> str:
    return source.rsplit("/", 1)[1]


def _refusals() -> Iterator[str]:
    for entry in ENTRIES:
        reasons: dict[Refused, list[str]] = {}
        for engine, support in (("Spark", entry.spark), ("Snowflake", entry.snowflake)):
            if isinstance(support, Refused):
                reasons.setdefault(support, []).append(engine)
        for refused, engines in reasons.items():
            cells = [f"`{signature(entry)}`", ", ".join(engines), refused.reason, refused.rewrite]
            yield f"| {' | '.join(map(_cell, cells))} |"


def _orders() -> Iterator[str]:
    """Aggregates that read their rows in an order, which are no plain calls."""
    yield "## Aggregates that read their rows in an order\n"
    yield "Their order is total: of rows that are equal in ORDER BY, the event time and the tie-break decide.\n"
    yield "| form | means | Spark | Snowflake |\n|---|---|---|---|"
    found = [(form, meaning, _ordered(text, Spark(), ""), _ordered(text, Snowflake(), page))
             for form, meaning, text, page in _ORDERED]  # fmt: skip
    for form, meaning, spark, snowflake in found:
        yield f"| `{form}` | {meaning} | {_proof(spark)} | {_proof(snowflake)} |"
    yield ""
    yield "| form | engine | why | instead |\n|---|---|---|---|"
    for form, _, *supports in found:
        for engine, support in zip(("Spark", "Snowflake"), supports, strict=True):
            if isinstance(support, Refused):
                yield f"| `{form}` | {engine} | {support.reason} | {support.rewrite} |"
    yield ""


def _ordered(text: str, target: Target, page: str) -> Support:
    """What the target's lowering says of it."""
    source = f"{_FUNCTIONS}/{page}" if page else ""
    lowering = lowering_for(target, lambda _: ColumnType(VARCHAR))
    try:
        return Written(lowering.expression(parse_one(text, dialect="duckdb")).tree.sql(target.engine), source)
    except Unportable as error:
        return Refused(error.reason, error.rewrite)


def _casts() -> Iterator[str]:
    yield "## Casts\n"
    yield "From the type of the line to that of the column: on Spark, and then on Snowflake, **e**xecuted, **d**ocumented"
    yield "or refused (-). DECIMAL stands for DECIMAL(12,2); other digits may be refused, with the reason.\n"
    yield f"| from | {' | '.join(_KINDS)} |\n|---|{'---|' * len(_KINDS)}"
    for given in _KINDS:
        yield f"| {given} | {' | '.join(_cast(given, wanted) for wanted in _KINDS)} |"
    yield ""


_KINDS = ("BOOLEAN", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIMESTAMP")


def _cast(given: str, wanted: str) -> str:
    if given == wanted and given != "DECIMAL":
        return ""
    found = cast_of(_sample(given), _sample(wanted))
    return "".join({"executed": "e", "refused": "-"}.get(_proof(one), "d") for one in (found.spark, found.snowflake))


def _unproven() -> Iterator[str]:
    yield "## Dialects that are not proven\n"
    yield "`compile --dialect` writes SQL for these warehouses from their documentation alone. Nobody has run it there, not every"
    yield "page has been read again, and everything that is not in this list is refused.\n"
    forms: dict[str, list[str]] = {}
    for form, dialect, _ in documented_forms(ENTRIES):
        forms.setdefault(form, []).append(dialect)
    yield "| form | documented by |\n|---|---|"
    yield from (f"| `{_cell(form)}` | {', '.join(sorted(dialects))} |" for form, dialects in forms.items())
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
