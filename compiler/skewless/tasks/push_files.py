"""Files of rows that are pushed, some thousand rows at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec
from sqlglot import exp

from skewless.codegen.scan import as_declared
from skewless.contract.ir import SourceTable
from skewless.contract.names import column, identifier
from skewless.engines.duckdb import DuckDB, relation
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import DataError, UsageError
from skewless.ingest.written import Rejected

if TYPE_CHECKING:
    import pyarrow as pa

STDIN = "-"
_AT_ONCE = 20_000
_TEXT, _LINES = (".csv", ".tsv"), (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows in a form that the write path takes, and those that could not even be read."""

    rows: Any
    rejected: tuple[Rejected, ...] = ()


def pieces(source: SourceTable, file: str) -> Iterator[Piece]:
    """The rows of a Parquet file, a CSV file, or of lines of JSON, which standard input (`-`) holds.

    A CSV file is read as one of the source's own would be: as texts, which are cast to the declared types. Raises
    UsageError for a file of another kind, DataError for one that cannot be read.
    """
    suffix = Path(file.removesuffix(".gz")).suffix.lower()
    if file == STDIN:
        return _json(source, sys.stdin.buffer)
    if suffix not in (".parquet", *_TEXT, *_LINES):
        kinds = ", ".join((".parquet", *_TEXT, *_LINES))
        raise UsageError(f"'{file}' has no format that can be read", help=f"give a file that ends in {kinds}, or -")
    path = Path(file)
    if not path.is_file():
        raise UsageError(f"there is no file '{file}'")
    read = _parquet if suffix == ".parquet" else _csv if suffix in _TEXT else _json_file
    return read(source, path)


def _parquet(_: SourceTable, path: Path) -> Iterator[Piece]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_AT_ONCE):
                yield Piece(pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"'{path}' cannot be read as Parquet: {error}") from error


def _json_file(source: SourceTable, path: Path) -> Iterator[Piece]:
    import gzip

    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from _json(source, file)  # type: ignore[arg-type]
    except (OSError, EOFError) as error:
        raise DataError(f"'{path}' cannot be read: {error}") from error


def _json(source: SourceTable, file: IO[bytes]) -> Iterator[Piece]:
    holds_decimals = any(str(known.dtype).startswith("DECIMAL") for known in source.columns)
    decode = msgspec.json.Decoder(float_hook=Decimal if holds_decimals else None).decode
    each = enumerate(file, start=1)
    while lines := [one for one in islice(each, _AT_ONCE) if one[1].strip()]:
        yield _decoded(lines, decode)


def _decoded(lines: list[tuple[int, bytes]], decode: Callable[[bytes], Any]) -> Piece:
    rows, rejected = [], []
    for number, line in lines:
        try:
            rows.append(decode(line))
        except (ValueError, RecursionError) as error:
            shown = line.decode(errors="backslashreplace").rstrip("\n")
            rejected.append(Rejected(row={"line": shown}, reason=f"line {number} is not JSON: {error}"))
    return Piece(rows, tuple(rejected))


def _csv(source: SourceTable, path: Path) -> Iterator[Piece]:
    own = replace(source, path=str(path.absolute()))
    with DuckDB(root=path.parent, settings={}, threads=0) as engine:
        found = list(engine.columns(exp.Select(expressions=[exp.Star()], from_=exp.From(this=relation(own)))))
        known = [field.name for field in source.columns]
        if other := next((name for name in found if name not in known), None):
            hint = did_you_mean(other, known) or f"its columns: {', '.join(known)}"
            raise DataError(f"'{path}' has a column '{other}', which {source.name} has not", help=hint)
        table = engine.arrow(_typed(own, found))
    for start in range(0, table.num_rows, _AT_ONCE):
        yield _checked(source, table.slice(start, _AT_ONCE), found)


def _typed(source: SourceTable, names: list[str]) -> exp.Select:
    """Each column in its declared type, NULL where that fails, and then each as it is written."""
    typed = []
    for name in names:
        value = exp.Paren(this=as_declared(column(name), source.dtype(name), "VARCHAR"))
        for node in list(value.find_all(exp.Cast)):
            node.replace(exp.TryCast(this=node.this, to=node.to))
        typed.append(exp.Alias(this=value.this, alias=identifier(name)))
    written = [exp.Alias(this=column(name), alias=identifier(f"_given_{name}")) for name in names]
    return exp.Select(expressions=[*typed, *written], from_=exp.From(this=relation(source)))


def _checked(source: SourceTable, table: pa.Table, names: list[str]) -> Piece:
    """Rows whose texts are of the declared types, and the others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    reasons: dict[int, str] = {}
    for name in names:
        given = table.column(f"_given_{name}")
        for place in pc.indices_nonzero(pc.and_(given.is_valid(), table.column(name).is_null())).to_pylist():
            reasons.setdefault(place, f"'{name}' must be {source.dtype(name)}, not {given[place].as_py()!r}")
    sound = pa.array([place for place in range(table.num_rows) if place not in reasons], pa.int64())
    rejected = [
        Rejected(row={name: table.column(f"_given_{name}")[place].as_py() for name in names}, reason=reason)
        for place, reason in sorted(reasons.items())
    ]
    return Piece(table.select(names).take(sound), tuple(rejected))
