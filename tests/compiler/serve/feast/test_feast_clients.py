"""`get_online_features` of real Feast clients gives our values, and never a wrong one."""

from __future__ import annotations

import time

import pytest

from .conftest import TOKEN, TOKEN_VARIABLE, Client, another

pytestmark = pytest.mark.feast

USERS = [{"user_id": 2}, {"user_id": 1}, {"user_id": 9}, {"user_id": 3}, {"user_id": 1}]
"""Expired, two orders of which the last has no note, unknown, one order, and one again."""


def test_a_view_of_one_key(client: Client) -> None:
    told = client.ask(features=["last_order:amount", "last_order:note"], rows=USERS)
    assert told.features("user_id", "amount", "note") == {
        "user_id": [2, 1, 9, 3, 1],
        "amount": [None, 25.5, None, 70.0, 25.5],
        "note": [None, None, None, "third", None],
    }


def test_statuses_say_why_there_is_no_value(client: Client) -> None:
    told = client.ask(features=["last_order:note"], rows=USERS)
    if client.sends_whole_requests:
        expected = ["OUTSIDE_MAX_AGE", "NULL_VALUE", "NOT_FOUND", "PRESENT", "NULL_VALUE"]
    else:
        expected = ["PRESENT"] * 5
    assert told.statuses["note"] == expected


def test_old_clients_keep_the_time_of_the_first_row_and_new_ones_none(client: Client) -> None:
    told = client.ask(features=["last_order:amount"], rows=[{"user_id": 3}])
    if client.sends_whole_requests:
        assert told.event_timestamps["amount"] == []
    else:
        assert told.event_timestamps["amount"][0] == pytest.approx(time.time() - 45 * 60, abs=600)


def test_an_unknown_entity_has_a_count_of_zero(client: Client) -> None:
    """Clients before 0.64 drop a value whose status is not PRESENT."""
    told = client.ask(features=["recent:orders_1h", "recent:amount_1h"], rows=[{"user_id": 9}, {"user_id": 1}])
    assert told.features("orders_1h", "amount_1h") == {"orders_1h": [0, 2], "amount_1h": [None, 35.5]}


def test_a_view_of_several_keys(client: Client) -> None:
    """In whatever order the keys of a row are written."""
    rows = [
        {"sku": "a", "user_id": 1},
        {"sku": "b", "user_id": 1},
        {"sku": "a", "user_id": 2},
        {"sku": "b", "user_id": 2},
    ]
    told = client.ask(features=["basket:item_amount"], rows=rows)
    assert told.features("item_amount") == {"item_amount": [10.0, 25.5, 50.0, None]}


def test_a_key_that_is_left_out_is_an_error(client: Client) -> None:
    told = client.ask(features=["basket:item_amount"], rows=[{"user_id": 1}])
    assert (told.module, told.error) == ("feast.errors", "FeastError")
    assert "sku" in told.message


def test_a_request_view(client: Client) -> None:
    rows = [{"user_id": 1, "price": 51.0}, {"user_id": 9, "price": 1.0}, {"user_id": 3, "price": 35.0}]
    told = client.ask(features=["ratio:to_last", "ratio:is_more"], rows=rows)
    assert told.features("to_last", "is_more") == {"to_last": [2.0, None, 0.5], "is_more": [True, True, False]}


def test_a_request_field_that_is_left_out_is_an_error(client: Client) -> None:
    told = client.ask(features=["ratio:to_last"], rows=[{"user_id": 1}])
    assert (told.module, told.error) == ("feast.errors", "RequestDataNotFoundInEntityRowsException")
    assert "price" in told.message


def test_a_feature_that_is_called_as_a_column_of_the_row(client: Client) -> None:
    """The other views are asked with what the row says, and not with the value of the feature. A whole answer cannot
    have a key and a feature of one name, so that is refused; under full names they are two."""
    names = ["last_sku:sku", "last_sku:price", "basket:item_amount", "ratio:to_last"]
    rows = [{"user_id": 1, "sku": "a", "price": 51.0}]
    told = client.ask(features=names, rows=rows)
    if not client.sends_whole_requests:
        expected = {"sku": ["b"], "price": [25.5], "item_amount": [10.0], "to_last": [2.0]}
        assert told.features(*expected) == expected
        return
    assert (told.module, told.error) == ("feast.errors", "FeatureNameCollisionError")
    full = client.ask(features=names, rows=rows, full_feature_names=True)
    expected = {
        "last_sku__sku": ["b"],
        "last_sku__price": [25.5],
        "basket__item_amount": [10.0],
        "ratio__to_last": [2.0],
    }
    assert full.features(*expected) == expected


def test_a_value_that_cannot_be_computed_is_invalid_or_an_error_and_never_null(client: Client) -> None:
    """Clients before 0.64 keep no status, and would show None."""
    rows = [{"user_id": 1, "factor": 2}, {"user_id": 3, "factor": 3_000}]
    told = client.ask(features=["scaling:scaled", "scaling:one_more"], rows=rows)
    if client.sends_whole_requests:
        assert told.features("scaled", "one_more") == {"scaled": [2_000_000, None], "one_more": [3, 3_001]}
        assert told.statuses["scaled"] == ["PRESENT", "INVALID"]
    else:
        assert (told.module, told.error) == ("feast.errors", "FeastError")
        assert "cannot be computed for row 2" in told.message
    fitting = client.ask(features=["scaling:scaled"], rows=rows[:1])
    assert fitting.features("scaled") == {"scaled": [2_000_000]}


def test_a_null_key_matches_nothing(client: Client) -> None:
    rows = [{"user_id": None, "price": 1.0, "sku": "a"}, {"user_id": 1, "price": 51.0, "sku": "a"}]
    told = client.ask(features=["ratio:to_last", "basket:item_amount"], rows=rows)
    assert told.features("to_last", "item_amount") == {"to_last": [None, 2.0], "item_amount": [None, 10.0]}


CHECKOUT_ROWS = [
    {"user_id": 1, "sku": "a", "price": 51.0, "list_price": 1.0, "payer_id": 3},
    {"payer_id": 1, "user_id": 3, "sku": "a", "price": 7.0, "list_price": 99.0},
]


def test_a_service(client: Client) -> None:
    told = client.ask(service="no_clash", rows=[{"user_id": 1}, {"user_id": 9}])
    assert told.features("amount", "orders_1h") == {"amount": [25.5, None], "orders_1h": [2, 0]}


def test_a_service_of_every_kind_of_view_with_full_names(client: Client) -> None:
    """`payer` is `last_order` under the key of another column of the row."""
    told = client.ask(service="checkout", rows=[CHECKOUT_ROWS[0], dict(sorted(CHECKOUT_ROWS[1].items(), reverse=True))],
                      full_feature_names=True)  # fmt: skip
    expected = {
        "last_order__amount": [25.5, 70.0],
        "last_order__note": [None, "third"],
        "recent__orders_1h": [2, 1],
        "basket__item_amount": [10.0, 70.0],
        "ratio__to_last": [2.0, 0.1],
        "ratio__is_more": [True, False],
        "payer__note": ["third", None],
        "other_price__is_more": [False, True],
    }
    assert told.features(*expected) == expected


def test_names_that_clash_without_full_names(client: Client) -> None:
    """Clients before 0.64 refuse to ask; later ones get the names that the service has for them."""
    told = client.ask(service="checkout", rows=CHECKOUT_ROWS)
    if client.sends_whole_requests:
        assert told.features("payer__note") == {"payer__note": ["third", None]}
    else:
        assert told.error == "FeatureNameCollisionError"


def test_an_alias_by_reference(client: Client) -> None:
    told = client.ask(features=["payer:note", "payer:amount"], rows=[{"payer_id": 3}])
    assert told.features("note", "amount") == {"note": ["third"], "amount": [70.0]}


def test_an_alias_of_a_request_view_by_its_full_name(client: Client) -> None:
    rows = [{"user_id": 1, "list_price": 51.0}]
    told = client.ask(features=["other_price:to_last"], rows=rows, full_feature_names=True)
    assert told.features("other_price__to_last") == {"other_price__to_last": [2.0]}


def test_every_view_may_be_on_demand(client: Client) -> None:
    rows = [{"user_id": 1, "sku": "a", "price": 51.0, "list_price": 1.0, "payer_id": 3}]
    plain = client.ask(service="checkout", rows=rows, full_feature_names=True)
    told = client.ask(repository="for_old_clients", service="checkout", rows=rows, full_feature_names=True)
    assert told.features() == plain.features()
    assert told.values == plain.values


def test_old_clients_last_only_where_every_view_is_on_demand(client: Client) -> None:
    """Their remote online store wraps its session once more for every request."""
    asked = {"features": ["last_order:amount"], "rows": [{"user_id": 1}], "times": 1_100}
    assert client.ask(repository="for_old_clients", **asked).features("amount") == {"amount": [25.5]}
    with another(client) as ruined:
        told = ruined.ask(**asked)
    assert told.error == ("" if client.sends_whole_requests else "RecursionError")


def test_every_type(client: Client) -> None:
    names = ["a_boolean", "a_decimal", "a_float", "a_bigint", "an_integer", "a_date", "a_timestamp", "a_list"]
    told = client.ask(features=[f"every_type:{name}" for name in names], rows=[{"user_id": 1}])
    assert told.features("a_boolean", "a_decimal", "a_float", "a_bigint", "an_integer", "a_list") == {
        "a_boolean": [True],
        "a_decimal": ["25.50"],
        "a_float": [25.5],
        "a_bigint": [2],
        "an_integer": [2],
        "a_list": [["a", "b"]],
    }
    moments = told.features("a_date", "a_timestamp")
    if client.sends_whole_requests:
        assert moments == {"a_date": [1781222400], "a_timestamp": [1781258400]}
        assert told.types["a_decimal"] == ["str"]
    else:
        assert moments == {"a_date": ["2026-06-12 00:00:00+00:00"], "a_timestamp": ["2026-06-12 10:00:00+00:00"]}
        assert told.types["a_decimal"] == ["Decimal"]


def test_nan_is_an_error_or_its_name(client: Client) -> None:
    told = client.ask(features=["every_type:a_nan"], rows=[{"user_id": 1}])
    if client.sends_whole_requests:
        assert told.features("a_nan") == {"a_nan": ["NaN"]}
    else:
        assert told.error == "AssertionError"


def test_lists_that_clients_cannot_hold_are_errors(client: Client) -> None:
    assert client.ask(features=["every_type:a_list_with_null"], rows=[{"user_id": 1}]).error
    told = client.ask(features=["every_type:an_empty_list"], rows=[{"user_id": 1}])
    if client.sends_whole_requests:
        assert told.error == "TypeError"
    else:
        assert told.features("an_empty_list") == {"an_empty_list": [[]]}


def test_a_column_that_nothing_asks_for(client: Client) -> None:
    """Clients before 0.64 do not send it."""
    told = client.ask(features=["last_order:amount"], rows=[{"user_id": 1, "colour": "red"}])
    if client.sends_whole_requests:
        assert told.error == "FeastError"
        assert "colour" in told.message
    else:
        assert told.features("amount") == {"amount": [25.5]}


def test_what_is_not_registered_is_feasts_own_exception(client: Client) -> None:
    assert client.ask(service="nothing", rows=[{"user_id": 1}]).error == "FeatureServiceNotFoundException"
    assert client.ask(features=["nothing:x"], rows=[{"user_id": 1}]).error == "FeatureViewNotFoundException"


def test_what_is_registered_and_not_served_is_feasts_own_exception(client: Client) -> None:
    told = client.ask(repository="hand_written", features=["gone:x"], rows=[{"user_id": 1}])
    assert told.error == "FeatureViewNotFoundException"
    if client.sends_whole_requests:
        told = client.ask(unregistered_service="gone", rows=[{"user_id": 1}])
        assert told.error == "FeatureServiceNotFoundException"


def test_a_plain_view_of_several_keys_is_an_error_in_old_clients_and_right_in_new_ones(client: Client) -> None:
    """Clients before 0.64 send the first key of the row only."""
    rows = [{"user_id": 1, "sku": "b"}]
    told = client.ask(repository="hand_written", features=["basket:item_amount"], rows=rows)
    if client.sends_whole_requests:
        assert told.features("item_amount") == {"item_amount": [25.5]}
    else:
        assert told.error == "FeastError"
        assert "sku" in told.message


def test_a_wrong_token_is_refused(client: Client) -> None:
    try:
        told = client.ask(features=["last_order:amount"], rows=[{"user_id": 1}], environment={TOKEN_VARIABLE: "wrong"})
        assert told.error == "FeastPermissionError"
        told = client.ask(features=["basket:item_amount"], rows=[{"user_id": 1, "sku": "a"}])
        assert told.error == "FeastPermissionError"
    finally:
        client.ask(features=["last_order:amount"], rows=[{"user_id": 1}], environment={TOKEN_VARIABLE: TOKEN})
