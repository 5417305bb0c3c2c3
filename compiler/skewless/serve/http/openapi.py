"""A catalogue into an OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from skewless.contract.source_plan import SourcePlan
from skewless.ground.dtypes import DataType
from skewless.ground.version import VERSION
from skewless.ingest.writer import SourceWriter
from skewless.serve.http.catalogue import Catalogue, Served
from skewless.serve.http.settings import Limits
from skewless.serve.vector import Status

Json = dict[str, Any]
_TYPES: Mapping[str, Json] = {
    "BOOLEAN": {"type": "boolean"},
    "INTEGER": {"type": "integer", "format": "int32"},
    "BIGINT": {"type": "integer", "format": "int64"},
    "FLOAT": {"oneOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]},
    "DOUBLE": {"oneOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]},
    "DECIMAL": {"type": "string", "description": "A decimal in digits; in requests a number will do."},
    "VARCHAR": {"type": "string"},
    "DATE": {"type": ["integer", "string"], "description": "Its midnight in seconds since 1970, or ISO 8601."},
    "TIMESTAMP": {"type": ["integer", "string"], "description": "Seconds since 1970, or ISO 8601, in UTC."},
}


def document(catalogue: Catalogue, limits: Limits) -> Json:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "skewless",
            "version": VERSION,
            "description": "Feature vectors and pushed rows, as Feast's server speaks.",
        },
        "paths": {
            "/get-online-features": {"post": _get_online_features(catalogue, limits)},
            "/push": {"post": _push(catalogue, limits)},
            "/health": {"get": _get("Whether the online store answers and holds all state", {}, [503])},
            "/metrics": {"get": _get("Metrics for Prometheus", {"text/plain": {"schema": {"type": "string"}}})},
            "/services": {"get": _get("Every service, and what rows can be pushed to", _json_of("Services"))},
            "/services/{name}": {
                "get": {
                    **_get("One service: keys, request fields, features, versions", _json_of("Service"), [404]),
                    "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
                }
            },
            "/openapi.json": {"get": _get("This document", {"application/json": {"schema": {"type": "object"}}})},
            "/docs": {"get": _get("This document as a page", {"text/html": {"schema": {"type": "string"}}})},
        },
        "components": {
            "schemas": _schemas(catalogue),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _get_online_features(catalogue: Catalogue, limits: Limits) -> Json:
    examples = {name: {"value": _example(name, served)} for name, served in catalogue.services.items()}
    content = {"schema": _reference("Request"), "examples": examples}
    return {
        "summary": f"Feature vectors of at most {limits.rows:,} entity rows",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "200": {"description": "Values by feature, then by row", "content": _json_of("Vector")},
            **_errors([400, 401, 404, 413, 422, 500, 503, 504]),
        },
    }


def _push(catalogue: Catalogue, limits: Limits) -> Json:
    examples = {name: {"value": _push_example(one.plan)} for name, one in _pushable(catalogue).items()}
    content = {"schema": _reference("Push"), "examples": examples}
    return {
        "summary": f"Writes at most {limits.rows:,} rows of a source into the online state",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "200": {
                "description": "Nothing where every row was taken, else those that were not",
                "content": _json_of("Pushed"),
            },
            **_errors([400, 401, 413, 422, 500, 503, 504]),
        },
    }


def _pushable(catalogue: Catalogue) -> dict[str, SourceWriter]:
    """The sources whose rows a view follows."""
    return {name: one for name, one in catalogue.sources.items() if one.plan.views}


def _get(summary: str, content: Json, errors: list[int] | None = None) -> Json:
    answer: Json = {"description": summary, **({"content": content} if content else {})}
    return {"summary": summary, "responses": {"200": answer, **_errors(errors or [])}}


def _errors(statuses: list[int]) -> Json:
    return {str(status): {"description": "An error", "content": _json_of("Error")} for status in statuses}


def _json_of(schema: str) -> Json:
    return {"application/json": {"schema": _reference(schema)}}


def _reference(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


def _schemas(catalogue: Catalogue) -> Json:
    text, texts = {"type": "string"}, _array({"type": "string"})
    named = _object({"name": text, "type": text})
    entities = {f"Entities.{name}": _entities(served) for name, served in catalogue.services.items()}
    return {
        "Request": {
            **_object(
                {
                    "entities": {"type": "object", "additionalProperties": {"type": "array"}},
                    "feature_service": {"type": ["string", "null"], "enum": [*catalogue.services, None]},
                    "features": _array({"type": "string", "pattern": "^[^:]+:.+$"}),
                    "full_feature_names": {"type": "boolean", "default": False},
                    "as_of": {"type": ["string", "null"], "description": "A moment, ISO 8601; now by default."},
                    "timestamp_format": {"enum": ["unix", "rfc3339"], "default": "unix"},
                }
            ),
            "required": ["entities"],
        },
        **entities,
        "Push": {
            **_object(
                {
                    "push_source_name": {**text, "enum": list(_pushable(catalogue))},
                    "df": {"type": "object", "additionalProperties": {"type": "array"}},
                    "to": {"enum": ["online"], "default": "online"},
                    "allow_registry_cache": {"type": "boolean", "default": True},
                    "transform_on_write": {"type": "boolean", "default": True},
                }
            ),
            "required": ["push_source_name", "df"],
        },
        **{f"Rows.{name}": _rows(one.plan) for name, one in _pushable(catalogue).items()},
        "Pushed": {
            **_object(
                {
                    "accepted": {"type": "integer"},
                    "rejected": _array(_object({"row": {"type": "integer"}, "reason": text})),
                    "not_shown": {"type": "integer", "description": "Refused rows beyond those of `rejected`."},
                }
            ),
            "required": ["accepted", "rejected"],
        },
        "Vector": _object(
            {
                "results": _array(
                    _object(
                        {
                            "values": {"type": "array"},
                            "statuses": _array({"enum": list(get_args(Status))}),
                            "event_timestamps": _array({"type": "string", "format": "date-time"}),
                        }
                    )
                ),
                "metadata": _object({"feature_names": texts}),
            }
        ),
        "Services": _object(
            {
                "services": _array(_object({"name": text, "keys": texts, "features": {"type": "integer"}})),
                "sources": _array(
                    _object({"name": text, "columns": _array(named), "views": texts, "not_followed_by": texts})
                ),
            }
        ),
        "Service": _object(
            {
                "name": text,
                "project": text,
                "keys": _array(named),
                "request_fields": _array(named),
                "features": _array(_object(dict.fromkeys(("name", "full_name", "type", "view", "feature"), text))),
                "views": _array(_object({"name": text, "version": text})),
                "compiled_with": {"type": "object", "additionalProperties": text},
            }
        ),
        "Error": {**text, "description": "JSON within JSON: an object of module, class and message."},
    }


def _entities(served: Served) -> Json:
    return _object({name: _array(_type(dtype)) for name, dtype in served.types.items()})


def _rows(plan: SourcePlan) -> Json:
    """Times of rows are text; columns that are left out are NULL."""
    text = {"oneOf": [{"type": "string", "description": "ISO 8601, in UTC or with a zone."}, {"type": "null"}]}
    types = {column.name: DataType.parse(column.type) for column in plan.columns}
    columns = {
        name: _array(text if dtype.kind in ("TIMESTAMP", "DATE") else _type(dtype)) for name, dtype in types.items()
    }
    needed = dict.fromkeys((*plan.primary_key, plan.event_time, *filter(None, [plan.known_at])))
    return {**_object(columns), "required": list(needed)}


def _type(dtype: DataType) -> Json:
    if dtype.element is not None:
        return _array(_type(dtype.element))
    return {"oneOf": [_TYPES[dtype.kind], {"type": "null"}]}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _object(properties: Json) -> Json:
    """All of them are there, always."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _example(name: str, served: Served) -> Json:
    return {"feature_service": name, "entities": _values(served.types)}


def _push_example(plan: SourcePlan) -> Json:
    types = {column.name: DataType.parse(column.type) for column in plan.columns}
    return {"push_source_name": plan.source, "df": _values(types)}


def _values(types: Mapping[str, DataType]) -> Json:
    """One row."""
    kinds = {"VARCHAR": "text", "BOOLEAN": True, "DATE": "2026-06-12", "TIMESTAMP": "2026-06-12T10:00:00Z", "LIST": []}
    return {name: [kinds.get(dtype.kind, 1)] for name, dtype in types.items()}
