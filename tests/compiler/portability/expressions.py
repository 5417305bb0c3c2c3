"""Random expressions of a wanted type, made of what the catalogue has."""

from __future__ import annotations

from hypothesis import strategies as st

from portability.conformance import call, constants_of
from skewless.dialects.catalogue import ENTRIES
from skewless.dialects.catalogue.entry import Entry, Refused
from skewless.ground.dtypes import DataType

COLUMNS = {
    "BOOLEAN": "c1", "INTEGER": "c2", "BIGINT": "c3", "DOUBLE": "c4", "DECIMAL": "c5", "VARCHAR": "c6", "DATE": "c7",
    "TIMESTAMP": "c8",
}  # fmt: skip
KINDS = ("BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL(12,2)", "VARCHAR", "DATE", "TIMESTAMP")
COLUMN_TYPES = dict(zip(COLUMNS, KINDS, strict=True))
_LITERALS = {
    "BOOLEAN": ("true", "false"), "INTEGER": ("0", "1", "-2", "7"), "BIGINT": ("3000000000",), "DOUBLE": ("1e3", "0e0"),
    "DECIMAL": ("1.5", "0.01"), "VARCHAR": ("'a'", "'it''s'", "''"), "DATE": ("DATE '2026-01-31'",),
    "TIMESTAMP": ("TIMESTAMP '2024-02-29 23:59:59.5'",),
}  # fmt: skip
_DEPTH = 3


def _usable(entry: Entry) -> bool:
    plain = all(one.text in (*COLUMNS, "ANY", "SCALAR") or one.is_constant for one in entry.parameters)
    return entry.shape == "scalar" and plain and not isinstance(entry.spark, Refused) and not _is_list(entry)


def _is_list(entry: Entry) -> bool:
    return entry.result([DataType.parse(COLUMN_TYPES.get(one.text, "VARCHAR")) for one in entry.parameters]).is_list


_USABLE = tuple(entry for entry in ENTRIES if _usable(entry))


def expressions(depth: int = _DEPTH) -> st.SearchStrategy[str]:
    """An expression of any type over the columns `c1` to `c8`."""
    return st.sampled_from(sorted(COLUMNS)).flatmap(lambda kind: _of(kind, depth))


@st.composite
def _of(draw: st.DrawFn, kind: str, depth: int) -> str:
    """An expression that may stand where the kind is wanted; DuckDB converts some others by itself."""
    leaves = [COLUMNS[kind], *_LITERALS.get(kind, ()), "NULL"]
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(leaves))
    shape = draw(st.sampled_from(["call", "call", "call", "call", "case", "nullif"]))
    if shape == "case":
        condition, one, other = (draw(_of(wanted, depth - 1)) for wanted in ("BOOLEAN", kind, kind))
        return f"CASE WHEN {condition} THEN {one} ELSE {other} END"
    if shape == "nullif":
        return f"NULLIF({draw(_of(kind, depth - 1))}, {draw(_of(kind, depth - 1))})"
    entry = draw(st.sampled_from(_giving(kind)))
    wanted = [one.text for one in entry.parameters if one.is_constant and one.literal is None]
    written = iter(draw(st.sampled_from(constants_of(entry, wanted))))
    arguments = [
        next(written) if one.is_constant and one.literal is None else draw(_argument(entry, place, kind, depth))
        for place, one in enumerate(entry.parameters)
    ]
    if entry.is_variadic and draw(st.booleans()):
        arguments.append(draw(_argument(entry, len(arguments) - 1, kind, depth)))
    return call(entry.name, arguments)


def _argument(entry: Entry, place: int, kind: str, depth: int) -> st.SearchStrategy[str]:
    parameter = entry.parameters[place]
    if parameter.literal is not None:
        return st.just(parameter.text)
    return _of(kind if parameter.text in ("ANY", "SCALAR") else parameter.text, depth - 1)


def _giving(kind: str) -> tuple[Entry, ...]:
    """Entries whose first parameters suggest that they give this kind; which one they give is DuckDB's to say."""
    return tuple(
        entry for entry in _USABLE
        if (kind == "BOOLEAN" and entry.name in _TESTS) or kind in {one.text for one in entry.parameters} - {"BOOLEAN"}
        or any(one.text in ("ANY", "SCALAR") for one in entry.parameters) or _result(entry) == kind
    )  # fmt: skip


def _result(entry: Entry) -> str | None:
    """The kind that an entry gives, where the types of its arguments do not change it."""
    if any(one.text not in COLUMNS and one.literal is None for one in entry.parameters):
        return None
    return entry.result([DataType.parse(COLUMN_TYPES.get(one.text, "VARCHAR")) for one in entry.parameters]).kind


_TESTS = frozenset(
    ["=", "<>", "<", "<=", ">", ">=", "and", "or", "not", "is null", "is true", "is distinct from", "isnan", "isfinite"]
)
