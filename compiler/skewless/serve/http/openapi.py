"""A catalogue into an OpenAPI document, and the document into a page that needs nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any, get_args

from skewless.ground.dtypes import DataType
from skewless.ground.version import VERSION
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
        "info": {"title": "skewless", "version": VERSION, "description": "Feature vectors, as Feast's server speaks."},
        "paths": {
            "/get-online-features": {"post": _get_online_features(catalogue, limits)},
            "/health": {"get": _get("Whether the online store answers and holds all state", {}, [503])},
            "/metrics": {"get": _get("Metrics for Prometheus", {"text/plain": {"schema": {"type": "string"}}})},
            "/services": {"get": _get("Every service", _json_of("Services"))},
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


def page(content: Json) -> str:
    """The document for people: a request for each service, and then the whole of it."""
    body = content["paths"]["/get-online-features"]["post"]["requestBody"]["content"]["application/json"]
    services = [_asked(name, one["value"]) for name, one in body["examples"].items()]
    sections = [
        f"<h2>{escape(verb.upper())} <code>{escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
        + _details("Request", operation.get("requestBody"))
        + _details("Responses", operation["responses"])
        for path, operations in content["paths"].items()
        for verb, operation in operations.items()
    ]
    schemas = [_details(name, schema) for name, schema in content["components"]["schemas"].items()]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>skewless</title><style>"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
        "pre{background:#f4f4f4;padding:1rem;overflow:auto}.command{white-space:pre-wrap}h2{margin-top:2rem}</style>"
        f"<h1>skewless {escape(VERSION)}</h1><h2>Services</h2>{''.join(services)}"
        "<p>Where a token is wanted: <code>-H 'Authorization: Bearer TOKEN'</code>.</p>"
        f"{''.join(sections)}<h2>Schemas</h2>{''.join(schemas)}"
        '<p><a href="openapi.json">openapi.json</a></p></html>'
    )


def _asked(name: str, example: Json) -> str:
    """A service's example as a command; SERVER stands for where this page was found."""
    shown = escape(f"curl SERVER/get-online-features -d '{json.dumps(example, ensure_ascii=False)}'")
    link = f'<a href="services/{escape(name)}">keys, request fields, features</a>'
    return f"<h3>{escape(name)}</h3><p>{link}</p><pre class=command>{shown}</pre>"


def _details(title: str, content: Any) -> str:
    if not content:
        return ""
    shown = escape(json.dumps(content, indent=2, ensure_ascii=False))
    return f"<details><summary>{escape(title)}</summary><pre>{shown}</pre></details>"


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
            {"services": _array(_object({"name": text, "keys": texts, "features": {"type": "integer"}}))}
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
    kinds = {"VARCHAR": "text", "BOOLEAN": True, "DATE": "2026-06-12", "TIMESTAMP": "2026-06-12T10:00:00Z", "LIST": []}
    return {
        "feature_service": name,
        "entities": {field: [kinds.get(dtype.kind, 1)] for field, dtype in served.types.items()},
    }
