"""What `skewless monitor` makes of bad input: a stated result or one message, and never a NaN."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from skewless.cli.main import cli
from skewless.serve.log.layout import METADATA

from .served import DAY, NUMBER, RULES, Watched, normal, write_watched


def test_an_empty_log_is_an_error_and_no_pass(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert "there is no Parquet file in" in ended.stderr


def test_a_span_without_rows_is_an_error(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    ended = shop.monitor("--since", "2026-06-12T01:00:00Z")
    assert ended.exit_code == 2
    assert "has no row of 'shop_v1' since 2026-06-12 01:00:00" in ended.stderr


def test_files_that_are_no_log_are_an_error(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    ended = shop.monitor("--log", shop.root)
    assert ended.exit_code == 2
    assert "holds Parquet files, and no serving log" in ended.stderr


def test_a_file_that_cannot_be_read_is_named(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    [file] = shop.log.rglob("*.parquet")
    damaged = file.with_name("zz.parquet")
    damaged.write_bytes(file.read_bytes()[:200])
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert f"'{damaged}' is no file of a serving log: " in ended.stderr
    assert "help: remove it, or name another folder" in ended.stderr


def test_a_log_of_another_format_is_an_error(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    [file] = shop.log.rglob("*.parquet")
    told = {METADATA: b'{"format": 2}'}
    pq.write_table(pq.read_table(file).replace_schema_metadata(told), file)
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert f"'{file}' is a log of format 2, and this release reads 1" in ended.stderr


def test_what_has_no_value_is_an_empty_cell_and_not_null(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "double", "late": "double"}, RULES)
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0], "late": [2.0]})
    ended = shop.monitor()
    assert "NULL" not in ended.stdout
    assert "1 row served from" in ended.stderr
    assert "against 1 row of" in ended.stderr


@pytest.mark.parametrize("rows", [1, 9])
def test_few_rows_are_shown_and_not_judged(shop: Watched, rows: int) -> None:
    shop.train({"amount": normal(100)})
    shop.serve({"amount": [1e9] * rows})
    found = shop.feature("amount")
    assert found["level"] == "skip"
    assert f"too few to judge: {rows} row{'s' if rows > 1 else ''} served" in found["note"]
    assert found["served"]["psi"] > 1
    assert shop.monitor().exit_code == 0


def test_a_small_baseline_is_not_judged_by(shop: Watched) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [2.0] * 20})
    assert "too few to judge: 1 row in the baseline" in shop.feature("amount")["note"]


def test_a_constant_feature_passes_while_it_is_constant(shop: Watched) -> None:
    shop.train({"amount": [7.0] * 20})
    shop.serve({"amount": [7.0] * 20})
    assert shop.feature("amount")["served"]["psi"] == 0
    shop.serve({"amount": [8.0] * 20}, at=DAY + dt.timedelta(days=1))
    assert shop.feature("amount", "--since", "2026-06-13")["level"] == "fail"


def test_null_on_both_sides_is_no_drift(shop: Watched) -> None:
    shop.train({"amount": [None] * 20})
    shop.serve({"amount": [None] * 20})
    found = shop.feature("amount")
    assert (found["level"], found["served"]["psi"]) == ("pass", None)
    assert "NULL on both sides" in found["note"]


@pytest.mark.parametrize(("baseline", "served"), [([1.0] * 20, [None] * 20), ([None] * 20, [1.0] * 20)])
def test_null_on_one_side_fails_by_its_rate(
    shop: Watched, baseline: list[float | None], served: list[float | None]
) -> None:
    shop.train({"amount": baseline})
    shop.serve({"amount": served})
    found = shop.feature("amount")
    assert (found["level"], found["served"]["psi"]) == ("fail", None)
    assert [one["metric"] for one in found["findings"]] == ["null_rate"]


def test_nan_and_infinities_have_bins_of_their_own(shop: Watched) -> None:
    shop.train({"amount": [1.0, 2.0, 3.0, 4.0] * 5})
    shop.serve({"amount": [math.nan, math.inf, -math.inf, 1.0] * 5})
    found = shop.feature("amount")
    assert {one["bin"]: one["served"] for one in found["bins"] if one["served"]} == {
        "-infinity": 5, "1": 5, "infinity": 5, "NaN": 5,
    }  # fmt: skip
    assert math.isfinite(found["served"]["psi"])
    assert found["level"] == "fail"


def test_new_categories_are_the_rest(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"country": "varchar"}, RULES)
    shop.train({"country": ["de", "fr"] * 10})
    shop.serve({"country": ["de", "xx", "yy", "zz"] * 5})
    found = shop.feature("country")
    assert {one["bin"]: one["served"] for one in found["bins"]} == {"de": 5, "fr": 0, "(the rest)": 15}
    assert found["level"] == "fail"
    assert found["served"]["ks"] is None


def test_a_feature_that_the_baseline_lacks_is_a_warning(tmp_path: Path) -> None:
    shop = write_watched(tmp_path, {"amount": "double", "visits": "bigint"}, RULES)
    shop.train({"amount": [1.0] * 20})
    shop.serve({"amount": [1.0] * 20, "visits": [1] * 20})
    found = shop.feature("visits")
    assert found["level"] == "warn"
    assert "the baseline does not have it" in found["findings"][0]["text"]
    assert found["served"] is None


def test_a_baseline_of_other_features_is_an_error(shop: Watched) -> None:
    shop.serve({"amount": [1.0] * 20})
    duckdb.sql(f"COPY (SELECT 1 AS other) TO '{shop.root}/training.parquet'")
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert "has no feature of 'shop_v1'" in ended.stderr


def test_a_baseline_without_rows_is_an_error(shop: Watched) -> None:
    shop.serve({"amount": [1.0] * 20})
    shop.train({"amount": []})
    ended = shop.monitor()
    assert ended.exit_code == 2
    assert "has no rows" in ended.stderr


def test_another_type_in_the_log_fails(shop: Watched) -> None:
    shop.serve({"amount": [1.0] * 20})
    duckdb.sql(f"COPY (SELECT 'text' AS amount FROM range(20)) TO '{shop.root}/training.parquet'")
    found = shop.feature("amount")
    assert found["level"] == "fail"
    assert found["findings"][0]["text"] == "it is DOUBLE in the log and VARCHAR in the baseline"


def test_numbers_of_several_types_are_compared_by_value(shop: Watched) -> None:
    shop.serve({"amount": [1.0, 2.0] * 10})
    duckdb.sql(f"COPY (SELECT (i % 2 + 1)::TINYINT AS AMOUNT FROM range(20) t(i)) TO '{shop.root}/training.parquet'")
    found = shop.feature("amount")
    assert (found["level"], found["served"]["psi"]) == ("pass", 0.0)


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        ("nowhere.parquet", "does not exist"),
        ("nowhere.json", "does not exist"),
        ("skewless.csv", "is no Parquet file"),
        ("no_such_table", "the baseline 'no_such_table' cannot be read"),
        ("features/shop.yml", "does not exist"),
        ("users", "it is taken for a table of the warehouse"),
    ],
)
def test_a_baseline_that_cannot_be_read_is_an_error(shop: Watched, baseline: str, said: str) -> None:
    shop.serve({"amount": [1.0]})
    ended = shop.monitor("--baseline", baseline)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_what_is_missing_is_said_with_what_to_write(shop: Watched) -> None:
    where = ["monitor", "--project-dir", str(shop.root), "shop_v1"]
    ended = CliRunner().invoke(cli, where)
    assert (ended.exit_code, "give --baseline training.parquet" in ended.stderr) == (2, True)
    ended = CliRunner().invoke(cli, [*where, "--baseline", "training.parquet"])
    assert (ended.exit_code, "give --log served" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "soon"),
        ("--every", "1 month"),
        ("--every", "0 seconds"),
        ("--every", "10000000 days"),
        ("--since", "2026-01-02", "--until", "2026-01-01"),
    ],
)
def test_spans_that_are_none_are_usage_errors(shop: Watched, arguments: tuple[str, ...]) -> None:
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    ended = shop.monitor(*arguments)
    assert ended.exit_code == 2
    assert ended.stderr.count("error:") == 1


FLOATS = st.lists(st.none() | st.floats(), min_size=1, max_size=30)


@settings(deadline=None, max_examples=15)
@given(baseline=FLOATS, served=FLOATS)
def test_no_values_make_a_nan_in_the_output(
    tmp_path_factory: pytest.TempPathFactory, baseline: list[float | None], served: list[float | None]
) -> None:
    shop = write_watched(tmp_path_factory.mktemp("shop"), NUMBER, "{min_rows: 1}")
    shop.train({"amount": baseline})
    shop.serve({"amount": served})
    ended = shop.monitor("--output", "json", "--report", shop.root / "r.html", "--prometheus", shop.root / "m.prom")
    assert ended.exit_code in (0, 1), ended.output

    def refuse(word: str) -> None:
        raise AssertionError(word)

    json.loads(ended.stdout, parse_constant=refuse)
    gauges = (shop.root / "m.prom").read_text(encoding="utf-8")
    assert not [line for line in gauges.splitlines() if line.endswith((" NaN", "Inf"))]
    page = (shop.root / "r.html").read_text(encoding="utf-8")
    assert "nan" not in page.replace("NaN", "").lower().replace("finance", "")
