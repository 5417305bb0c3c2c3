"""Requests that cannot be answered: the status, the class that Feast's clients raise, and a sentence on the fault."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from serve.http.serving import ask, columns, error

WRONG: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "an unknown service": (
        {"entities": {"user_id": [1]}, "feature_service": "type"},
        404, "FeatureServiceNotFoundException", "there is no feature service 'type'; did you mean 'types'?",
    ),
    "an unknown view": (
        {"entities": {"user_id": [1]}, "features": ["spendin:orders_1h"]},
        404, "FeatureViewNotFoundException", "there is no feature view 'spendin'; did you mean 'spending'?",
    ),
    "a view that is not online": (
        {"entities": {"user_id": [1]}, "features": ["hidden:hidden_amount"]},
        404, "FeatureViewNotFoundException", "there is no feature view 'hidden'",
    ),
    "an unknown feature": (
        {"entities": {"user_id": [1]}, "features": ["spending:order_1h"]},
        404, "FeastError", "the feature view 'spending' has no feature 'order_1h'; did you mean 'orders_1h'?",
    ),
    "a reference without a view": (
        {"entities": {"user_id": [1]}, "features": ["orders_1h"]},
        422, "FeastError", "'orders_1h' in features is not of the form 'view:feature'",
    ),
    "nothing": (
        {"entities": {"user_id": [1]}},
        422, "FeastError", "nothing is asked for; name a feature_service, or features as 'view:feature'",
    ),
    "a feature twice": (
        {"entities": {"user_id": [1]}, "features": ["spending:orders_1h", "spending:orders_1h"]},
        422, "FeatureNameCollisionError",
        "features would give 'orders_1h' twice; ask for each once, or set full_feature_names",
    ),
    "a feature that is called as a key of another view": (
        {"entities": {"user_id": [1], "stall": ["a"]}, "features": ["stalls:last_amount", "last_stall:stall"]},
        422, "FeatureNameCollisionError",
        "features would give 'stall' twice; ask for each once, or set full_feature_names",
    ),
    "no key": (
        {"entities": {}, "feature_service": "types"},
        422, "FeastError", "entities lacks the field 'user_id'; fields: user_id",
    ),
    "the first of two keys only, as Feast before 0.64 asks": (
        {"entities": {"user_id": [1]}, "features": ["stalls:last_amount"]},
        422, "FeastError", "entities lacks the field 'stall'; fields: user_id, stall",
    ),
    "no request field": (
        {"entities": {"user_id": [1]}, "feature_service": "everything"},
        422, "RequestDataNotFoundInEntityRowsException",
        "entities lacks the field 'asked'; fields: user_id, asked",
    ),
    "a field too many": (
        {"entities": {"user_id": [1], "amount": [1.0]}, "feature_service": "types"},
        422, "FeastError", "'amount' in entities is no field of what is asked for; fields: user_id",
    ),
    "a field of nearly the right name": (
        {"entities": {"userid": [1]}, "feature_service": "types"},
        422, "FeastError", "'userid' in entities is no field of what is asked for; did you mean 'user_id'?",
    ),
    "a key of another type": (
        {"entities": {"user_id": ["one"]}, "feature_service": "types"},
        422, "FeastError", "'user_id' must be BIGINT, not 'one'; send user_id as a whole number",
    ),
    "a key that is no whole number": (
        {"entities": {"user_id": [1.5]}, "feature_service": "types"},
        422, "FeastError", "'user_id' must be BIGINT, not 1.5; send user_id as a whole number",
    ),
    "NaN as a key": (
        {"entities": {"user_id": ["NaN"]}, "feature_service": "types"},
        422, "FeastError", "'user_id' must be BIGINT, not 'NaN'; send user_id as a whole number",
    ),
    "a request field of another type": (
        {"entities": {"user_id": [1], "asked": ["much"]}, "feature_service": "everything"},
        422, "FeastError", "'asked' must be DOUBLE, not 'much'; send asked as a number",
    ),
    "a moment that is none": (
        {
            "entities": {"user_id": [1], "number": [1], "money": [1], "at": [1e300], "day": [None]},
            "feature_service": "echoes",
        },
        422, "FeastError", "'at' must be TIMESTAMP, not 1e+300; send at as a moment such as 2026-06-12T10:00:00Z",
    ),
    "columns of different lengths": (
        {"entities": {"user_id": [1, 2], "stall": ["a"]}, "feature_service": "stalls"},
        422, "FeastError", "'stall' has 1 values, and 'user_id' has 2; give each field one value a row",
    ),
    "one value instead of a list": (
        {"entities": {"user_id": 1}, "feature_service": "types"},
        422, "FeastError", "'user_id' in entities must be a list, one value for each entity row",
    ),
    "rows instead of columns": (
        {"entities": [{"user_id": 1}], "feature_service": "types"},
        422, "FeastError", "the body is not of the right form: Expected `object`, got `array` - at `$.entities`; "
        "entities is an object with a list of values for each key and request field",
    ),
    "no entities": (
        {"feature_service": "types"},
        422, "FeastError", "the body is not of the right form: Object missing required field `entities`",
    ),
    "an as_of that is no moment": (
        {"entities": {"user_id": [1]}, "feature_service": "types", "as_of": "noon"},
        422, "FeastError", "as_of must be a moment such as 2026-06-12T10:00:00Z, not 'noon'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(client: httpx.Client, what: str) -> None:
    body, status, kind, message = WRONG[what]
    assert error(client.post("/get-online-features", json=body)) == (status, kind, message)


BROKEN = {
    "cut off": ('{"entities": {"user_id": [1', "the body is not JSON: Input data was truncated"),
    "empty": ("", "the body is empty; send JSON such as"),
    "NaN": (
        '{"entities": {"user_id": [1], "asked": [NaN]}, "feature_service": "everything"}',
        'invalid character (byte 40); write NaN and infinities as text: "NaN"',
    ),
    "too deep": ('{"entities": {"user_id": ' + "[" * 20_000 + "]" * 20_000 + "}}", "the body is not JSON: "),
    "latin": (b'{"entities": {"user_id": ["\xe9"]}}', "the body is not JSON: "),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_body_that_is_no_json_is_refused(client: httpx.Client, what: str) -> None:
    body, expected = BROKEN[what]
    status, kind, message = error(client.post("/get-online-features", content=body))
    assert (status, kind) == (400, "FeastError")
    assert expected in message


def test_a_hundred_thousand_rows_are_too_many(client: httpx.Client) -> None:
    response = ask(client, {"user_id": [1] * 1_001}, feature_service="types")
    assert error(response) == (413, "FeastError", "the request has 1,001 rows, and the limit is 1,000")
    assert len(columns(ask(client, {"user_id": [1] * 1_000}, feature_service="types"))["user_id"]) == 1_000


@pytest.mark.parametrize("declared", [True, False])
def test_ten_megabytes_are_too_long(client: httpx.Client, declared: bool) -> None:
    """Without a length the body is sent in chunks, and refused when they have become too many."""
    text = json.dumps({"entities": {"user_id": [1] * 5_000_000}}).encode()
    pieces = (text[start : start + 65_536] for start in range(0, len(text), 65_536))
    response = client.post("/get-online-features", content=text if declared else pieces)
    assert error(response) == (413, "FeastError", "the body is longer than 100,000 bytes")
    assert client.get("/health").status_code == 200


def test_a_message_does_not_repeat_all_that_was_sent(client: httpx.Client) -> None:
    _, _, message = error(ask(client, {"user_id": [1]}, feature_service="x" * 50_000))
    assert message.startswith("there is no feature service 'xxx")
    assert len(message) == 1_003


def test_paths_and_methods_that_do_not_exist_are_told_in_the_same_form(client: httpx.Client) -> None:
    assert error(client.get("/nothing")) == (
        404, "FeastError", "'/nothing' is no path of this server; see /docs or /openapi.json",
    )  # fmt: skip
    assert error(client.post("/write-to-online-store", json={}))[0] == 404
    assert error(client.post("/get-online-features/", json={}))[0] == 404
    response = client.get("/get-online-features")
    assert error(response) == (
        405,
        "FeastError",
        "'/get-online-features' does not take GET; see /docs or /openapi.json",
    )
    assert response.headers["allow"] == "POST"
    assert error(client.get("/services/typed")) == (
        404, "FeatureServiceNotFoundException", "there is no feature service 'typed'; did you mean 'types'?",
    )  # fmt: skip
