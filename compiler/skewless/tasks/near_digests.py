"""Floating-point numbers into a digest that their last digits do not change.

A sum depends on the order in which threads add, so two evaluations of one training set may differ in the last digits;
the semantics call values equal whose difference is at most `1e-9 * max(1, |a|, |b|)`. Each number is replaced by the
cell of a grid that it lies in, half as wide as that. One at the edge of its cell may be in the next the next time: such
rows are left out of the digest and kept beside it, two in a thousand. So equal digests prove that the values are equal,
and noise that is less than a thousandth of a cell does not make them differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from skewless.tasks.row_digests import ColumnDigest

if TYPE_CHECKING:
    import pyarrow as pa

_TOLERANCE = 1e-9
_CELL = _TOLERANCE / 2
"""The width of a cell, of numbers up to `_FIRST`; twice as much after each doubling."""
_EDGE = 1e-3
"""How near to the edge of its cell is too near, in cells."""
_FEW, _SHARE = 1_000, 0.02
"""How many rows may be at edges: ten times what is to be expected."""
_FIRST, _SHIFT = 1.3447, 0.314159265
"""Where the width changes and where a cell begins, so that whole numbers and prices are at no edge."""


class NearDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The digest of a column of numbers without the rows at the edges of cells; these, and their values."""

    digest: str
    rows: tuple[int, ...]
    values: tuple[float, ...]

    def is_near(self, other: NearDigest) -> bool:
        """Whether all values are equal but for their last digits. Both digests must be without the same rows."""
        return (self.digest, self.rows) == (other.digest, other.rows) and all(
            math.isclose(one, another, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
            for one, another in zip(self.values, other.values, strict=True)
        )


class NearColumn:
    """Takes the values of a column, batch after batch. `rows` are left out; those at edges unless they are given.

    A column that has one value in most rows, and that at an edge, would have them all kept: it gets no near digest.
    """

    def __init__(self, rows: Sequence[int] | None = None) -> None:
        import pyarrow as pa

        self._given = None if rows is None else pa.array(rows, pa.int64())
        self._kept = ColumnDigest(pa.float64())
        self._seen = 0
        self._rows: list[int] = []
        self._values: list[float] = []

    def take(self, values: pa.Array) -> None:
        """Adds further values."""
        if self._has_too_many:
            return
        import pyarrow as pa
        import pyarrow.compute as pc

        numbers = values.cast(pa.float64())
        finite = pc.fill_null(pc.is_finite(numbers), False)
        cells, at_edge = _cells(pc.if_else(finite, numbers, 0.0))
        left_out = pc.and_(finite, at_edge if self._given is None else self._is_given(len(values)))
        places = pc.indices_nonzero(left_out)
        self._rows += pc.add(places.cast(pa.int64()), self._seen).to_pylist()
        self._values += numbers.take(places).to_pylist()
        self._seen += len(values)
        self._kept.take(pc.if_else(left_out, 0.0, pc.if_else(finite, cells, numbers)))

    def _is_given(self, length: int) -> pa.Array:
        """Whether each of the next rows is one of those that are given."""
        import pyarrow as pa
        import pyarrow.compute as pc

        rows = pa.array(range(self._seen, self._seen + length), pa.int64())
        return pc.is_in(rows, value_set=self._given)

    @property
    def _has_too_many(self) -> bool:
        return len(self._rows) > _FEW + self._seen * _SHARE

    def digest(self) -> NearDigest | None:
        """None of a column with too many numbers at edges."""
        if self._has_too_many:
            return None
        return NearDigest(digest=self._kept.digest(), rows=tuple(self._rows), values=tuple(self._values))


def _cells(numbers: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Where the cell of each number begins, and whether the number is at its edge."""
    import pyarrow.compute as pc

    doublings = pc.log2(pc.max_element_wise(pc.divide(pc.abs(numbers), _FIRST), 1.0))
    width = pc.multiply(pc.power(2.0, pc.floor(doublings)), _CELL)
    place = pc.add(pc.divide(numbers, width), _SHIFT)
    cell = pc.floor(place)
    within = pc.subtract(place, cell)
    at_edge = pc.or_(pc.less(within, _EDGE), pc.greater(within, 1 - _EDGE))
    whole = pc.round(doublings)
    widens = pc.and_(pc.greater(whole, 0.0), pc.less(pc.abs(pc.subtract(doublings, whole)), _TOLERANCE))
    return pc.multiply(cell, width), pc.or_(at_edge, widens)
