"""A table of the user's that is made or replaced on Spark, which has no statement that does it as a whole.

The rows are written to a table aside first. Then the former table takes another name, the new one its own, and the
former one is dropped: at each moment one of them is there in full. What a process that is killed leaves:

    before the first renaming     x as it was, and x__partial
    between the renamings         x__former, which was x, and x__partial, which is whole
    before the last statement     the new x, and x__former
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skewless.ground.errors import DataError, EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_NAME = re.compile(r"\w+", re.ASCII)
_VIEW = "VIEW"


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one schema, which is part of every name: else a name might be that of a temporary view."""

    session: SparkSession
    run: Callable[[Callable[[], object]], object]
    schema: str
    """As SQL has it, with its quotes."""
    ends_with_session: bool
    """Whether Spark was started for this session, and is stopped with it."""

    def check(self, name: str) -> None:
        """Raises DataError if no table can be made or replaced under the name."""
        if self.ends_with_session and self._is_in_memory():
            raise DataError(
                f"Spark keeps its catalogue in memory here, so the table '{name}' would be gone at once",
                help="write to a file, or have a lasting catalogue: settings: {spark.sql.catalogImplementation: hive}",
            )
        schema = self.schema.replace("`", "")
        if not self._is(lambda: self.session.catalog.databaseExists(self.schema)):
            raise DataError(f"there is no schema '{schema}' for the table '{name}'", help="make it, or name another")
        if not _NAME.fullmatch(name):
            raise DataError(
                f"'{name}' is no name of a table in Spark",
                help="name another, of letters without accents, digits and _",
            )
        if self._exists(name) and self._kind(name) == _VIEW:
            raise DataError(
                f"'{name}' is a view in the schema '{schema}', and a table would replace it",
                help="drop the view, or name another table",
            )

    def _is_in_memory(self) -> bool:
        conf = self.session.conf
        catalog = str(self.session.catalog.currentCatalog())
        return catalog == "spark_catalog" and conf.get("spark.sql.catalogImplementation") == "in-memory"

    def replace(self, name: str, query: str) -> None:
        """Makes a table of the rows of a query, in Spark's SQL; or leaves everything as it was."""
        aside = self._free(f"{name}__partial")
        try:
            self._do(f"CREATE TABLE {self._full(aside)} USING PARQUET AS {query}")
            if self._exists(name):
                self._exchange(name, aside)
            else:
                self._rename(aside, name)
        except BaseException:
            self._drop(aside)
            raise

    def _exchange(self, name: str, aside: str) -> None:
        former = self._free(f"{name}__former")
        self._rename(name, former)
        try:
            self._rename(aside, name)
        except BaseException:
            self._put_back(former, name)
            raise
        self._drop(former)

    def _put_back(self, former: str, name: str) -> None:
        try:
            self._rename(former, name)
        except EngineError as error:
            raise EngineError(
                f"the table '{name}' was to be replaced, and could not be put back: {error.message}",
                help=f"its rows are in {self._full(former)}: ALTER TABLE {self._full(former)} RENAME TO {quoted(name)}",
            ) from error

    def _rename(self, name: str, other: str) -> None:
        self._do(f"ALTER TABLE {self._full(name)} RENAME TO {quoted(other)}")  # without a schema it stays in its own

    def _drop(self, name: str) -> None:
        with suppress(EngineError):  # there is an error already that says more, or the new table is there
            self._do(f"DROP TABLE IF EXISTS {self._full(name)}")

    def _free(self, name: str) -> str:
        names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
        return next(one for one in names if not self._exists(one))

    def _full(self, name: str) -> str:
        return f"{self.schema}.{quoted(name)}"

    def _exists(self, name: str) -> bool:
        return self._is(lambda: self.session.catalog.tableExists(self._full(name)))

    def _kind(self, name: str) -> str:
        return str(self.run(lambda: self.session.catalog.getTable(self._full(name)).tableType))

    def _is(self, call: Callable[[], bool]) -> bool:
        return bool(self.run(call))

    def _do(self, text: str) -> None:
        self.run(lambda: self.session.sql(text))


def schema_of(session: SparkSession, path: Sequence[str]) -> str:
    """The schema that a user's name begins with, or the one in which the session is."""
    if path:
        return ".".join(map(quoted, path))
    catalog, namespace = session.sql("SHOW CURRENT NAMESPACE").collect()[0]  # which has its quotes
    return f"{quoted(catalog)}.{namespace}"


def quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
