"""A workspace into what Feast's registry must hold for its clients to ask a skewless server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from skewless.contract.ir import Feature, FeatureView
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration
from skewless.ground.errors import UsageError
from skewless.project.model import Entity
from skewless.tasks.uses import Use, is_served, plan_of_use, uses_by_name
from skewless.tasks.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class FeastEntity:
    """In Feast an entity has one join key; an entity of several keys is several of Feast's."""

    name: str
    key: str
    dtype: DataType
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeastView:
    """A view under its own name, or under an alias and that service's keys."""

    name: str
    entities: tuple[FeastEntity, ...]
    columns: tuple[str, ...]
    """What a request must bring: keys, then request fields."""
    fields: tuple[tuple[str, DataType], ...]
    """Those of the columns that are a join key nowhere; Feast's clients take a column for one or the other."""
    features: tuple[Feature, ...]
    ttl: Duration | None
    description: str
    owner: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeastService:
    name: str
    description: str
    uses: tuple[tuple[FeastView, tuple[str, ...]], ...]
    """Views, each with the features that the service takes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeastRepository:
    project: str
    entities: tuple[FeastEntity, ...]
    views: tuple[FeastView, ...]
    services: tuple[FeastService, ...]
    keyed: frozenset[str]
    """The views that are feature views of Feast's own; the others are on demand."""


def feast_repository(workspace: Workspace) -> FeastRepository:
    """What can be asked for over HTTP. Raises UsageError for a project that Feast cannot hold."""
    project = workspace.files.name
    if project.startswith("_"):
        raise UsageError(f"Feast has no project '{project}': names there begin with a letter or a digit",
                         help="rename the project in skewless.yml")  # fmt: skip
    uses = _uses(workspace)
    _check_names(uses)
    bound = {name: _bound(use, workspace) for name, use in uses.items()}
    columns = frozenset(column for one in bound.values() for column in (*one.keys, *one.fields))
    known = _Entities(workspace.files.entities, columns)
    keys = frozenset(key for one in bound.values() for key in one.keys)
    views = {name: _view(name, one, known, keys) for name, one in bound.items()}
    entities = dict.fromkeys(entity for view in views.values() for entity in view.entities)
    return FeastRepository(
        project=project,
        entities=_distinct(entities),
        views=tuple(views.values()),
        services=tuple(_services(workspace, views)),
        keyed=_keyed(tuple(views.values())),
    )


def _uses(workspace: Workspace) -> dict[str, Use]:
    """What can be asked for, by name."""
    found = uses_by_name(workspace)
    for name, uses in found.items():
        if len(uses) > 1:
            raise UsageError(
                f"in Feast a name stands for one view under one set of keys, and services use '{name}' for several",
                help="give each use of a view a name of its own: {view: ..., as: ..., on: ...}",
            )
    return {name: uses[0] for name, uses in found.items()}


def _check_names(names: Iterable[str]) -> None:
    first: dict[str, str] = {}
    for name in names:
        if (other := first.setdefault(name.lower(), name)) != name:
            raise UsageError(
                f"Feast does not tell the views '{other}' and '{name}' apart: they differ in capitals only",
                help="rename one of them",
            )


class _Entities:
    """Feast's entities by join key and type, called as the project's where that has one of a single key.

    But not as a column of a request: clients take one that is called as an entity for the entity's join key.
    """

    def __init__(self, entities: tuple[Entity, ...], columns: frozenset[str]) -> None:
        self._single: dict[tuple[str, DataType], dict[str, Entity]] = {}
        for entity in entities:
            key, dtype = entity.keys[0].name, entity.keys[0].data_type
            if len(entity.keys) == 1 and dtype is not None and (entity.name == key or entity.name not in columns):
                self._single.setdefault((key, dtype), {})[entity.name] = entity

    def of(self, key: str, dtype: DataType, wanted: tuple[str, ...]) -> FeastEntity:
        """`wanted` are the view's own entities, which go first where two have the same key."""
        if dtype.is_list:
            raise UsageError(
                f"Feast has no lists as keys, and '{key}' is {dtype}",
                help="give the views of that key online=false, or another key",
            )
        found = self._single.get((key, dtype), {})
        entity = next((found[name] for name in wanted if name in found), next(iter(found.values()), None))
        if entity is None:
            return FeastEntity(name=key, key=key, dtype=dtype, description="")
        return FeastEntity(name=entity.name, key=key, dtype=dtype, description=entity.description.strip())


@dataclass(frozen=True, slots=True)
class _Bound:
    """A view, and the columns of a request that it and those it joins read."""

    view: FeatureView
    keys: Mapping[str, DataType]
    fields: Mapping[str, DataType]


def _bound(use: Use, workspace: Workspace) -> _Bound:
    plan = plan_of_use(workspace, use)
    types = {
        one.column(field.name): field.dtype for one in plan.instances for field in (*one.view.requests, *one.view.keys)
    }
    columns = {name: types[name] for name in plan.spine_columns}
    keys = {name: columns.pop(name) for name in plan.key_columns}
    return _Bound(workspace.views[use.view], keys, columns)


def _view(name: str, bound: _Bound, known: _Entities, all_keys: frozenset[str]) -> FeastView:
    view = bound.view
    entity = view.config.get("entity") or ()
    wanted = (entity,) if isinstance(entity, str) else tuple(entity)
    return FeastView(
        name=name,
        entities=tuple(known.of(key, dtype, wanted) for key, dtype in bound.keys.items()),
        columns=(*bound.keys, *bound.fields),
        fields=tuple((field, dtype) for field, dtype in bound.fields.items() if field not in all_keys),
        features=view.features,
        ttl=view.ttl,
        description=view.description.strip(),
        owner=str(view.config.get("owner") or ""),
        tags=_tags(view),
    )


def _keyed(views: tuple[FeastView, ...]) -> frozenset[str]:
    """The views of one key, but for those with a feature that is called as a column which an on-demand view asks for.

    Clients before 0.64 send one key of a feature view and nothing else. Where they ask an on-demand view too, it gets
    the features of feature views in the place of columns of the row that have the same name.
    """
    keyed = {view.name for view in views if len(view.entities) == len(view.columns) == 1}
    while True:
        asked = {column for view in views if view.name not in keyed for column in view.columns}
        hiding = {view.name for view in views if any(feature.name in asked for feature in view.features)}
        if keyed.isdisjoint(hiding):
            return frozenset(keyed)
        keyed -= hiding


def _tags(view: FeatureView) -> dict[str, str]:
    """Feast's tags are keys with text; `meta` becomes such, and a tag of ours says "true"."""
    meta = {
        str(key): value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        for key, value in (view.config.get("meta") or {}).items()
    }
    return {**{str(tag): "true" for tag in view.config.get("tags") or ()}, **meta}


def _distinct(entities: Mapping[FeastEntity, None]) -> tuple[FeastEntity, ...]:
    first: dict[str, FeastEntity] = {}
    for entity in entities:
        other = first.setdefault(entity.name, entity)
        if other != entity:
            raise UsageError(
                f"Feast has one entity of a name, and '{entity.key}' is {other.dtype} here and {entity.dtype} there",
                help="give the key one type, or two names",
            )
    return tuple(entities)


def _services(workspace: Workspace, views: Mapping[str, FeastView]) -> Iterator[FeastService]:
    for service in workspace.files.services:
        if not is_served(workspace.services[service.name]):
            continue
        uses: dict[str, tuple[str, ...]] = {}
        for entry in service.views:
            view = views[entry.alias or entry.view]
            names = {one.name.lower(): one.name for one in view.features}
            taken = (
                tuple(names.values()) if entry.features is None else tuple(names[one.lower()] for one in entry.features)
            )
            uses[view.name] = (*uses.get(view.name, ()), *taken)
        yield FeastService(
            name=service.name,
            description=service.description.strip(),
            uses=tuple((views[name], features) for name, features in uses.items()),
        )
