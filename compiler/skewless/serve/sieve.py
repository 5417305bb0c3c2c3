"""A request whose statement fails into the values that can be computed and those that cannot.

Nothing here runs unless a statement fails. A block of columns and rows that fails is cut into parts: between columns
until it has one, then between rows, until each value that cannot be computed is alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skewless.contract.artifact import Statement
from skewless.embedded.slots import Slot

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_PARTS = 4
"""Quarters find few failing values in as many runs as halves do, and many in two thirds of them."""
MOST_RUNS = 2_000
"""A second or so, and enough for a feature that fails at each of 1,000 rows. What is not told apart by then is in error
together: where so much fails, mostly all does."""
_SHOWN = 3
"""Features and rows that are named in a message."""
Errors = Mapping[str, Mapping[int, str]]
"""Feature to the rows for which it cannot be computed, by their numbers from 0, each with DuckDB's words."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """The statement's columns, None where a value cannot be computed, and which values these are."""

    columns: Sequence[Sequence[Any]]
    errors: Errors


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of the statement, by their places, for some rows of the request."""

    columns: range
    rows: range

    @property
    def is_one_value(self) -> bool:
        return len(self.columns) == len(self.rows) == 1

    def parts(self) -> list[Block]:
        if len(self.columns) > 1:
            return [Block(part, self.rows) for part in _quarters(self.columns)]
        return [Block(self.columns, part) for part in _quarters(self.rows)]


class Sieve:
    """For the statement of one thread: its connection and its slots, each of which has the number of the row first.

    What it prepares it keeps, since a feature that has failed fails again: planning takes most of the time.
    """

    def __init__(self, statement: Statement, statuses: int, connection: Any, slots: Sequence[Slot]) -> None:
        """The first `statuses` columns of the statement are no features."""
        self._statement = statement
        self._statuses = statuses
        self._connection = connection
        self._slots = slots
        self._prepared: dict[range, duckdb.Statement] = {}

    def sift(self, rows: int) -> Sifted:
        """What can be computed of the request in the slots. Leaves some of its rows there.

        Raises duckdb.Error when what fails is not a feature's value.
        """
        # Without it what is not selected would be computed as well, and fail.
        self._connection.execute("PRAGMA enable_optimizer")
        try:
            return self._sifted(_Rows(self._slots), rows)
        finally:
            self._connection.execute("PRAGMA disable_optimizer")

    def _sifted(self, request: _Rows, rows: int) -> Sifted:
        width = len(self._statement.columns)
        columns: list[list[Any]] = [[None] * rows for _ in range(width)]
        failed: list[dict[int, str]] = [{} for _ in range(width)]
        self._run(Block(range(self._statuses), range(rows)), request, columns)
        waiting = deque(Block(range(self._statuses, width), range(rows)).parts())
        runs = 0
        while waiting:
            block = waiting.popleft()
            runs += 1
            try:
                self._run(block, request, columns)
            except value_errors() as error:
                if block.is_one_value or runs + len(waiting) >= MOST_RUNS:
                    for place in block.columns:
                        failed[place].update(dict.fromkeys(block.rows, own_words(error)))
                else:
                    waiting.extend(block.parts())
        named = zip(self._statement.columns, failed, strict=True)
        return Sifted(columns, {one.name: dict(sorted(found.items())) for one, found in named if found})

    def _run(self, block: Block, request: _Rows, columns: list[list[Any]]) -> None:
        """Puts the block's values into their columns."""
        request.put(block.rows)
        for row, *values in self._connection.execute(self._of(block.columns)).fetchall():
            for place, value in zip(block.columns, values, strict=True):
                columns[place][row] = value

    def _of(self, columns: range) -> duckdb.Statement:
        """The statement that executes what is prepared for these columns: the row's number, and then they."""
        found = self._prepared.get(columns)
        if found is None:
            name = f"columns_{columns.start}_{columns.stop}"
            given = ", ".join(f"c{place}" for place in range(len(self._statement.columns)))
            chosen = ", ".join(["r", *(f"c{place}" for place in columns)])
            relation = f"({self._statement.sql}) AS found(r, {given})"
            self._connection.execute(f"PREPARE {name} AS SELECT {chosen} FROM {relation}")
            found = self._prepared[columns] = self._connection.extract_statements(f"EXECUTE {name}")[0]
        return found


class _Rows:
    """The slots' rows as they are for the whole request, to put those of some of its rows back."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        import pyarrow.compute as pc

        self._slots: list[tuple[Slot, pa.RecordBatch, pa.Array, list[int]]] = []
        for slot in slots:
            (batch,) = slot.batches
            order = pc.array_sort_indices(batch.column(0))
            self._slots.append((slot, batch, order, batch.column(0).take(order).to_pylist()))

    def put(self, rows: range) -> None:
        for slot, batch, order, numbers in self._slots:
            first, end = bisect_left(numbers, rows.start), bisect_left(numbers, rows.stop)
            slot.put(batch.take(order.slice(first, end - first)).columns)


def value_errors() -> tuple[type[Exception], ...]:
    """What DuckDB raises for a value that cannot be computed, and not for a fault of its own or a lack of memory."""
    import duckdb

    return duckdb.DataError, duckdb.InvalidInputException


def own_words(error: Exception) -> str:
    """DuckDB's, without the SQL that it shows below them."""
    return str(error).split("\n")[0]


def told(errors: Errors, keys: Mapping[str, Sequence[Any]]) -> str:
    """For people: the first features that fail, the first rows for which they do by number and keys, and why."""
    each = [
        f"the feature '{name}' cannot be computed for {_named(rows, keys)}: {next(iter(rows.values()))}"
        for name, rows in list(errors.items())[:_SHOWN]
    ]
    return "; ".join(each) + _more(errors, ";")


def _named(rows: Mapping[int, str], keys: Mapping[str, Sequence[Any]]) -> str:
    shown = ", ".join(_row(row, keys) for row in list(rows)[:_SHOWN])
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{_more(rows)}"


def _row(row: int, keys: Mapping[str, Sequence[Any]]) -> str:
    """Its number from 1, as in other messages."""
    entity = ", ".join(f"{name}={column[row]!r}" for name, column in keys.items())
    return f"{row + 1} ({entity})" if entity else f"{row + 1}"


def _more(named: Sized, mark: str = "") -> str:
    """How many are not shown."""
    return f"{mark} and {len(named) - _SHOWN:,} more" if len(named) > _SHOWN else ""


def _quarters(whole: range) -> list[range]:
    size = -(-len(whole) // _PARTS)
    return [whole[start : start + size] for start in range(0, len(whole), size)]
