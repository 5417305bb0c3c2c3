"""The OpenAPI document into a page that needs nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from skewless.ground.version import VERSION

Json = dict[str, Any]


def page(content: Json) -> str:
    """The document for people: a request for each service, and then the whole of it."""
    services = [_asked(name, example) for name, example in _examples(content, "/get-online-features")]
    sources = [_pushed(name, example) for name, example in _examples(content, "/push")]
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
        f"<h2>Sources</h2>{''.join(sources)}"
        "<p>Where a token is wanted: <code>-H 'Authorization: Bearer TOKEN'</code>.</p>"
        f"{''.join(sections)}<h2>Schemas</h2>{''.join(schemas)}"
        '<p><a href="openapi.json">openapi.json</a></p></html>'
    )


def _examples(content: Json, path: str) -> Iterable[tuple[str, Json]]:
    body = content["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return [(name, one["value"]) for name, one in body["examples"].items()]


def _asked(name: str, example: Json) -> str:
    """A service's example as a command."""
    link = f'<a href="services/{escape(name)}">keys, request fields, features</a>'
    return f"<h3>{escape(name)}</h3><p>{link}</p>{_command('get-online-features', example)}"


def _pushed(name: str, example: Json) -> str:
    """A source's example as a command."""
    return f"<h3>{escape(name)}</h3>{_command('push', example)}"


def _command(path: str, body: Json) -> str:
    """SERVER stands for where this page was found."""
    shown = escape(f"curl SERVER/{path} -d '{json.dumps(body, ensure_ascii=False)}'")
    return f"<pre class=command>{shown}</pre>"


def _details(title: str, content: Any) -> str:
    if not content:
        return ""
    shown = escape(json.dumps(content, indent=2, ensure_ascii=False))
    return f"<details><summary>{escape(title)}</summary><pre>{shown}</pre></details>"
