"""`train`: a training set on the screen or in a file, and spines that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from cli_project import Shop

SPINE = "select 1 as user_id, 40.0 as amount, timestamp '2026-01-01 12:00:00' as at"


def train(shop: Shop, spine: str, *more: str):  # type: ignore[no-untyped-def]
    return shop.run("train", "--service", "checkout_v1", "--spine", spine, "--timestamp", "at", *more)


def test_without_output_the_data_alone_are_on_stdout(shop: Shop) -> None:
    result = train(shop, SPINE)
    assert result.exit_code == 0
    header, _, row = result.stdout.splitlines()
    assert header.split() == [
        "user_id",
        "amount",
        "at",
        "orders_1d",
        "amount_1d",
        "country",
        "is_large",
        "amount_ratio",
    ]
    assert row.split() == ["1", "40.0", "2026-01-01", "12:00:00", "2", "30.0", "DE", "false", "1.333333333"]
    assert "1 of 3 OK trained view user_totals" in result.stderr
    assert "1 row with 5 features" in result.stderr


def test_each_plan_is_told_with_its_reason(shop: Shop) -> None:
    lines = train(shop, SPINE).stderr.splitlines()
    place = next(number for number, line in enumerate(lines) if "OK trained view user_totals" in line)
    assert lines[place + 1].startswith("    range_join: ")
    kept = shop.json("target/run_results.json")["results"]
    assert [one["instance"] for one in kept] == ["user_totals", "user_profile", "basket"]
    assert kept[0]["message"].startswith("range_join: ")


@pytest.mark.parametrize("name", ["set.parquet", "new/folder/set.csv"])
def test_output_is_a_file_of_all_rows(shop: Shop, name: str) -> None:
    shop.write("spine.csv", "user_id,amount,at,label\n1,40.0,2026-01-01 12:00:00,0\n2,5.0,2026-01-01 09:00:00,1\n")
    result = train(shop, "spine.csv", "--output", name)
    assert result.exit_code == 0
    assert f"2 rows with 5 features, written to {name}" in result.stdout
    assert shop.files(str(Path(name).parent)) >= {Path(name).name}
    if name.endswith(".parquet"):
        rows = pq.read_table(shop.root / name).to_pylist()
        assert [row["orders_1d"] for row in rows] == [2, 0]
        assert [row["label"] for row in rows] == [0, 1]


def test_an_empty_spine_gives_an_empty_training_set(shop: Shop) -> None:
    result = train(shop, f"{SPINE} where false", "--output", "set.parquet")
    assert result.exit_code == 0
    assert pq.read_table(shop.root / "set.parquet").num_rows == 0
    assert "orders_1d" in train(shop, f"{SPINE} where false").stdout


@pytest.mark.parametrize(
    ("spine", "message", "help_line"),
    [
        (
            "select 1 as user_id, 1.0 as amount",
            "the spine has no timestamp column 'at'",
            "its columns: user_id, amount",
        ),
        ("select 1.0 as amount, now() as at", "the spine has no column 'user_id'", "its columns"),
        ("select 'x' as user_id, 1.0 as amount, now() as at", "column 'user_id' is VARCHAR", "cast it"),
        ("select 1 as user_id, 1.0 as amount, 'x' as at", "timestamp column 'at' is VARCHAR", "cast it"),
        ("nowhere.parquet", "the spine file 'nowhere.parquet' does not exist", ""),
        (f"{SPINE.replace(' as at', ' as at, 1 as orders_1d')}", "has the name of a feature", "full_feature_names"),
    ],
)
def test_a_spine_that_cannot_be_used_is_told_with_what_to_do(
    shop: Shop, spine: str, message: str, help_line: str
) -> None:
    result = train(shop, spine)
    assert result.exit_code == 2
    assert message in result.stderr
    assert help_line in result.stderr
    assert result.stdout == ""


def test_a_spine_that_the_engine_refuses_is_said_in_its_words(shop: Shop) -> None:
    result = train(shop, "select user_id from nothing_there")
    assert result.exit_code == 2
    assert "the spine cannot be read" in result.stderr
    assert "nothing_there" in result.stderr


def test_a_corrupt_spine_file_is_named(shop: Shop) -> None:
    shop.write("spine.parquet", "no parquet")
    result = train(shop, "spine.parquet")
    assert result.exit_code == 2
    assert "spine.parquet" in result.stderr


@pytest.mark.parametrize("name", ["set.xlsx", "set.json", "features"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(shop: Shop, name: str) -> None:
    result = train(shop, SPINE, "--output", name)
    assert result.exit_code == 2
    assert "Running" not in result.output


def test_a_table_is_left_in_the_warehouse(shop: Shop) -> None:
    shop.write(
        "profiles.yml",
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb, "
        "online: {type: sqlite, path: target/online.db}}}}",
    )
    assert "left in the table training_v1" in train(shop, SPINE, "--output", "training_v1").output
    train(shop, SPINE, "--output", "training_v1")  # replaces it
    with duckdb.connect(shop.root / "shop.duckdb") as connection:
        found = connection.sql("FROM training_v1")
        assert found.columns[:2] == ["user_id", "amount"]
        assert found.fetchall()


def test_a_table_in_memory_would_be_gone(shop: Shop) -> None:
    result = train(shop, SPINE, "--output", "training_v1")
    assert result.exit_code == 2
    assert "the table 'training_v1' would be gone at once" in result.output
    assert "set 'path' of the target" in result.output


def test_an_output_in_a_place_that_is_a_file_is_told(shop: Shop) -> None:
    result = train(shop, SPINE, "--output", "skewless.yml/set.csv")
    assert result.exit_code == 1
    assert "skewless.yml" in result.output
    assert "Internal error" not in result.output


def test_an_unknown_service_is_a_usage_error(shop: Shop) -> None:
    result = shop.run("train", "--service", "checkout", "--spine", SPINE, "--timestamp", "at")
    assert result.exit_code == 2
    assert "there is no service 'checkout'" in result.stderr
    assert "did you mean 'checkout_v1'?" in result.stderr


def test_a_missing_option_is_told_in_the_format_that_was_asked_for(shop: Shop) -> None:
    result = shop.run("train", "--service", "checkout_v1", "--log-format", "json")
    assert result.exit_code == 2
    (line,) = [json.loads(one) for one in result.stderr.splitlines()]
    assert line["level"] == "error"
    assert "--spine" in line["message"]
    assert line["help"] == "skewless train --help"


def test_limit_says_how_many_rows_are_printed(shop: Shop) -> None:
    spine = "select 1 as user_id, 1.0 as amount, timestamp '2026-01-01 12:00:00' as at from range(20)"
    assert len(train(shop, spine).stdout.splitlines()) == 12
    assert len(train(shop, spine, "--limit", "3").stdout.splitlines()) == 5
