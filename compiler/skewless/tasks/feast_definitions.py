"""What Feast's registry must hold into a Python file that `feast apply` reads."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from skewless.ground.dtypes import DataType, FeatureKind
from skewless.ground.durations import Duration
from skewless.tasks.feast_repository import FeastEntity, FeastRepository, FeastService, FeastView

FEATURE_TYPES: Mapping[FeatureKind, str] = {
    "BOOLEAN": "Bool",
    "INTEGER": "Int32",
    "BIGINT": "Int64",
    "FLOAT": "Float32",
    "DOUBLE": "Float64",
    "DECIMAL": "Decimal",
    "VARCHAR": "String",
    "DATE": "UnixTimestamp",
    "TIMESTAMP": "UnixTimestamp",
}
"""Feast has no type for dates, and takes them for their midnight; its moments have no fraction of a second."""
_SENT_AS_TEXT = ("TIMESTAMP", "DATE")
"""Clients before 0.64 would cut a moment to its second, later ones cannot send one."""
_VALUE_TYPES: Mapping[str, str] = {
    "Bool": "BOOL",
    "Int32": "INT32",
    "Int64": "INT64",
    "Float32": "FLOAT",
    "Float64": "DOUBLE",
    "Decimal": "DECIMAL",
    "String": "STRING",
}
_UNITS = {
    "days": 86_400_000_000,
    "hours": 3_600_000_000,
    "minutes": 60_000_000,
    "seconds": 1_000_000,
    "milliseconds": 1_000,
    "microseconds": 1,
}
_IMPORTS = """from datetime import timedelta
from inspect import getsource

from feast import Entity, FeatureService, FeatureView, Field, OnDemandFeatureView, RequestSource
from feast.types import Array, Bool, Decimal, Float32, Float64, Int32, Int64, String, UnixTimestamp
from feast.value_type import ValueType"""
_SERVED_VIEW = '''class ServedView(OnDemandFeatureView):
    """A view whose values the server computes."""

    def infer_features(self):
        """Nothing is inferred from a trial run: the schema says all."""


def served_view(name, columns, fields, schema, **about):
    """A view of which the client sends all columns to the server.

    Clients from 0.64 on do so for every view. Earlier ones send one key of a feature view and nothing else, so it is
    the transformation of an on-demand view that asks the server there.
    """
    features = [field.name for field in schema]

    def ask(rows):
        import os

        import requests
        from feast.errors import FeastError

        headers = {"Authorization": f"Bearer {os.environ[TOKEN_VARIABLE]}"} if TOKEN_VARIABLE else {}
        response = requests.post(
            f"{URL}/get-online-features",
            json={
                "features": [f"{name}:{feature}" for feature in features],
                "entities": {column: rows[column] for column in columns if column in rows},
            },
            headers=headers,
            timeout=60,
        )
        answer = response.json()
        if not response.ok:
            raise FeastError.from_error_detail(answer) or RuntimeError(f"{response.status_code}: {answer}")
        values = dict(zip(answer["metadata"]["feature_names"], (result["values"] for result in answer["results"])))
        found = {feature: values[feature] for feature in features}
        return {**found, **{f"{name}__{feature}": column for feature, column in found.items()}}

    ask.__module__ = "__main__"  # so that the registry holds its code, and not where it was defined
    return ServedView(
        name=name,
        sources=[RequestSource(name=f"{name}_request", schema=fields)],
        schema=schema,
        mode="python",
        udf=ask,
        udf_string=getsource(ask),
        **about,
    )'''


def definitions(
    repository: FeastRepository, *, url: str, token_variable: str | None = None, old_clients: bool = False
) -> str:
    """The file; the same repository gives the same bytes.

    Feast's own view of one key goes through the client's online store, which before 0.64 fails after a thousand
    requests of a process; with `old_clients` every view asks the server itself.
    """
    entities = _variables("entity", (entity.name for entity in repository.entities))
    views = _variables("view", (view.name for view in repository.views))
    services = _variables("service", (service.name for service in repository.services))
    keyed = frozenset() if old_clients else repository.keyed
    written = {
        view.name: _feature_view(view, entities) if view.name in keyed else _served_view(view, entities)
        for view in repository.views
    }
    parts = [
        f'"""The features of {repository.project} as Feast knows them. `skewless serve` computes the values."""',
        _IMPORTS,
        f"URL = {_text(url)}\nTOKEN_VARIABLE = {_text(token_variable) if token_variable else None}\n",
        f"{_SERVED_VIEW}\n",
        *(f"{entities[entity.name]} = {_entity(entity)}" for entity in repository.entities),
        *(f"{views[name]} = {text}" for name, text in written.items()),
        *(f"{services[service.name]} = {_service(service, views)}" for service in repository.services),
    ]
    return "\n\n".join(parts).rstrip() + "\n"


def _variables(kind: str, names: Iterable[str]) -> dict[str, str]:
    """A variable for each name. What is not a letter, a digit or an underscore gives way, and so may need a number."""
    found: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for name in names:
        wanted = f"{kind}_{re.sub(r'[^A-Za-z0-9]+', '_', name)}"
        taken[wanted] += 1
        found[name] = wanted if taken[wanted] == 1 else f"{wanted}__{taken[wanted]}"
    return found


def _entity(entity: FeastEntity) -> str:
    value_type = f"ValueType.{_VALUE_TYPES[_request_type(entity.dtype)]}"
    described = {"description": _text(entity.description)} if entity.description else {}
    return _call(
        "Entity", name=_text(entity.name), join_keys=_list([_text(entity.key)]), value_type=value_type, **described
    )


def _feature_view(view: FeastView, variables: Mapping[str, str]) -> str:
    keys = [_field(entity.key, _request_type(entity.dtype)) for entity in view.entities]
    expiry = {"ttl": _timedelta(view.ttl)} if view.ttl else {}
    schema = _lines([*keys, *_features(view)])
    return _call("FeatureView", name=_text(view.name), **expiry, schema=schema, **_about(view, variables))


def _served_view(view: FeastView, variables: Mapping[str, str]) -> str:
    """Its columns have no descriptions: clients before 0.64 lose them in the registry, and then refuse a service that
    has them."""
    return _call(
        "served_view",
        name=_text(view.name),
        columns=_list(map(_text, view.columns)),
        fields=_lines(_field(name, _request_type(dtype)) for name, dtype in view.fields),
        schema=_lines(_field(feature.name, _feature_type(feature.dtype)) for feature in view.features),
        **_about(view, variables),
    )


def _features(view: FeastView) -> list[str]:
    return [_field(feature.name, _feature_type(feature.dtype), feature.description) for feature in view.features]


def _about(view: FeastView, variables: Mapping[str, str]) -> dict[str, str]:
    return {
        "entities": _list(variables[entity.name] for entity in view.entities),
        **({"description": _text(view.description)} if view.description else {}),
        **({"owner": _text(view.owner)} if view.owner else {}),
        **({"tags": _mapping(view.tags)} if view.tags else {}),
    }


def _service(service: FeastService, variables: Mapping[str, str]) -> str:
    described = {"description": _text(service.description)} if service.description else {}
    uses = [f"{variables[view.name]}{_selection(view, features)}" for view, features in service.uses]
    return _call("FeatureService", name=_text(service.name), features=_lines(uses), **described)


def _selection(view: FeastView, features: tuple[str, ...]) -> str:
    """Nothing where the service takes the whole view."""
    return "" if features == tuple(one.name for one in view.features) else f"[{_list(map(_text, features))}]"


def _feature_type(dtype: DataType) -> str:
    if dtype.element is not None:
        return f"Array({_feature_type(dtype.element)})"
    return FEATURE_TYPES[dtype.kind]  # type: ignore[index]


def _request_type(dtype: DataType) -> str:
    """The type of a key or a request field."""
    return "String" if dtype.kind in _SENT_AS_TEXT else _feature_type(dtype)


def _field(name: str, dtype: str, description: str = "") -> str:
    described = f", description={_text(description)}" if description else ""
    return f"Field(name={_text(name)}, dtype={dtype}{described})"


def _timedelta(duration: Duration) -> str:
    unit, size = next((unit, size) for unit, size in _UNITS.items() if duration.microseconds % size == 0)
    return f"timedelta({unit}={duration.microseconds // size})"


def _call(function: str, **arguments: str) -> str:
    return "\n".join([f"{function}(", *(f"    {name}={value}," for name, value in arguments.items()), ")"])


def _lines(items: Iterable[str]) -> str:
    """A list of one item a line, within a call."""
    found = [f"        {item}," for item in items]
    return "\n".join(["[", *found, "    ]"]) if found else "[]"


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _mapping(items: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_text(key)}: {_text(value)}" for key, value in items.items()) + "}"


def _text(value: str) -> str:
    """A literal: what JSON writes for text, Python reads."""
    return json.dumps(value, ensure_ascii=False)
