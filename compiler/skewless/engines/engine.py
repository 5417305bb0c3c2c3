"""What a warehouse does for the verbs. Statements come as trees in DuckDB's meaning; each engine writes its own SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self

from sqlglot import exp

from skewless.contract.ir import SourceTable

if TYPE_CHECKING:
    import pyarrow as pa

Parameters = Mapping[str, Any]
"""Values of the placeholders of a statement, by name; they are bound, never pasted."""


class Engine(Protocol):
    """One session of a warehouse, in UTC. Not shared between threads. Raises EngineError with the engine's own words.

    Relations that `create` and `register` make last as long as the session, and replace those of the same name.
    """

    def __enter__(self) -> Self:
        """The session itself, which is closed at the end."""

    def __exit__(self, *_: object) -> None:
        """Closes the session."""

    @property
    def dialect(self) -> str:
        """The name of the engine's SQL: a key of `dialects.emit.PASSES`."""

    def relation(self, source: SourceTable) -> exp.Expr:
        """What FROM reads a source from."""

    def physical(self, sources: Iterable[SourceTable]) -> dict[str, dict[str, str]]:
        """What is really there: source to column to DuckDB's name of its type.

        A source of which there are landed rows has another entry for them, under the name of its `landed_part`.
        Raises when a source cannot be read, or lacks a declared column.
        """

    def create(self, name: str, query: exp.Query) -> str:
        """Makes a temporary table of a query's rows; returns the query as the engine ran it, in its own SQL."""

    def read(self, name: str, text: str) -> dict[str, str]:
        """Makes readable under a name what FROM can read: a table of the user's, or `(a query)` in the engine's SQL.

        Returns its columns with DuckDB's names of their types.
        """

    def check_table(self, name: str) -> None:
        """Raises if `write_table` would have no place for a table of the name: before hours of work, not after them."""

    def write_table(self, name: str, query: exp.Query) -> None:
        """Makes a table that stays, aside first: another of that name is there in full until it is replaced."""

    def register(self, name: str, rows: pa.Table) -> None:
        """Makes an Arrow table readable under a name."""

    def arrow(self, query: exp.Query, parameters: Parameters | None = None) -> pa.Table:
        """The rows of a query, in their order; columns of feature types are of the Arrow types of `contract.arrow`."""

    def rows(self, query: exp.Query, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """The rows of a small query."""

    def clock(self) -> str | None:
        """The moment at which `read_as_of` can read later what is read now, in UTC; None where nothing keeps it."""

    def read_as_of(self, moment: str) -> None:
        """From now on reads sources as they were at a moment that `clock` gave, if it gives any."""

    def close(self) -> None:
        """Ends the session."""
