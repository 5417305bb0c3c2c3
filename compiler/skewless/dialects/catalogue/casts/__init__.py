"""Casts, by the types that they lead from and to."""

from __future__ import annotations

from skewless.dialects.catalogue.casts.cast import CAST, UNPROVEN, Cast, Casts, refused
from skewless.dialects.catalogue.casts.decimals import decimal_cast
from skewless.dialects.catalogue.casts.moments import MOMENTS, constant_moment
from skewless.dialects.catalogue.casts.numbers import NUMBERS, TRY_NUMBERS
from skewless.dialects.catalogue.casts.texts import FROM_TEXT, TO_TEXT, TRY_FROM_TEXT
from skewless.dialects.catalogue.entry import Written
from skewless.ground.dtypes import DataType

__all__ = ["cast_of", "constant_moment"]

_CASTS: Casts = {**NUMBERS, **FROM_TEXT, **TO_TEXT, **MOMENTS}
_TRY_CASTS: Casts = {**_CASTS, **TRY_NUMBERS, **TRY_FROM_TEXT}
"""NULL where the cast fails."""
_UNKNOWN = refused("engines have not been shown to agree on it", "cast it where the source is made")


def cast_of(given: DataType, wanted: DataType, *, is_safe: bool = False) -> Cast:
    """The cast between two types. `is_safe` is TRY_CAST."""
    if given.element is not None and wanted.element is not None:
        return _of_lists(cast_of(given.element, wanted.element, is_safe=is_safe))
    if "DECIMAL" in (given.kind, wanted.kind) and (found := decimal_cast(given, wanted, is_safe=is_safe)) is not None:
        return found
    return (_TRY_CASTS if is_safe else _CASTS).get((given.kind, wanted.kind), _UNKNOWN)


def _of_lists(element: Cast) -> Cast:
    """The engine's own cast of a list casts its elements in its own way."""
    return Cast(Written(CAST), UNPROVEN) if element.spark == Written(CAST) else _UNKNOWN
