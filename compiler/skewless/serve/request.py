"""Entity rows, or columns of them, into typed columns: one for each key and request field of a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from operator import itemgetter
from typing import Any

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError
from skewless.stores.coercion import coerced_column

Columns = Mapping[str, Sequence[Any]]


class RequestReader:
    """Reads requests of one service. `fields` are its keys and request fields with their types."""

    def __init__(self, service: str, fields: Mapping[str, DataType]) -> None:
        self._service = service
        self._fields = dict(fields)
        self._getters = [(name, dtype, itemgetter(name)) for name, dtype in self._fields.items()]

    def rows(self, given: Any) -> tuple[Columns, int]:
        """(columns, rows). Raises DataError for a row that lacks a field, has one too many, or one of another type."""
        rows = given if type(given) is list else self._listed(given)
        width = len(self._fields)
        # Of as many fields, each of which is there: the row has no other.
        if set(map(type, rows)) <= {dict} and set(map(len, rows)) <= {width}:
            try:
                return {
                    name: coerced_column([*map(get, rows)], dtype, name) for name, dtype, get in self._getters
                }, len(rows)
            except KeyError:
                pass
        self._check_each(rows)
        return self._typed({name: [row[name] for row in rows] for name in self._fields}), len(rows)

    def columns(self, given: Mapping[str, Sequence[Any]]) -> tuple[Columns, int]:
        """The same for columns of equal length."""
        if not isinstance(given, Mapping):
            raise DataError(
                f"the columns are {type(given).__name__}, and a mapping of field to list of values is expected",
                help=f"give lists: {{{', '.join(f'{name!r}: [...]' for name in self._fields)}}}",
            )
        if given.keys() != self._fields.keys():
            raise self._wrong_fields("the request", given)
        for name, column in given.items():
            if type(column) is not list and not _is_column(column):
                raise DataError(
                    f"'{name}' is {type(column).__name__}, and a list of values is expected",
                    help=f"give one value a row: {{{name!r}: [...]}}",
                )
        lengths = {len(column) for column in given.values()}
        if len(lengths) > 1:
            longest, shortest = (
                max(given, key=lambda name: len(given[name])),
                min(given, key=lambda name: len(given[name])),
            )
            raise DataError(
                f"'{shortest}' has {len(given[shortest])} values, and '{longest}' has {len(given[longest])}",
                help="give each field one value a row",
            )
        return self._typed(given), lengths.pop() if lengths else 0

    def _typed(self, columns: Mapping[str, Sequence[Any]]) -> Columns:
        return {name: coerced_column(columns[name], dtype, name) for name, dtype in self._fields.items()}

    def _listed(self, rows: Any) -> list[Any]:
        """Other sequences and generators too. A mapping is one row, and a frame yields the names of its columns."""
        if isinstance(rows, Sequence | Iterator) and not isinstance(rows, str | bytes):
            return list(rows)
        raise DataError(
            f"the entity rows are {type(rows).__name__}, and a list of mappings is expected",
            help=f"give a list of mappings: [{{{', '.join(f'{name!r}: ...' for name in self._fields)}}}]",
        )

    def _check_each(self, rows: Sequence[Any]) -> None:
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, Mapping):
                raise DataError(f"row {number} is {type(row).__name__}, and a mapping of field to value is expected")
            if row.keys() != self._fields.keys():
                raise self._wrong_fields(f"row {number}", row)

    def _wrong_fields(self, who: str, given: Mapping[str, Any]) -> DataError:
        missing = [name for name in self._fields if name not in given]
        extra = [str(name) for name in given if name not in self._fields]
        expected = f"'{self._service}' takes: {', '.join(self._fields)}"
        if extra and (not missing or did_you_mean(extra[0], missing)):
            hint = did_you_mean(extra[0], missing or self._fields) or expected
            return DataError(f"{who} has a field '{extra[0]}' that the service does not take", help=hint)
        return DataError(f"{who} lacks the field '{missing[0]}'", help=expected)


def _is_column(column: Any) -> bool:
    """A sequence, an array or a series. Text would be taken for its letters, a set has no order."""
    return hasattr(column, "__len__") and not isinstance(column, str | bytes | Set | Mapping)
