"""How rows of one source get into the online state: all that a writing process needs, as plain JSON.

This module is shared by the compiler and the processes that write (servers among them), so it imports neither sqlglot
nor anything of a project.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from skewless.contract.artifact import FORMAT, Column
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import UsageError

SERVING, SOURCES = "serving", "sources"
"""The folder of the bundles of services, and in it that of the plans of sources."""
WrittenLayout = Literal["events", "latest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A source as a view's SQL reads it: under a name, these columns in this order, in their declared types."""

    source: str
    relation: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    versions_sql: str | None
    """Where a later row may replace an earlier one: makes, of rows under that name, every version of their events, each
    once and after the event's identity."""
    needed_sql: str | None
    """The same of those versions that can still make a difference."""
    known_at: str | None = None
    """The column that says when a row was known, if one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenView:
    """A view whose state is written row by row.

    `rows_sql` makes, of rows of the inputs, the rows that are stored: keys, then `read`, then `kept`. `merge_sql`
    makes, of rows that are held and fresh ones, those that are held from then on.
    """

    view: str
    version: str
    layout: WrittenLayout
    keys: tuple[Column, ...]
    read: tuple[Column, ...]
    """What serving reads of a stored row."""
    kept: tuple[Column, ...]
    """What only writers read of it."""
    timed: tuple[Input, ...]
    static: tuple[Input, ...]
    rows_sql: str
    merge_sql: str
    tiles_sql: str | None
    """Makes, of stored rows by number of their tile, what is kept of each tile; None if there are no tiles."""
    parts: tuple[Column, ...]
    """What that is, besides the times of a tile and how many events it has."""
    horizon: int | None
    """Microseconds after which no window reaches an event; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlan:
    """A source, what its rows are like, and the views that they are written to."""

    format: int
    codec: int
    project: str
    store: str
    """Where the state is unless the writer is told otherwise; holds no secret."""
    versions: Mapping[str, str]
    """Packages whose meaning the SQL depends on: skewless, duckdb, sqlglot."""
    source: str
    """`name.table`."""
    columns: tuple[Column, ...]
    event_time: str
    known_at: str | None
    delay: int
    """Microseconds from the event to the moment at which it counts as known, where no column says that."""
    primary_key: tuple[str, ...]
    deleted: str | None
    has_versions: bool
    """Whether a later row may replace an earlier one of the same primary key."""
    views: tuple[WrittenView, ...]
    others: Mapping[str, str]
    """Views that read the source and are not written row by row: view to reason. `run` keeps them fresh."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def written_view_to_json(view: WrittenView) -> bytes:
    """One view of a plan, by itself."""
    return json.dumps(asdict(view), ensure_ascii=False).encode()


def written_view_from_json(text: bytes) -> WrittenView:
    """The other way round."""
    return _view(json.loads(text))


def load_source_plan(path: Path) -> SourcePlan:
    """Reads a plan. Raises UsageError when it cannot be read or is of another format."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"the plan '{path}' cannot be read: {error.strerror}", help="write it with: skewless compile"
        ) from error
    except ValueError as error:
        raise UsageError(f"the plan '{path}' is not JSON: {error}", help="write it again: skewless compile") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UsageError(
            f"the plan '{path}' has format {data.get('format') if isinstance(data, dict) else '?'}, and this version "
            f"reads {FORMAT}",
            help="compile the project with the version that writes its state: skewless compile",
        )
    return SourcePlan(
        **{
            **data,
            "columns": _columns(data["columns"]),
            "primary_key": tuple(data["primary_key"]),
            "views": tuple(_view(one) for one in data["views"]),
        }
    )


def full_source_name(name: str, known: Collection[str]) -> str:
    """The known source that is meant by its full name, or by its table's if no other has a table of that name.

    Raises UsageError when none is meant, or several may be.
    """
    if name in known:
        return name
    tables = [one for one in known if one.rpartition(".")[2] == name]
    if len(tables) == 1:
        return tables[0]
    if tables:
        raise UsageError(f"'{name}' is a table of several sources", help=f"write one of: {', '.join(tables)}")
    places = {one.rpartition(".")[2]: one for one in known}
    hint = did_you_mean(name, known) or (None if "." in name else did_you_mean(name, places))
    raise UsageError(f"there is no source '{name}'", help=hint or f"sources: {', '.join(known) or 'none'}")


def _view(data: dict[str, Any]) -> WrittenView:
    columns = {name: _columns(data[name]) for name in ("keys", "read", "kept", "parts")}
    inputs = {name: tuple(_input(one) for one in data[name]) for name in ("timed", "static")}
    return WrittenView(**{**data, **columns, **inputs})


def _input(data: dict[str, Any]) -> Input:
    return Input(**{**data, "columns": _columns(data["columns"]), "primary_key": tuple(data["primary_key"])})


def _columns(rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    return tuple(Column(**row) for row in rows)
