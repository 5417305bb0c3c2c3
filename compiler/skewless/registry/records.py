"""What the registry is told, and what it tells. Moments are microseconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

VIEW_BUNDLES = "serving/views"
"""The bundles of single views are noted as one service, called by their folder: no service can have that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One target of one project; `identity` is what skewless.yml calls `id`."""

    project: str
    target: str
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who does something."""

    user: str
    host: str
    release: str

    @property
    def name(self) -> str:
        return f"{self.user}@{self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewVersion:
    """A version of a view, as it was written when it was noted last."""

    view: str
    version: str
    owner: str | None
    schema: str
    """Keys and features with their types, as JSON."""
    meaning: str
    packages: Mapping[str, str]
    text: str
    definition: bytes
    """The view (`contract.definition`)."""
    written: bytes | None
    """How rows of its sources are written (`contract.source_plan.WrittenView`), if they are one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceVersion:
    """A version of a service, with the versions of the views that it reads."""

    service: str
    version: str
    definition: bytes
    """`contract.definition.ServiceDefinition`."""
    pins: tuple[str, ...]
    created_at: int = 0
    created_by: str = ""
    superseded_at: int | None = None
    retired_at: int | None = None

    @property
    def is_current(self) -> bool:
        return self.superseded_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRecord:
    """What became of one version of a view in a run."""

    view: str
    version: str
    status: Literal["success", "error", "skipped"]
    message: str
    how: str
    microseconds: int
    entities: int | None
    rows: int | None
    as_of: int | None
    loaded_to: int | None
    ended_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run, with its loads. `ended_at` is None while it goes on, and for ever if it was killed."""

    id: int
    target: str
    command: str
    user: str
    host: str
    release: str
    started_at: int
    ended_at: int | None
    status: str
    loads: tuple[LoadRecord, ...]
