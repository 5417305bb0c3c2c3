"""`show`, `explain`, `debug`, `clean` and `init`."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_project import NOON, Shop

from skewless.ground.codes import CODES


def test_show_takes_the_entities_with_the_newest_rows(shop: Shop) -> None:
    result = shop.ok("show", "user_totals", "--as-of", NOON)
    header, _, *rows = result.stdout.splitlines()
    assert header.split() == ["user_id", "as_of", "orders_1d", "amount_1d"]
    assert [row.split()[0] for row in rows] == ["1", "2"]
    assert rows[0].split()[3:] == ["2", "30.0"]


def test_show_sees_nothing_of_the_future(shop: Shop) -> None:
    rows = json.loads(shop.ok("show", "user_totals", "--as-of", "2026-01-01T10:30:00Z", "--output", "json").stdout)
    assert [(row["user_id"], row["orders_1d"]) for row in rows] == [(2, 1), (1, 1)]
    early = shop.ok("show", "user_totals", "--as-of", "2020-01-01")
    assert "no row of 'user_totals' is known before 2020-01-01" in early.stderr


def test_show_is_limited(shop: Shop) -> None:
    assert len(shop.ok("show", "user_totals", "--limit", "1").stdout.splitlines()) == 3


def test_show_says_how_old_the_newest_row_is(shop: Shop) -> None:
    assert "The newest row is of 2026-01-01 11:00:00; --as-of shows" in shop.ok("show", "user_totals").stderr


def test_show_takes_a_service_that_needs_keys_only(shop: Shop) -> None:
    header = shop.ok("show", "totals_v1", "--as-of", NOON).stdout.splitlines()[0]
    assert header.split() == ["user_id", "as_of", "orders_1d", "amount_1d"]


@pytest.mark.parametrize("name", ["basket", "checkout_v1"])
def test_show_cannot_make_up_a_request(shop: Shop, name: str) -> None:
    result = shop.run("show", name)
    assert result.exit_code == 2
    assert f"'{name}' needs fields that only a request has: amount" in result.stderr
    assert "skewless train" in result.stderr


def test_show_suggests_a_name(shop: Shop) -> None:
    result = shop.run("show", "user_total")
    assert result.exit_code == 2
    assert "did you mean 'user_totals'?" in result.stderr


def test_show_of_data_that_are_not_there_is_an_error_of_the_engine(shop: Shop) -> None:
    (shop.root / "data/orders.csv").unlink()
    result = shop.run("show", "user_totals")
    assert result.exit_code == 1
    assert "data/orders.csv" in result.stderr


def test_explain_prints_every_stage_of_a_view(shop: Shop) -> None:
    text = shop.ok("explain", "user_totals").stdout
    titles = ["View", "Rendered model", "Features", "Sources and time", "Stored state", "Plan", "Training SQL"]
    places = [text.index(f"{title}\n---") for title in (*titles, "Serving SQL", "State SQL")]
    assert places == sorted(places)
    assert "user_totals@" in text
    assert "happens at   ordered_at" in text
    assert "looks back   1 day" in text


def test_explain_of_a_request_view_has_no_state(shop: Shop) -> None:
    text = shop.ok("explain", "basket").stdout
    assert "request      amount DOUBLE" in text
    assert "State SQL" not in text


def test_explain_needs_no_project_for_a_code(tmp_path: Path) -> None:
    for code in CODES:
        result = Shop(tmp_path).run("explain", code)
        assert (result.exit_code == 0 and result.stdout.strip()) or "has no page in this version" in result.stderr


@pytest.mark.parametrize(("word", "near"), [("future-leekage", "future-leakage"), ("user_total", "user_totals")])
def test_explain_suggests_a_code_or_a_view(shop: Shop, word: str, near: str) -> None:
    result = shop.run("explain", word)
    assert result.exit_code == 2
    assert f"did you mean '{near}'?" in result.stderr


def test_debug_looks_at_everything(shop: Shop) -> None:
    result = shop.ok("debug")
    for words in (
        "python version: 3",
        "duckdb version: ",
        "skewless.yml [OK found and valid",
        "profiles.yml [OK found and valid: profile shop, target dev]",
        "project [OK found and valid: 3 views compile]",
        "engine connection [OK",
        "source shop.orders [OK readable, 4 columns]",
        "online store [OK",
        "All checks passed!",
    ):
        assert words in result.stdout


def test_debug_warns_of_columns_whose_values_are_not_kept(shop: Shop) -> None:
    moments = pa.array([dt.datetime(2026, 1, 1)], pa.timestamp("us"))
    rows = pa.table({"user_id": [1.5], "country": ["CH"], "changed_at": moments})
    pq.write_table(rows, shop.root / "data/profiles.parquet")
    result = shop.ok("debug")
    assert (
        "  source shop.profiles [OK readable, 3 columns]\n"
        "  column shop.profiles.user_id [WARN DOUBLE is read as BIGINT: rounded to whole numbers, and a value that is "
        "too large fails]\n"
    ) in result.stdout
    assert result.stdout.count("WARN") == 1
    assert "All checks passed, with 1 warning" in result.stdout


def test_debug_counts_in_plain_words(shop: Shop) -> None:
    assert "0 states loaded" in shop.ok("debug").stdout
    shop.ok("run", "--as-of", NOON, "--select", "user_totals")
    assert "connection ok, 1 state loaded" in shop.ok("debug").stdout
    (shop.root / "features/basket.sql").unlink()
    (shop.root / "features/people/user_profile.sql").unlink()
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_totals]")
    assert "1 view compiles]" in shop.ok("debug").stdout


def test_debug_says_what_is_missing_and_goes_on(shop: Shop) -> None:
    (shop.root / "data/orders.csv").unlink()
    shop.replace("features/basket.sql", "t.amount_1d", "t.amount_2d")
    result = shop.run("debug")
    assert result.exit_code == 1
    assert "project [ERROR" in result.stdout
    assert "error[unknown-" in result.stdout
    assert "source shop.orders [ERROR" in result.stdout
    assert "source shop.profiles [OK" in result.stdout
    assert "2 checks failed" in result.stdout


def test_debug_without_a_project_or_a_profile_says_so(shop: Shop, tmp_path: Path) -> None:
    nothing = Shop(tmp_path).run("debug")
    assert nothing.exit_code == 1
    assert "skewless.yml [ERROR there is no skewless.yml" in nothing.stdout
    (shop.root / "profiles.yml").unlink()
    result = shop.run("debug", env={"HOME": str(tmp_path)})
    assert result.exit_code == 1
    assert "profiles.yml [ERROR there is no profiles.yml" in result.stdout


def test_clean_leaves_data_and_the_store(shop: Shop) -> None:
    shop.ok("run", "--as-of", NOON)
    shop.ok("compile")
    shop.write("target/data/mine.csv", "a\n1\n")
    result = shop.ok("clean")
    assert f"Removed {shop.root}/target/compiled" in result.stdout
    stores = ("online.db", "registry.db")
    assert {path for path in shop.files("target") if not path.startswith(stores)} == {"data/mine.csv"}
    assert shop.exists("target/online.db")
    assert shop.exists("target/registry.db")
    assert "There is nothing to remove" in shop.ok("clean").stdout


def test_clean_works_while_the_project_does_not_compile(shop: Shop) -> None:
    shop.ok("compile")
    shop.write("features/basket.sql", "{{")
    (shop.root / "profiles.yml").unlink()
    shop.ok("clean")
    assert not shop.exists("target/compiled")


def test_clean_online_drops_what_no_version_uses(shop: Shop) -> None:
    shop.ok("run", "--as-of", NOON)
    assert "No state in the online store is to be dropped" in shop.ok("clean", "--online").stdout
    shop.replace("features/user_totals.sql", "'1 day'", "'2 days'")
    assert "reads it" in shop.ok("clean", "--online", "--yes").stdout  # the bundle that is deployed
    shop.ok("run", "--as-of", NOON)
    old = ("clean", "--online", "--retire-after", "1 microsecond")
    shown = shop.ok(*old)
    assert "To drop: user_totals@" in shown.stdout
    assert "2 entities, 3 rows" in shown.stdout
    assert "nothing was dropped: say --yes" in shown.output
    assert shop.exists("target/serving/totals_v1.json")
    result = shop.ok(*old, "--yes")
    assert "Dropped user_totals@" in result.stdout
    assert "Dropped user_profile" not in result.stdout
    assert shop.exists("target/serving/totals_v1.json")
    assert "No state in the online store is to be dropped" in shop.ok(*old).stdout


def test_clean_refuses_a_target_folder_that_holds_the_project(shop: Shop) -> None:
    shop.write("compiled/mine.txt", "mine")
    for path in (".", ".."):
        result = shop.run("clean", "--target-path", path)
        assert result.exit_code == 2
        assert "holds the project itself" in result.output
    assert shop.exists("compiled/mine.txt")


def test_clean_removes_a_link_and_not_what_it_leads_to(shop: Shop) -> None:
    shop.write("kept/one.sql", "mine").write("target/manifest.json", "{}")
    (shop.root / "target/compiled").symlink_to(shop.root / "kept")
    shop.ok("clean")
    assert shop.read("kept/one.sql") == "mine"
    assert not (shop.root / "target/compiled").is_symlink()


def test_init_makes_a_project_that_builds_at_once(tmp_path: Path) -> None:
    made = Shop(tmp_path).ok("init", "my_shop")
    assert "The project 'my_shop' is ready" in made.stdout
    project = Shop(tmp_path / "my_shop")
    assert project.read("skewless.yml").startswith("name: my_shop\n")
    assert "target/" in project.read(".gitignore")
    result = project.ok("build", "--parity-points", "20")
    assert "warning" not in result.output
    assert "ERROR=0" in result.stdout
    got = project.ok("get", "--service", "checkout_v1", "--entity", '{"user_id": 1, "amount": 120}', "--format", "json")
    (vector,) = json.loads(got.stdout)
    assert vector["features"]["purchases_7d"] == {
        "value": 3,
        "status": "PRESENT",
        "event_timestamp": vector["features"]["purchases_7d"]["event_timestamp"],
    }
    assert vector["features"]["amount_to_mean"]["value"] > 1


def test_init_writes_rows_of_the_last_days(tmp_path: Path) -> None:
    Shop(tmp_path).ok("init", "shop")
    with (tmp_path / "shop/data/purchases.csv").open() as file:
        moments = [dt.datetime.fromisoformat(row["loaded_at"]) for row in csv.DictReader(file)]
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    assert now - dt.timedelta(hours=2) <= max(moments) <= now
    assert min(moments) > now - dt.timedelta(days=8)


def test_projects_of_one_name_that_init_made_do_not_take_over_each_others_versions(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        Shop(tmp_path / place).ok("init", "shop")
    one, other = (Shop(tmp_path / place / "shop") for place in ("a", "b"))
    one.ok("run")
    (other.root / "target").mkdir()
    shutil.copy(one.root / "target/registry.db", other.root / "target/registry.db")
    refused = other.run("run")
    assert refused.exit_code == 1
    assert "`id: shop-" in refused.output


def test_init_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/precious.txt").write_text("mine")
    result = Shop(tmp_path).run("init", "shop")
    assert result.exit_code == 2
    assert "'shop' exists already, and is not empty" in result.output
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["precious.txt"]


def test_init_takes_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert Shop(tmp_path).run("init", "shop").exit_code == 0


@pytest.mark.parametrize("name", ["my-shop", "9lives", "caf\u00e9", "a b"])
def test_init_refuses_a_name_that_is_no_word(tmp_path: Path, name: str) -> None:
    result = Shop(tmp_path).run("init", name)
    assert result.exit_code == 2
    assert "is no name for a project" in result.output
    assert "help: skewless init " in result.output
    assert list(tmp_path.iterdir()) == []
