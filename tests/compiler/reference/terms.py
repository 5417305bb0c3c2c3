"""Turns Hypothesis' draws into row-level expressions and conditions over given columns."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from .expressions import Coalesce, Compare, Expression, IsNull, Plus, Suffix, Value
from .schema import Schema

NUMERIC = frozenset({"integer", "bigint", "double"})
COMPARABLE = NUMERIC | {"varchar", "timestamp"}
ANY = COMPARABLE | {"boolean"}
LITERALS = {
    "integer": (0, 1, 2),
    "bigint": (0, 1, 2),
    "double": (0.25, 1.0),
    "varchar": ("a", "b'c", "é"),
    "boolean": (True, False),
}
# What a source needs to be a source; features of it would say nothing more.
PLUMBING = frozenset({"id", "seq", "known_ts", "gone"})


def feature_columns(types: Schema) -> list[str]:
    """The columns that features are made of."""
    return [name for name in types if name not in PLUMBING]


@st.composite
def predicates(draw: st.DrawFn, types: Schema) -> Compare | IsNull:
    """A condition on one column, more often than not one that most rows meet."""
    names = [name for name in feature_columns(types) if types[name] in LITERALS]
    name = draw(st.sampled_from(names))
    if draw(st.sampled_from((False, False, False, True))):
        return IsNull(column=name, negated=draw(st.sampled_from((True, True, False))))
    operators = ("<>", "=") if types[name] == "boolean" else ("<>", "<>", ">=", ">=", ">", "<=", "<", "=")
    literal = draw(st.sampled_from(LITERALS[types[name]]))
    return Compare(column=name, operator=draw(st.sampled_from(operators)), literal=literal)


@st.composite
def expressions(draw: st.DrawFn, types: Schema) -> Expression:
    """A row-level expression over one column; half of the time the column as it is."""
    name = draw(st.sampled_from(feature_columns(types)))
    plain: Expression = Value(column=name)
    return draw(st.sampled_from((plain, plain, IsNull(column=name), *computations(name, types[name]))))


def computations(name: str, data_type: str) -> Iterator[Expression]:
    """The expressions that exist over a column of this type."""
    if data_type in NUMERIC:
        yield Plus(column=name, number=1)
    if data_type in LITERALS:
        literal = LITERALS[data_type][-1]
        yield Coalesce(column=name, default=literal)
        yield Compare(column=name, operator="=" if data_type == "boolean" else ">=", literal=literal)
    if data_type == "varchar":
        yield Suffix(column=name, text="-é")
