"""What is said of dialects that nobody can run here: by every entry of the catalogue, and with the page that says so."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
from on_snowflake.grammar import unparsable
from portability.both import lowered
from portability.conformance import cases, typed
from portability.expressions import KINDS
from portability.pools import type_named
from sqlglot import exp, parse_one

from skewless.dialects.catalogue import ENTRIES, aggregates, cast_on, key_on, windows
from skewless.dialects.catalogue.documented import documented_call, documented_forms
from skewless.dialects.catalogue.entry import Entry, Refused, Support, Unproven, Written
from skewless.dialects.emit import emit
from skewless.dialects.lowering.core import Unportable
from skewless.dialects.unproven import UNPROVEN
from skewless.ground.dtypes import DataType

PAGES = {
    "bigquery": "https://cloud.google.com/bigquery/docs/",
    "databricks": "https://docs.databricks.com/aws/en/sql/",
    "postgres": "https://www.postgresql.org/docs/current/",
    "redshift": "https://docs.aws.amazon.com/redshift/latest/dg/",
}
ALL: dict[str, Entry] = {one.signature: one for one in (*aggregates.ENTRIES, *windows.ENTRIES, *ENTRIES)}
TYPES = [*map(type_named, KINDS), type_named("FLOAT"), type_named("INTEGER[]")]
BEHIND = {"postgres": " DISTINCT FROM "}
"""What SQLFluff's grammar does not know, and the vendor's does: `IS [NOT] DISTINCT FROM` in functions-comparison."""
dialects = pytest.mark.parametrize("dialect", UNPROVEN)


def _types(entry: Entry) -> Iterator[list[DataType]]:
    """What the parameters may be, each ANY as every type."""
    if not any(parameter.text in ("ANY", "SCALAR") for parameter in entry.parameters):
        yield []
    for dtype in TYPES:
        yield [dtype] * len(entry.parameters)


def _supports(dialect: Unproven) -> Iterator[tuple[str, Support]]:
    """Everything that is said of the dialect."""
    for entry in ALL.values():
        yield from ((entry.signature, documented_call(dialect, entry, types)) for types in _types(entry))
    for given, wanted in itertools.product([None, DataType(kind="NULL"), *TYPES], TYPES):
        if given != wanted:
            yield from (
                (f"{given} to {wanted}", cast_on(dialect, given, wanted, is_safe=safe)) for safe in (False, True)
            )
    yield from ((f"key {dtype}", key_on(dialect, dtype)) for dtype in TYPES)


@dialects
def test_each_entry_cast_and_key_is_written_or_refused(dialect: Unproven) -> None:
    for what, support in _supports(dialect):
        if isinstance(support, Refused):
            assert support.reason, what
            assert support.rewrite, what
        else:
            assert support.sql, what


@dialects
def test_what_is_written_names_its_page(dialect: Unproven) -> None:
    written = [(name, form) for name, engine, form in documented_forms(ALL.values()) if engine == dialect]
    assert len(written) > 150
    for name, form in written:
        assert form.source.startswith(PAGES[dialect]), name


def test_what_is_written_is_in_the_catalogue() -> None:
    kinds = {dtype.kind for dtype in TYPES} | {"DECIMAL", "HUGEINT"}
    known = {
        signature.replace(word, kind) for signature in ALL for word in ("ANY", "SCALAR") for kind in (word, *kinds)
    }
    assert {name for name, _, _ in documented_forms(())} <= known


@dialects
def test_templates_survive_being_read_and_written(dialect: Unproven) -> None:
    """sqlglot reads a template into its tree and writes it back: it must not know better."""
    whole = UNPROVEN[dialect].spelled(type_named("BIGINT")).sql(dialect=dialect)
    for text in _texts(dialect, whole):
        assert _plain(parse_one(text, dialect=dialect).sql(dialect=dialect)) == _plain(text)


@dialects
def test_templates_parse_in_another_grammar(dialect: Unproven) -> None:
    whole = UNPROVEN[dialect].spelled(type_named("BIGINT")).sql(dialect=dialect)
    texts = [_over(text) for text in sorted(_texts(dialect, whole))]
    known = [text for text in texts if BEHIND.get(dialect, "nothing") not in text]
    assert unparsable(_selected(known), dialect) == []
    assert all(unparsable(_selected([text]), dialect) for text in set(texts) - set(known))


def _over(text: str) -> str:
    """IGNORE NULLS is of a window only."""
    return f"{text} OVER (ORDER BY c1)" if text.endswith("IGNORE NULLS") else text


def _selected(texts: Sequence[str]) -> str:
    return "SELECT\n" + ",\n".join(f"    {text} AS x{number}" for number, text in enumerate(texts)) + "\nFROM t"


def _texts(dialect: Unproven, whole: str) -> set[str]:
    return {
        form.sql.replace("$*", "c1, c2").replace("$", "c").replace("RESULT", whole)
        for _, form in _supports(dialect)
        if isinstance(form, Written)
    }


def _plain(text: str) -> str:
    return "".join(text.split()).upper()


@dialects
def test_every_expression_is_lowered_or_refused(dialect: Unproven) -> None:
    """Nothing falls between the two, and nothing that is written cannot be emitted."""
    written = 0
    for kinds, texts in cases():
        for text in texts:
            tree = _lowered(text, kinds, dialect)
            written += tree is not None and bool(emit(exp.Select(expressions=[tree]), dialect))
    assert written > 100


def _lowered(text: str, kinds: tuple[str, ...], dialect: Unproven) -> exp.Expr | None:
    try:
        return lowered(text, typed(kinds), UNPROVEN[dialect])[1]
    except Unportable as refusal:
        return None if refusal.reason and refusal.rewrite else pytest.fail(text)


@dialects
def test_texts_are_keys_by_their_bytes(dialect: Unproven) -> None:
    """Whatever the collation of a column; Databricks has DuckDB's order by itself."""
    tree = lowered("c1 in ('a', 'b')", typed(["VARCHAR"]), UNPROVEN[dialect])[1]
    expected = {
        "bigquery": "(COLLATE(c1, '')) IN (COLLATE('a', ''), COLLATE('b', ''))",
        "databricks": "c1 IN ('a', 'b')",
        "postgres": """(c1 COLLATE "C") IN ('a' COLLATE "C", 'b' COLLATE "C")""",
        "redshift": (
            "TO_HEX(TO_VARBYTE(c1, 'utf-8')) IN (TO_HEX(TO_VARBYTE('a', 'utf-8')), TO_HEX(TO_VARBYTE('b', 'utf-8')))"
        ),
    }
    assert tree.sql(dialect=dialect) == expected[dialect]
