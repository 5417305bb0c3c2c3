"""`explain VIEW --entity`: the rows that a value was made of, and why others were left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_project import NOON, Shop

SALES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: s
    tables:
      - name: sales
        path: data/sales.csv
        event_time: at
        known_at: known
        primary_key: [id]
        deleted: void
        columns:
          - {name: id, data_type: bigint}
          - {name: buyer, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: known, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: void, data_type: boolean}
      - name: calls
        path: data/calls.csv
        event_time: at
        delay: 1 minute
        columns:
          - {name: caller, data_type: bigint}
          - {name: at, data_type: timestamp}
services: [{name: svc, features: [spent]}]
"""
ROWS = """id,buyer,at,known,amount,void
1,7,2026-01-01 11:30:00,2026-01-01 11:31:00,10,false
2,7,2026-01-01 08:00:00,2026-01-01 08:01:00,20,false
3,7,2026-01-01 11:50:00,2026-01-01 12:30:00,30,false
4,7,2026-01-01 11:00:00,2026-01-01 11:01:00,40,false
4,7,2026-01-01 11:00:00,2026-01-01 11:45:00,45,false
5,7,2026-01-01 11:10:00,2026-01-01 11:11:00,50,false
5,7,2026-01-01 11:10:00,2026-01-01 11:20:00,50,true
6,7,2026-01-01 11:40:00,2026-01-01 11:41:00,-1,false
7,7,2026-01-01 15:00:00,2026-01-01 09:00:00,70,false
8,8,2026-01-01 11:30:00,2026-01-01 11:31:00,80,false
9,7,,2026-01-01 11:31:00,90,false
10,7,2025-12-01 11:00:00,2025-12-01 11:01:00,99,false
"""
SPENT = """{{ config(entity='user') }}
select buyer as user_id,
    sum(amount) filter (where {{ last('2 hours') }}) as spent_2h,
    sum(amount) filter (where {{ last('1 day') }}) as spent_1d
from {{ source('s', 'sales') }} where amount > 0 group by buyer
"""


@pytest.fixture
def sales(tmp_path: Path) -> Shop:
    profile = "p: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: target/online.db}}}}\n"
    shop = Shop(tmp_path).write("skewless.yml", "name: p\nversion: '1'\nprofile: p\n").write("profiles.yml", profile)
    shop.write("features/s.yml", SALES).write("data/sales.csv", ROWS).write("features/spent.sql", SPENT)
    return shop.write("data/calls.csv", "caller,at\n7,2026-01-01 11:58:30\n7,2026-01-01 11:59:30\n")


def explained(shop: Shop, view: str, *options: str, user: int = 7, as_of: str = NOON) -> Any:
    entity = json.dumps({"user_id": user})
    result = shop.ok("explain", view, "--entity", entity, "--as-of", as_of, "--output", "json", *options)
    return json.loads(result.stdout)


def reasons(found: Any) -> dict[tuple[Any, ...], str]:
    """Id and amount of each row, to why it was left out or what it was counted in."""
    rows = found["rows"]
    return {
        (row["row"].get("id"), row["row"].get("amount")): row["reason"] or ", ".join(row["features"]) for row in rows
    }


def test_each_row_is_counted_or_has_one_reason(sales: Shop) -> None:
    found = explained(sales, "spent")
    assert found["values"] == {"spent_2h": 55.0, "spent_1d": 75.0}
    assert (found["counted"], found["left_out"]) == (3, 8)
    assert reasons(found) == {
        (None, 45.0): "spent_2h, spent_1d",
        (None, 10.0): "spent_2h, spent_1d",
        (None, 20.0): "spent_1d",
        (None, 30.0): "not known before 2026-01-01 12:30:00",
        (None, 40.0): "superseded since 2026-01-01 11:45:00.000001",
        (None, 50.0): "superseded since 2026-01-01 11:20:00.000001",
        (5, 50.0): "retracts its event",
        (6, -1.0): "filtered: the view's WHERE or a join leaves it out",
        (None, 70.0): "has yet to happen",
        (9, 90.0): "has no event time",
        (None, 99.0): "outside the largest window of 1 day",
    }


def test_a_moment_later_other_rows_are_seen(sales: Shop) -> None:
    found = explained(sales, "spent", as_of="2026-01-01T12:30:00.000001Z")
    assert found["values"] == {"spent_2h": 85.0, "spent_1d": 105.0}
    assert reasons(found)[None, 30.0] == "spent_2h, spent_1d"


def test_of_a_latest_view_one_row_is_the_value(sales: Shop) -> None:
    sales.write(
        "features/last_sale.sql",
        "{{ config(entity='user', ttl='2 hours') }} select buyer as user_id, amount from {{ source('s', 'sales') }}",
    )
    found = explained(sales, "last_sale")
    assert found["values"] == {"amount": -1.0}
    seen = reasons(found)
    assert seen[None, -1.0] == "amount"
    assert seen[None, 10.0] == "an older row than the latest"
    assert seen[None, 20.0] == "outside the ttl of 2 hours"


def test_a_refreshed_view_is_explained_at_its_tick(sales: Shop) -> None:
    sales.write(
        "features/spent.sql", SPENT.replace("entity='user'", "entity='user', refresh='1 hour', lag='31 minutes'")
    )
    found = explained(sales, "spent")
    assert found["tick"] == "2026-01-01T11:00:00Z"
    assert found["values"] == {"spent_2h": None, "spent_1d": 20.0}
    assert reasons(found)[None, 10.0] == "not known before 2026-01-01 11:31:00"


def test_a_feature_of_the_key_alone_is_made_of_no_row(sales: Shop) -> None:
    sales.replace("features/spent.sql", "select buyer as user_id,", "select buyer as user_id, buyer + 1 as next_user,")
    found = explained(sales, "spent")
    assert found["values"]["next_user"] == 8
    assert reasons(found)[None, 20.0] == "spent_1d"
    assert {name for row in found["rows"] for name in row["features"]} == {"spent_2h", "spent_1d"}


def test_a_moment_before_the_first_tick_is_an_error(sales: Shop) -> None:
    sales.write("features/spent.sql", SPENT.replace("entity='user'", "entity='user', refresh='1 hour'"))
    result = sales.run("explain", "spent", "--entity", '{"user_id": 7}', "--as-of", "0001-01-01T00:00:00Z")
    assert result.exit_code == 2
    assert "'spent' has no tick before 0001-01-01 00:00:00" in result.stderr


def test_a_source_without_a_key_is_said_not_to_be_looked_at(sales: Shop) -> None:
    sales.write(
        "features/called.sql",
        "{{ config(entity='user') }} select caller as user_id, count(*) filter (where {{ last('1 day') }}) as n "
        "from {{ source('s', 'calls') }} group by caller",
    )
    found = explained(sales, "called")
    assert found["values"] == {"n": 1}
    assert [row["reason"] for row in found["rows"]] == [None, "not known before 2026-01-01 12:00:30"]
    assert found["not_looked_at"] == ["s.calls"]
    told = sales.ok("explain", "called", "--entity", '{"user_id": 7}', "--as-of", NOON)
    assert "what the view filters out of 's.calls' is not shown" in told.stderr


def test_both_branches_of_a_union_are_looked_at(sales: Shop) -> None:
    sales.write(
        "features/both.sql",
        "{{ config(entity='user') }} with every as (select buyer as user_id, amount from {{ source('s', 'sales') }} "
        "where amount > 15 union all select buyer as user_id, -amount as amount from {{ source('s', 'sales') }} "
        "where amount > 15) select user_id, count(*) filter (where {{ last('1 day') }}) as n from every group by user_id",
    )
    found = explained(sales, "both")
    assert found["values"] == {"n": 4}
    assert {key: one for key, one in reasons(found).items() if one.startswith("filtered")} == {
        (1, 10.0): "filtered: the view's WHERE or a join leaves it out",
        (6, -1.0): "filtered: the view's WHERE or a join leaves it out",
    }


def test_an_entity_without_rows_has_the_values_of_an_empty_set(sales: Shop) -> None:
    found = explained(sales, "spent", user=99)
    assert (found["values"], found["rows"]) == ({"spent_2h": None, "spent_1d": None}, [])


def test_text_has_the_values_and_the_rows(sales: Shop) -> None:
    text = sales.ok("explain", "spent", "--entity", '{"user_id": 7}', "--as-of", NOON, "--limit", "2").stdout
    assert "spent of user_id = 7 as of 2026-01-01 12:00:00" in text
    assert "Made of 3 rows" in text
    assert "and 1 more; --limit shows more of them" in text
    assert "        2  superseded\n" in text
    assert "event   event_time           known_at             why" in text
    assert "id = 1  2026-01-01 11:30:00  2026-01-01 11:31:00  all features" in text
    assert "SELECT" not in text


def test_the_sql_of_the_rows_is_printed_where_it_is_asked_for(sales: Shop) -> None:
    arguments = ("explain", "spent", "--entity", '{"user_id": 7}', "--as-of", NOON)
    text = sales.ok(*arguments, "--sql").stdout
    assert "SQL of rows that are filtered" in text
    queries = explained(sales, "spent")["sql"]
    assert len(queries) == 2
    assert all(query in text for query in queries)


def test_each_row_says_by_its_primary_key_which_event_it_is_of(sales: Shop) -> None:
    found = explained(sales, "spent")
    assert {(row["event"]["id"], row["reason"] or "counted") for row in found["rows"]} >= {
        ("1", "counted"),
        ("4", "counted"),
        ("4", "superseded since 2026-01-01 11:45:00.000001"),
        ("6", "filtered: the view's WHERE or a join leaves it out"),
    }


def test_a_key_of_several_columns_is_told_column_by_column(sales: Shop) -> None:
    sales.replace("features/s.yml", "primary_key: [id]", "primary_key: [note, id, place]")
    sales.replace(
        "features/s.yml",
        "          - {name: amount,",
        "          - {name: note, data_type: varchar}\n"
        "          - {name: place, data_type: varchar}\n          - {name: amount,",
    )
    sales.write(
        "data/sales.csv",
        "id,buyer,at,known,amount,void,note,place\n"
        "1,7,2026-01-01 11:30:00,2026-01-01 11:31:00,10,false,2:日 -,\n"
        "1,7,2026-01-01 11:20:00,2026-01-01 11:31:00,20,false,,x\n",
    )
    assert [row["event"] for row in explained(sales, "spent")["rows"]] == [
        {"note": "2:日 -", "id": "1", "place": None},
        {"note": None, "id": "1", "place": "x"},
    ]


def test_a_union_says_of_which_source_s_event_a_row_is(sales: Shop) -> None:
    sales.replace("features/s.yml", "      - name: calls", "      - name: calls\n        primary_key: [caller, at]")
    sales.write(
        "features/seen.sql",
        "{{ config(entity='user') }} with every as (select buyer as user_id from {{ source('s', 'sales') }} where amount = 10 "
        "union all select caller as user_id from {{ source('s', 'calls') }}) "
        "select user_id, count(*) filter (where {{ last('1 day') }}) as n from every group by user_id",
    )
    counted = [row["event"] for row in explained(sales, "seen")["rows"] if row["features"]]
    assert counted == [{"caller": "7", "at": "2026-01-01 11:58:30"}, {"id": "1"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["spent", "--entity", '{"user": 7}'], "'spent' has no key 'user'"),
        (["spent", "--entity", '{"user": 7}'], "did you mean 'user_id'?"),
        (["spent", "--entity", '{"user_id": 7, "place": 1}'], "'spent' has no key 'place'\n  help: its keys: user_id"),
        (["spent", "--entity", "{}"], "the entity lacks the key 'user_id' of 'spent'"),
        (
            ["svc", "--entity", '{"user_id": 7}'],
            "'svc' is a service, and a view is what can be explained\n  help: its views: spent",
        ),
        (["svc"], "'svc' is a service"),
        (["spent", "--sql"], "--sql is about the values of an entity"),
        (["spent", "--entity", '{"user_id": "x"}'], "'user_id' must be BIGINT"),
        (["spent", "--entity", "[]"], "--entity has 0 entities"),
        (["spend", "--entity", '{"user_id": 7}'], "did you mean 'spent'?"),
        (["spent", "--as-of", NOON], "--as-of is about the values of an entity"),
        (["spent", "--entity", '{"user_id": 7}', "--as-of", "noon"], "'noon' is no moment"),
    ],
)
def test_what_cannot_be_explained_is_said(sales: Shop, arguments: list[str], said: str) -> None:
    result = sales.run("explain", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_request_view_has_no_rows_of_its_own(shop: Shop) -> None:
    result = shop.run("explain", "basket", "--entity", '{"user_id": 1}')
    assert result.exit_code == 2
    assert "'basket' has no rows of its own" in result.stderr
