"""The serving bundle: all that a serving process needs of a service, as plain JSON.

This module is shared by the compiler and the serving process, so it imports neither sqlglot nor anything of a project.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from skewless.ground.errors import UsageError

FORMAT = 3
CODEC_VERSION = 3
VIEWS = "views"
"""The folder, beside the bundles of services, of the bundles of single views."""
EventLayout = Literal["events", "latest", "values"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A named column and its type, spelled as DuckDB does."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of a view, and the field of the request that holds it."""

    name: str
    type: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiling:
    """How events of an entity that has many are put together from tiles of them."""

    boundaries: tuple[int, ...]
    """Microseconds before T: of a tile that one of these moments cuts, the events are read."""
    parts: tuple[Column, ...]
    """What is kept of a tile, besides its times and how many events it has."""
    by_events: str | None
    """Why tiles do not stand for their events, so that all events within reach are read; None if they do."""
    most_events: int
    """So many of these may be read for an entity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInstance:
    """A view's state as one service reads it: what is stored under `version` for the entity that the keys name."""

    name: str
    view: str
    version: str
    layout: EventLayout
    keys: tuple[Key, ...]
    columns: tuple[Column, ...]
    ttl: int | None
    """Microseconds after which a latest row's values expire."""
    lag: int
    """Microseconds between a tick and the moment at which its values may be shown."""
    key_columns: tuple[str, ...] = ()
    """Keys that the instance's SQL reads beside the rows."""
    is_written: bool = False
    """Whether rows are written one by one, so that writers keep more in a value than what is read here."""
    tiling: Tiling | None = None
    """How entities with many events are read; None if there are no tiles of any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotColumn:
    """A column of the request slot: a field of the request, or a stored column of an instance."""

    name: str
    type: str
    instance: str | None
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The one prepared statement: its SQL, the request slot, and the event slots by instance."""

    sql: str
    reads_request: bool
    """Whether the SQL reads the request slot at all."""
    request: tuple[SlotColumn, ...]
    events: Mapping[str, str]
    """Instance to the name of the slot that holds its rows."""
    columns: tuple[Column, ...]
    """What the statement yields after the row number."""
    tiled_sql: str | None = None
    """The same over slots that hold rows that stand for tiles, too; None if there are none in any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputColumn:
    """A column of the vector: taken from an instance's stored columns, or from the statement by name.

    `use` is what the service calls the view, which may be an alias.
    `explained_by` is the instance whose rows explain the status; a request feature has none.
    """

    name: str
    type: str
    view: str
    use: str
    feature: str
    stored: str | None
    computed: str | None
    explained_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A service, compiled for serving."""

    format: int
    codec: int
    project: str
    service: str
    versions: Mapping[str, str]
    """Packages whose meaning the SQL depends on: skewless, duckdb, sqlglot."""
    store: str
    """Where the state is unless the server is told otherwise; holds no secret."""
    keys: tuple[Column, ...]
    fields: tuple[Column, ...]
    instances: tuple[StoredInstance, ...]
    statement: Statement | None
    outputs: tuple[OutputColumn, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def key_slot(name: str) -> str:
    """The column of an event slot that holds a key of the request; a stored column may have the key's own name."""
    return f"_key_{name}"


def load_bundle(path: Path) -> Bundle:
    """Reads a bundle. Raises UsageError when it cannot be read or is of another format."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"the bundle '{path}' cannot be read: {error.strerror}", help="write it with: skewless compile"
        ) from error
    except ValueError as error:
        raise UsageError(
            f"the bundle '{path}' is not JSON: {error}", help="write it again: skewless compile"
        ) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UsageError(
            f"the bundle '{path}' has format {data.get('format') if isinstance(data, dict) else '?'}, "
            f"and this version reads {FORMAT}",
            help="compile the service with the version that serves it: skewless compile",
        )
    return _bundle(data)


def _bundle(data: dict[str, Any]) -> Bundle:
    statement = data["statement"]
    return Bundle(
        **{
            **data,
            "keys": _all(Column, data["keys"]),
            "fields": _all(Column, data["fields"]),
            "instances": tuple(_instance(one) for one in data["instances"]),
            "statement": None if statement is None else _statement(statement),
            "outputs": _all(OutputColumn, data["outputs"]),
        }
    )


def _all(kind: type[Any], rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(kind(**row) for row in rows)


def _instance(data: dict[str, Any]) -> StoredInstance:
    keys, columns = _all(Key, data["keys"]), _all(Column, data["columns"])
    tiling = None if data["tiling"] is None else _tiling(data["tiling"])
    return StoredInstance(
        **{**data, "keys": keys, "columns": columns, "key_columns": tuple(data["key_columns"]), "tiling": tiling}
    )


def _tiling(data: dict[str, Any]) -> Tiling:
    return Tiling(**{**data, "boundaries": tuple(data["boundaries"]), "parts": _all(Column, data["parts"])})


def _statement(data: dict[str, Any]) -> Statement:
    return Statement(**{**data, "request": _all(SlotColumn, data["request"]), "columns": _all(Column, data["columns"])})
