"""Files of rows that are pushed, some thousand rows at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, partial
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
    """Rows in a form that the write path takes, and those that could not even be read.

    `line_of` tells the line of the file on which a row begins, by its place among `rows`; None where that is not known.
    """

    rows: Any
    rejected: tuple[Rejected, ...] = ()
    line_of: Callable[[int], int | None] = lambda _: None

    def on_its_line(self, one: Rejected) -> Rejected:
        """A row that was refused afterwards, with its line."""
        return one if one.place is None else replace(one, line=self.line_of(one.place))


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
    rows, numbers, rejected = [], [], []
    for number, line in lines:
        try:
            row = decode(line)
        except (ValueError, RecursionError) as error:
            rejected.append(_refused(number, line, f"line {number} is not JSON: {error}"))
            continue
        if isinstance(row, dict):
            rows.append(row)
            numbers.append(number)
        else:
            rejected.append(_refused(number, line, f"line {number} is JSON, and not an object of column to value"))
    return Piece(rows, tuple(rejected), numbers.__getitem__)


def _refused(number: int, line: bytes, reason: str) -> Rejected:
    text = line.decode(errors="backslashreplace").rstrip("\r\n")
    return Rejected(row={"line": text}, reason=reason, line=number)


def _csv(source: SourceTable, path: Path) -> Iterator[Piece]:
    own = replace(source, path=str(path.absolute()))
    with DuckDB(root=path.parent, settings={}, threads=0) as engine:
        found = list(engine.columns(exp.Select(expressions=[exp.Star()], from_=exp.From(this=relation(own)))))
        _check_columns(source, path, found)
        table = engine.arrow(_typed(own, found))
    lines = _RecordLines(path, table.num_rows)
    for start in range(0, table.num_rows, _AT_ONCE):
        yield _checked(source, table.slice(start, _AT_ONCE), found, partial(lines.of, start))


class _RecordLines:
    """On which line each record of a CSV file begins. The file is read for it when somebody asks."""

    def __init__(self, path: Path, records: int) -> None:
        self._path, self._records = path, records

    def of(self, start: int, place: int) -> int | None:
        """Of the record at a place after `start`; None if they cannot be told apart as DuckDB did."""
        return self._lines[start + place] if len(self._lines) == self._records else None

    @cached_property
    def _lines(self) -> list[int]:
        import gzip

        found, is_quoted = [], False
        with gzip.open(self._path) if self._path.suffix == ".gz" else self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not is_quoted and line.strip(b"\r\n"):
                    found.append(number)
                is_quoted ^= line.count(b'"') % 2 == 1  # a quote within quotes is two
        return found[1:]


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


def _checked(source: SourceTable, table: pa.Table, names: list[str], line_of: Callable[[int], int | None]) -> Piece:
    """Rows whose texts are of the declared types, and the others: of these only what is wrong is told as text, so that
    they can be pushed when that is repaired."""
    import pyarrow as pa
    import pyarrow.compute as pc

    reasons: dict[int, str] = {}
    for name in names:
        given = table.column(f"_given_{name}")
        for place in pc.indices_nonzero(pc.and_(given.is_valid(), table.column(name).is_null())).to_pylist():
            reasons.setdefault(place, f"'{name}' must be {source.dtype(name)}, not {given[place].as_py()!r}")
    sound = [place for place in range(table.num_rows) if place not in reasons]
    rejected = [
        Rejected(row=_as_far_as_typed(table, names, place), reason=reason, line=line_of(place))
        for place, reason in sorted(reasons.items())
    ]
    rows = table.select(names).take(pa.array(sound, pa.int64()))
    return Piece(rows, tuple(rejected), lambda place: line_of(sound[place]))


def _as_far_as_typed(table: pa.Table, names: list[str], place: int) -> dict[str, Any]:
    [row] = table.slice(place, 1).to_pylist()
    return {name: row[f"_given_{name}"] if row[name] is None else row[name] for name in names}
