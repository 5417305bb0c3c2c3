"""The OpenAPI document is sound, and says what the server does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from serve.http.bazaar import NOON_TEXT
from serve.http.serving import ask

VERBS = {"get", "post"}
KEYWORDS = {
    "$ref", "type", "properties", "required", "items", "enum", "oneOf", "format", "pattern", "default", "description",
    "additionalProperties",
}  # fmt: skip


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_it_has_the_parts_that_openapi_asks_for(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert set(document["info"]) >= {"title", "version"}
    for path, operations in document["paths"].items():
        assert path.startswith("/")
        assert set(operations) <= VERBS
        for operation in operations.values():
            assert operation["summary"]
            assert all(status.isdecimal() for status in operation["responses"])
            assert all(response["description"] for response in operation["responses"].values())
            named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path" and one["required"]}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_its_schemas_are_made_of_known_words_and_refer_to_each_other(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    roots = list(document["components"]["schemas"].values())
    roots += [one["schema"] for one in _below(document["paths"]) if isinstance(one, dict) and "schema" in one]
    for schema in roots:
        for part in _schemas(schema):
            assert set(part) <= KEYWORDS
            assert part.get("$ref", next(iter(known))) in known


def test_every_path_is_there(client: httpx.Client, document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for verb in operations:
            status = client.request(verb, path.replace("{name}", "types")).status_code
            assert status not in (404, 405), path
    assert len(document["paths"]) == 8


def test_answers_are_as_the_schemas_say(client: httpx.Client, document: dict[str, Any]) -> None:
    asked = {"user_id": [1, 9], "asked": [1.0, None]}
    vector = ask(client, asked, feature_service="everything", as_of=NOON_TEXT).json()
    _check(vector, {"$ref": "#/components/schemas/Vector"}, document)
    overflowing = ask(client, {"user_id": [1], "factor": [2]}, feature_service="overflowing", as_of=NOON_TEXT).json()
    _check(overflowing, {"$ref": "#/components/schemas/Vector"}, document)
    _check(client.get("/services").json(), {"$ref": "#/components/schemas/Services"}, document)
    _check(client.get("/services/everything").json(), {"$ref": "#/components/schemas/Service"}, document)
    _check(client.get("/nothing").json(), {"$ref": "#/components/schemas/Error"}, document)
    _check(asked, {"$ref": "#/components/schemas/Entities.everything"}, document)


def test_what_the_schemas_do_not_say_is_found(document: dict[str, Any]) -> None:
    """The check above can fail."""
    for wrong in ({}, {"results": [], "metadata": {}}, {"results": [{}], "metadata": {"feature_names": []}}):
        with pytest.raises(AssertionError):
            _check(wrong, {"$ref": "#/components/schemas/Vector"}, document)
    with pytest.raises(AssertionError):
        _check({"user_id": ["one"]}, {"$ref": "#/components/schemas/Entities.types"}, document)


def test_the_examples_can_be_sent(client: httpx.Client, document: dict[str, Any]) -> None:
    content = document["paths"]["/get-online-features"]["post"]["requestBody"]["content"]["application/json"]
    assert set(content["examples"]) == {"everything", "types", "stalls", "sides", "overflowing", "echoes"}
    for name, example in content["examples"].items():
        assert client.post("/get-online-features", json=example["value"]).status_code == 200, name


def _below(value: Any) -> Iterator[Any]:
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _below(item)


def _schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("oneOf", [])]
    inner += [schema[word] for word in ("items", "additionalProperties") if word in schema]
    for one in inner:
        yield from _schemas(one)


_PYTHON = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
    "null": type(None),
}  # fmt: skip


def _check(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> None:
    """That a value is as a schema says, as far as the words above go."""
    if "$ref" in schema:
        _check(value, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
        return
    if "oneOf" in schema:
        assert sum(_is(value, one, document) for one in schema["oneOf"]) == 1, (value, schema)
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    assert not kinds or any(isinstance(value, _PYTHON[kind]) for kind in kinds), (value, schema)
    assert "enum" not in schema or value in schema["enum"], (value, schema)
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value), (value, schema)
        for name, item in value.items():
            _check(item, schema.get("properties", {}).get(name, schema.get("additionalProperties", {})), document)
    if isinstance(value, list):
        for item in value:
            _check(item, schema.get("items", {}), document)


def _is(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> bool:
    try:
        _check(value, schema, document)
    except AssertionError:
        return False
    return True
