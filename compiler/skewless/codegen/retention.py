"""What a view's online state keeps, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from skewless.codegen.state import state_shape, why_not_by_row
from skewless.contract.ir import FeatureView
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration

_WIDTH = {"BOOLEAN": 1, "INTEGER": 4, "FLOAT": 4, "DATE": 4, "BIGINT": 8, "DOUBLE": 8, "TIMESTAMP": 8, "DECIMAL": 16}
_LENGTH = 4
"""Bytes of the length of a text or a list, which come before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept of an entity.

    `bytes_a_row` counts values of fixed width, and of texts and lists their lengths alone (`has_texts`): how long these
    are nobody knows before there are rows. A store adds its own for each entity.
    """

    layout: str
    horizon: Duration | None
    """How old a row gets before it is dropped. None: it is kept until something newer takes its place, or for ever."""
    bytes_a_row: int
    has_texts: bool
    by_run: str | None
    """Why rows are not written one by one, as they come, so that `run` alone brings the state up to date."""

    def told(self) -> str:
        """`keeps 7 days, 29 bytes an event`."""
        size = f"{'over ' if self.has_texts else ''}{self.bytes_a_row:,} bytes"
        match self.layout:
            case "events":
                return f"keeps {self.horizon or 'all events'}, {size} an event"
            case "latest":
                return f"keeps the latest row, {size}"
            case _:
                return f"keeps the values of a tick, {size}"


def retention(view: FeatureView) -> Retention:
    """That of a view that keeps state."""
    shape = state_shape(view)
    types = [known.dtype for known in (*shape.columns, *shape.kept)]
    return Retention(
        layout=shape.layout,
        horizon=view.horizon,
        bytes_a_row=sum(map(_width, types)),
        has_texts=any(_is_open(dtype) for dtype in types),
        by_run=why_not_by_row(view),
    )


def _width(dtype: DataType) -> int:
    return _LENGTH if _is_open(dtype) else _WIDTH[dtype.kind]


def _is_open(dtype: DataType) -> bool:
    return dtype.element is not None or dtype.kind == "VARCHAR"
