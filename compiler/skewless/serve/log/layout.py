"""A bundle, or the metadata of a file, into the columns of a log, their Arrow schema, and the folder of its files.

The columns of the service keep their own names. A name of the log's own that the service has taken gets underscores at
its end, so that nothing hides anything; the metadata of each file says what every column is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from skewless.contract.arrow import arrow_type
from skewless.contract.artifact import Bundle
from skewless.contract.fingerprint import version_of
from skewless.ground.dtypes import TIMESTAMP, VARCHAR, DataType
from skewless.ground.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
METADATA = b"skewless.log"
"""The key of a file's metadata under which JSON tells what its columns are."""
OWN = ("log_request_id", "log_row", "log_as_of", "log_answered_at", "log_versions", "log_packages")
"""The log's own columns, in their order."""
FOLDERS = ("log_project", "log_service", "log_definition", "log_date")
"""What the names of the folders say of the files within, the outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureColumns:
    """Where one feature of the service is in the log."""

    name: str
    type: str
    view: str
    feature: str
    value: str
    status: str
    event_timestamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the log of one definition of a service looks like.

    A logged row is a tuple: request id, row number, T and time of answering, then the cells of `keys`, `fields`, and
    value, status and event timestamp of each of `features`.
    """

    project: str
    service: str
    definition: str
    """`service@0123456789ab`: a digest of the whole bundle, but for the address of its store."""
    versions: Mapping[str, str]
    """Version of each view that keeps state. Views without state are told apart by the definition."""
    packages: Mapping[str, str]
    keys: Mapping[str, str]
    """Name to type."""
    fields: Mapping[str, str]
    features: tuple[FeatureColumns, ...]
    own: Mapping[str, str]
    """The names of `OWN` and `FOLDERS` to what they are called in this log."""

    def folder(self, day: str) -> PurePath:
        """Where files of a day (`2026-06-12`, of answering) are, below the folder of the log."""
        values = (self.project, self.service, self.definition, day)
        return PurePath(*(f"{self.own[name]}={quote(value)}" for name, value in zip(FOLDERS, values, strict=True)))

    def metadata(self) -> dict[bytes, bytes]:
        """What files carry of this."""
        return {METADATA: json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False).encode()}


def layout_of(bundle: Bundle) -> Layout:
    """The layout of a service's log."""
    inputs = [one.name for one in (*bundle.keys, *bundle.fields)]
    taken = {name.lower() for name in (*inputs, *(one.name for one in bundle.outputs))}
    own = {name: _free(name, taken) for name in (*OWN, *FOLDERS)}
    return Layout(
        project=bundle.project,
        service=bundle.service,
        definition=definition_of(bundle),
        versions={one.view: one.version for one in bundle.instances},
        packages=dict(bundle.versions),
        keys={key.name: key.type for key in bundle.keys},
        fields={field.name: field.type for field in bundle.fields},
        features=tuple(
            FeatureColumns(
                name=one.name,
                type=one.type,
                view=one.view,
                feature=one.feature,
                value=one.name,
                status=_free(f"{one.name}__status", taken),
                event_timestamp=_free(f"{one.name}__event_timestamp", taken),
            )
            for one in bundle.outputs
        ),
        own=own,
    )


def layout_from(told: bytes, path: str) -> Layout:
    """The layout that a file tells under `METADATA`; `path` is what errors call it.

    Raises DataError for a file of another format, or whose metadata are damaged.
    """
    try:
        found = msgspec.json.decode(told, type=dict[str, Any])
        if found.get("format") == FORMAT:
            return msgspec.convert(found, Layout)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise DataError(f"the metadata of '{path}' cannot be read: {error}", help="remove the file") from error
    raise DataError(
        f"'{path}' is a log of format {found.get('format')}, and this release reads {FORMAT}",
        help="read it with the release that wrote it, or name a log without it",
    )


def definition_of(bundle: Bundle) -> str:
    """`service@0123456789ab`, another one whenever anything about the service changes but where its state is kept."""
    return version_of(bundle.service, [json.dumps(asdict(replace(bundle, store="")), sort_keys=True)])


def schema_of(layout: Layout) -> pa.Schema:
    """The Arrow schema of the log's files."""
    import pyarrow as pa

    words = pa.map_(pa.string(), pa.string())
    kinds = (pa.string(), pa.int32(), pa.timestamp("us"), pa.timestamp("us"), words, words)
    own = [pa.field(layout.own[name], kind) for name, kind in zip(OWN, kinds, strict=True)]
    cells = [pa.field(name, arrow_type(dtype)) for name, dtype in _cells(layout)]
    return pa.schema([*own, *cells], metadata=layout.metadata())


def exact_statistics(layout: Layout) -> list[str]:
    """Columns whose statistics say all. Those of floating-point columns leave out NaN, and DuckDB trusts them."""
    own = [layout.own[name] for name in OWN if name not in ("log_versions", "log_packages")]
    return [*own, *(name for name, dtype in _cells(layout) if not dtype.is_list and not dtype.is_floating)]


def batch_of(layout: Layout, schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    """Logged rows as Arrow columns."""
    import pyarrow as pa

    turned = list(zip(*rows, strict=True))
    same = pa.array([0] * len(rows), pa.int8())
    constants = [
        pa.array([list(words.items())], schema.field(layout.own[name]).type).take(same)
        for name, words in (("log_versions", layout.versions), ("log_packages", layout.packages))
    ]
    before, kinds = len(OWN) - len(constants), schema.types
    own = [pa.array(cells, kind) for cells, kind in zip(turned[:before], kinds[:before], strict=True)]
    cells = [pa.array(cells, kind) for cells, kind in zip(turned[before:], kinds[len(OWN) :], strict=True)]
    return pa.RecordBatch.from_arrays([*own, *constants, *cells], schema=schema)


def _cells(layout: Layout) -> Iterable[tuple[str, DataType]]:
    for name, kind in (*layout.keys.items(), *layout.fields.items()):
        yield name, DataType.parse(kind)
    for one in layout.features:
        yield one.value, DataType.parse(one.type)
        yield one.status, VARCHAR
        yield one.event_timestamp, TIMESTAMP


def _free(name: str, taken: set[str]) -> str:
    """The name, longer by underscores until nobody has it; engines do not tell capitals apart."""
    while name.lower() in taken:
        name += "_"
    taken.add(name.lower())
    return name
