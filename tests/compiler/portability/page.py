"""The catalogue as the page docs/portability.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portability.pools import type_named
from skewless.dialects.catalogue import ENTRIES
from skewless.dialects.catalogue.entry import Entry, Refused, Support
from skewless.dialects.catalogue.meanings import MEANINGS
from skewless.ground.dtypes import DataType

_SAMPLES = {"ANY": "VARCHAR", "SCALAR": "VARCHAR", "ANY[]": "VARCHAR[]", "DECIMAL": "DECIMAL(12,2)"}
_SHAPES = {"scalar": "Functions and operators", "aggregate": "Aggregates", "window": "Window functions"}
_HEAD = """\
# Portability

What a model may use on an engine other than DuckDB, by the types of its arguments. DuckDB is the reference: on another
engine each line gives DuckDB's value, or it does not compile there and says so
([`unportable-function`](reference/errors.md)). On DuckDB alone any deterministic function may be used.

- **executed**: run on the engine, over NULL, NaN, infinities, limits, halves, month ends, ties and more, and over random
  expressions; every value was DuckDB's.
- **documented**: the engine's documentation says so; nobody has run it there.
- **refused**: it is an error at compile time. The reason and what to write instead follow the table.

`...` stands for any number of further arguments, ANY for any type (all of them alike), SCALAR for any but a list, a
quoted word for itself, and CONSTANT for what must be written out; the arguments are called *a*, *b*, *c*. Functions
marked *rounded* come from mathematics libraries, which differ in the last digits: such a value may be added and
multiplied, and may be a feature, but does not compile where it would be compared, rounded or cast to a type without a
point.

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
    yield "## Why a form is refused\n"
    yield "| form | engine | why | instead |\n|---|---|---|---|"
    yield from _refusals()
    yield ""
    yield from sorted({f"[{_label(source)}]: {source}" for entry in ENTRIES if (source := _source(entry.snowflake))})
    yield ""


def _line(entry: Entry) -> str:
    meaning = _named(MEANINGS[entry.name])
    rounded = " *rounded*" if entry.rounding == "own" and entry.shape == "scalar" else ""
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


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
