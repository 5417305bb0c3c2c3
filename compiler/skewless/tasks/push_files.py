"""Files of rows that are pushed, some thousand rows at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlglot import exp

from skewless.codegen.scan import as_declared
from skewless.contract.ir import SourceTable
from skewless.contract.names import column, identifier
from skewless.engines.duckdb import DuckDB, relation
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import DataError, UsageError
from skewless.ingest.written import Rejected
from skewless.tasks.piped_lines import lines_as_they_come

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
        return _stdin(source)
    if suffix not in (".parquet", *_TEXT, *_LINES):
        kinds = ", ".join((".parquet", *_TEXT, *_LINES))
        raise UsageError(f"'{file}' has no format that can be read", help=f"give a file that ends in {kinds}, or -")
    path = Path(file)
    if not path.is_file():
        raise UsageError(f"there is no file '{file}'")
    read = _parquet if suffix == ".parquet" else _csv if suffix in _TEXT else _json_file
    return read(source, path)


def _parquet(source: SourceTable, path: Path) -> Iterator[Piece]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _check_columns(source, path, file.schema_arrow.names)
            for batch in file.iter_batches(_AT_ONCE):
                yield Piece(pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"'{path}' cannot be read as Parquet: {error}") from error


def _check_columns(source: SourceTable, path: Path, names: Sequence[str]) -> None:
    """Raises DataError for a file that is of something else: it would be refused row by row."""
    known = [field.name for field in source.columns]
    if other := next((name for name in names if name not in known), None):
        hint = did_you_mean(other, known) or f"its columns: {', '.join(known)}"
        raise DataError(f"'{path}' has a column '{other}', which {source.name} has not", help=hint)


def _json_file(source: SourceTable, path: Path) -> Iterator[Piece]:
    import gzip

    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from _json(source, iter(lambda: [*islice(file, _AT_ONCE)], []))
    except (OSError, EOFError) as error:
        raise DataError(f"'{path}' cannot be read: {error}") from error


def _stdin(source: SourceTable) -> Iterator[Piece]:
    try:
        yield from _json(source, lines_as_they_come(sys.stdin.buffer, _AT_ONCE))
    except OSError as error:
        raise DataError(f"standard input cannot be read: {error.strerror}") from error


def _json(source: SourceTable, parts: Iterable[list[bytes]]) -> Iterator[Piece]:
    """Lines of JSON, some at once."""
    holds_decimals = any(str(known.dtype).startswith("DECIMAL") for known in source.columns)
    decode = msgspec.json.Decoder(float_hook=Decimal if holds_decimals else None).decode
    first = 1
    for lines in parts:
        yield _decoded([(number, line) for number, line in enumerate(lines, first) if line.strip()], decode)
        first += len(lines)


def _decoded(lines: list[tuple[int, bytes]], decode: Callable[[bytes], Any]) -> Piece:
    rows, rejected = [], []
    for number, line in lines:
        try:
            row = decode(line)
        except (ValueError, RecursionError) as error:
            rejected.append(_refused(line, f"line {number} is not JSON: {error}"))
            continue
        if isinstance(row, dict):
            rows.append(row)
        else:
            rejected.append(_refused(line, f"line {number} is JSON, and not an object of column to value"))
    return Piece(rows, tuple(rejected))


def _refused(line: bytes, reason: str) -> Rejected:
    return Rejected(row={"line": line.decode(errors="backslashreplace").rstrip("\r\n")}, reason=reason)


def _csv(source: SourceTable, path: Path) -> Iterator[Piece]:
    own = replace(source, path=str(path.absolute()))
    with DuckDB(root=path.parent, settings={}, threads=0) as engine:
        found = list(engine.columns(exp.Select(expressions=[exp.Star()], from_=exp.From(this=relation(own)))))
        _check_columns(source, path, found)
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
