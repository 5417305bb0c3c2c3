"""POST /get-online-features: names, values, statuses and times, as Feast's server sends them."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from serve.http.bazaar import NOON, NOON_TEXT
from serve.http.serving import ask, columns, error
from skewless import FeatureServer

EPOCH = "1970-01-01T00:00:00Z"


def test_an_answer_is_written_as_feast_writes_it(client: httpx.Client) -> None:
    response = ask(client, {"user_id": [1, 9], "stall": ["b", "b"]}, feature_service="stalls", as_of=NOON_TEXT)
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "results": [
            {"values": [1, 9], "statuses": ["PRESENT", "PRESENT"], "event_timestamps": [EPOCH, EPOCH]},
            {"values": ["b", "b"], "statuses": ["PRESENT", "PRESENT"], "event_timestamps": [EPOCH, EPOCH]},
            {
                "values": [30.5, None],
                "statuses": ["PRESENT", "NOT_FOUND"],
                "event_timestamps": ["2026-06-12T11:45:00Z", EPOCH],
            },
        ],
        "metadata": {"feature_names": ["user_id", "stall", "last_amount"]},
    }


def test_every_type_is_written_as_feast_clients_read_it(client: httpx.Client) -> None:
    values = columns(ask(client, {"user_id": [1]}, feature_service="types", as_of=NOON_TEXT))
    assert {name: column[0] for name, column in values.items()} == {
        "user_id": 1, "is_large": True, "small": 2, "big": 2000000014, "narrow": 30.5, "amount": 30.5, "price": "0.50",
        "word": "b", "day": 1781222400, "at": 1781264700, "numbers": [2, None], "amounts": [30.5], "maybe": "b",
    }  # fmt: skip


def test_moments_can_be_had_exactly(client: httpx.Client) -> None:
    asked = {"feature_service": "types", "as_of": NOON_TEXT, "timestamp_format": "rfc3339"}
    values = columns(ask(client, {"user_id": [3]}, **asked))
    assert (values["day"], values["at"]) == (["2026-06-12"], ["2026-06-12T11:49:59.550000Z"])
    assert columns(ask(client, {"user_id": [3]}, **{**asked, "timestamp_format": "unix"}))["at"] == [1781264999]


def test_nan_and_infinities_are_the_texts_of_protobuf(client: httpx.Client) -> None:
    values = columns(ask(client, {"user_id": [3, 4, 1, 9]}, feature_service="types", as_of=NOON_TEXT))
    assert values["amount"] == ["NaN", "Infinity", 30.5, None]
    assert values["amounts"] == [["NaN"], ["Infinity"], [30.5], None]


def test_statuses_say_why_a_value_is_null(client: httpx.Client) -> None:
    """User 1 ordered at b and a quarter of an hour ago, 2 three hours ago, 3 at a, and nobody knows 9."""
    response = ask(client, {"user_id": [1, 2, 3, 9]}, feature_service="types", as_of=NOON_TEXT)
    assert columns(response, "statuses")["maybe"] == ["PRESENT", "OUTSIDE_MAX_AGE", "NULL_VALUE", "NOT_FOUND"]
    assert columns(response)["maybe"] == ["b", None, None, None]


def test_event_timestamps_have_as_many_digits_as_they_need(client: httpx.Client) -> None:
    response = ask(client, {"user_id": [1, 3, 9]}, feature_service="types", as_of=NOON_TEXT)
    times = columns(response, "event_timestamps")["amount"]
    assert times == ["2026-06-12T11:45:00Z", "2026-06-12T11:49:59.550Z", EPOCH]


def test_values_are_those_of_the_feature_server(client: httpx.Client, bundles: Path) -> None:
    server = FeatureServer.load(bundles / "everything.json")
    entities = {"user_id": [1, 2, 3, 4, 9, None], "asked": [61.0, None, 1.0, 0.0, -1.0, 2.0]}
    vector = server.get_columns(entities, as_of=NOON)
    server.close()
    asked = {"feature_service": "everything", "as_of": NOON_TEXT, "timestamp_format": "rfc3339"}
    response = ask(client, entities, **asked)
    values, statuses, times = columns(response), columns(response, "statuses"), columns(response, "event_timestamps")
    assert list(values) == ["user_id", *vector.names]
    for name in vector.names:
        assert values[name] == [_plain(value) for value in vector.values[name]], name
        assert statuses[name] == list(vector.statuses[name]), name
        assert [_read(text) for text in times[name]] == list(vector.event_timestamps[name]), name


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if (isinstance(value, float) and value != value) or value in (float("inf"),):
        return "NaN" if value != value else "Infinity"
    if isinstance(value, dt.datetime):
        return value.isoformat() + "Z"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _read(text: str) -> dt.datetime | None:
    return None if text == EPOCH else dt.datetime.fromisoformat(text).replace(tzinfo=None)


def test_request_features_are_computed_and_request_fields_are_not_repeated(client: httpx.Client) -> None:
    values = columns(ask(client, {"asked": [61.0], "user_id": [1]}, feature_service="everything", as_of=NOON_TEXT))
    assert list(values)[:3] == ["user_id", "orders_1h", "amount_1h"]
    assert "asked" not in values
    assert (values["to_last"], values["orders_with_this"], values["orders_1h"]) == ([2.0], [3], [2])


def test_names_can_be_had_in_full(client: httpx.Client) -> None:
    response = ask(client, {"user_id": [1], "buyer_id": [2]}, feature_service="sides", full_feature_names=True)
    full = ["user_id", "buyer_id", "spending__orders_1h", "spending__amount_1h", "buyer__orders_1h"]
    assert list(columns(response)) == full
    short = columns(ask(client, {"user_id": [1], "buyer_id": [2]}, feature_service="sides"))
    assert list(short) == ["user_id", "buyer_id", "spending__orders_1h", "amount_1h", "buyer__orders_1h"]


def test_features_of_one_view_need_its_keys_alone(client: httpx.Client) -> None:
    response = ask(client, {"user_id": [1]}, features=["spending:amount_1h"], full_feature_names=False, as_of=NOON_TEXT)
    assert columns(response) == {"user_id": [1], "amount_1h": [40.5]}


def test_features_of_several_views_are_grouped_and_answered_at_one_moment(client: httpx.Client) -> None:
    asked = ["spending:orders_1h", "stalls:last_amount", "spending:amount_1h", "risk:to_last"]
    entities = {"user_id": [1], "stall": ["a"], "asked": [61.0]}
    response = ask(client, entities, features=asked, full_feature_names=True, as_of=NOON_TEXT)
    assert columns(response) == {
        "user_id": [1], "stall": ["a"], "spending__orders_1h": [2], "spending__amount_1h": [40.5],
        "stalls__last_amount": [10.0], "risk__to_last": [2.0],
    }  # fmt: skip


def test_a_feature_service_wins_over_features(client: httpx.Client) -> None:
    response = ask(client, {"user_id": [1], "stall": ["a"]}, feature_service="stalls", features=["no:such"])
    assert list(columns(response)) == ["user_id", "stall", "last_amount"]


def test_feast_clients_before_0_64_are_told_that_a_count_of_nothing_is_present(client: httpx.Client) -> None:
    """They take any value that is not PRESENT for missing, and are known by not sending full_feature_names."""
    asked = {"entities": {"user_id": [9]}, "features": ["spending:orders_1h", "spending:amount_1h"], "as_of": NOON_TEXT}
    old = client.post("/get-online-features", json=asked)
    assert columns(old) == {"user_id": [9], "orders_1h": [0], "amount_1h": [None]}
    assert columns(old, "statuses")["orders_1h"] == ["PRESENT"]
    assert columns(old, "statuses")["amount_1h"] == ["NOT_FOUND"]
    new = client.post("/get-online-features", json={**asked, "full_feature_names": False})
    assert columns(new) == columns(old)
    assert columns(new, "statuses")["orders_1h"] == ["NOT_FOUND"]


def test_request_fields_are_taken_in_the_forms_in_which_answers_are_written(client: httpx.Client) -> None:
    entities = {
        "user_id": [1, 1, 1],
        "number": ["NaN", "-Infinity", 1.5],
        "money": ["12345678901234567890.12", 0.25, 3],
        "at": [1781222400, "2026-06-12T00:00:00+01:00", None],
        "day": [1781222400, "2026-06-12", None],
    }
    asked = {"feature_service": "echoes", "as_of": NOON_TEXT, "timestamp_format": "rfc3339"}
    assert columns(ask(client, entities, **asked)) == {
        "user_id": [1, 1, 1],
        "same_number": ["NaN", "-Infinity", 1.5],
        "same_money": ["12345678901234567890.12", "0.25", "3.00"],
        "same_at": ["2026-06-12T00:00:00Z", "2026-06-11T23:00:00Z", None],
        "same_day": ["2026-06-12", "2026-06-12", None],
    }


def test_a_decimal_that_is_written_as_a_number_keeps_all_its_digits(client: httpx.Client) -> None:
    body = (
        '{"entities": {"user_id": [1], "number": [1], "money": [12345678901234567890.12], "at": [null], "day": [null]},'
        '"feature_service": "echoes"}'
    )
    response = client.post("/get-online-features", content=body)
    assert columns(response)["same_money"] == ["12345678901234567890.12"]


@pytest.mark.parametrize("views", [("loan", "risk"), ("risk", "loan")])
def test_a_field_is_a_decimal_for_one_view_and_a_double_for_another(
    client: httpx.Client, views: tuple[str, ...]
) -> None:
    features = {"loan": "loan:same_asked", "risk": "risk:to_last"}
    body = (
        '{"entities": {"user_id": [1], "asked": [12345678901234567890.12], "parts": [null], "numbers": [null], "days": [null]},'
        f'"features": {json.dumps([features[view] for view in views])}, "as_of": "{NOON_TEXT}"}}'
    )
    values = columns(client.post("/get-online-features", content=body))
    assert (values["same_asked"], values["to_last"]) == (["12345678901234567890.12"], [12345678901234567890.12 / 30.5])


def test_lists_are_taken_as_what_they_hold(client: httpx.Client) -> None:
    body = (
        '{"entities": {"user_id": [1, 1], "asked": [0, 0], "parts": [[12345678901234567890.12, null], null],'
        '"numbers": [["NaN", 1.5, null], []], "days": [[1781222400, "2026-06-12"], [null]]},'
        '"features": ["loan:same_parts", "loan:same_numbers", "loan:same_days", "loan:nothing"], "timestamp_format": "rfc3339"}'
    )
    assert columns(client.post("/get-online-features", content=body)) == {
        "user_id": [1, 1],
        "same_parts": [["12345678901234567890.12", None], None],
        "same_numbers": [["NaN", 1.5, None], []],
        "same_days": [["2026-06-12", "2026-06-12"], [None]],
        "nothing": ["0.0000000000", "0.0000000000"],
    }


def test_a_null_key_is_an_entity_without_rows(client: httpx.Client) -> None:
    response = ask(client, {"user_id": [None]}, features=["spending:orders_1h"], full_feature_names=False)
    assert columns(response) == {"user_id": [None], "orders_1h": [0]}
    assert columns(response, "statuses") == {"user_id": ["PRESENT"], "orders_1h": ["NOT_FOUND"]}


def test_no_rows_are_an_answer_without_rows(client: httpx.Client) -> None:
    response = ask(client, {"user_id": [], "stall": []}, feature_service="stalls")
    assert columns(response) == {"user_id": [], "stall": [], "last_amount": []}
    assert response.json()["results"][2]["event_timestamps"] == []


@pytest.mark.parametrize("views", [["spending:orders_1h"], ["spending:orders_1h", "stalls:last_amount"]])
def test_a_moment_before_the_state_is_refused(client: httpx.Client, views: list[str]) -> None:
    entities = {"user_id": [1], **({"stall": ["a"]} if len(views) > 1 else {})}
    status, kind, message = error(ask(client, entities, features=views, as_of="2026-06-12T11:00:00Z"))
    assert (status, kind) == (422, "FeastError")
    assert "as_of: the online state holds what was known before 2026-06-12 12:00:00" in message


def test_fields_of_the_protocol_that_say_nothing_here_are_let_be(client: httpx.Client) -> None:
    body = {"entities": {"user_id": [1]}, "features": ["spending:orders_1h"], "feature_service": None}
    more = {"full_feature_names": False, "include_feature_view_version_metadata": False, "another": 1}
    assert client.post("/get-online-features", content=json.dumps({**body, **more})).status_code == 200
