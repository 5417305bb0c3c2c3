"""`run`: the online store and the bundles, view by view."""

from __future__ import annotations

from cli_project import NOON, Shop, log_lines


def test_it_loads_every_view_that_keeps_state(shop: Shop) -> None:
    result = shop.ok("run", "--as-of", NOON)
    assert "1 of 2 START loading view" in result.stdout
    assert "OK loaded view user_totals" in result.stdout
    assert "[2 entities, 3 rows in" in result.stdout
    assert "basket" not in result.stdout
    assert "Done. PASS=2 WARN=0 ERROR=0 SKIP=0 TOTAL=2" in result.stdout
    assert shop.files("target/serving") == {
        "checkout_v1.json", "totals_v1.json", "views/basket.json", "views/user_profile.json", "views/user_totals.json",
        "sources/shop.orders.json", "sources/shop.profiles.json",
    }  # fmt: skip
    results = shop.json("target/run_results.json")["results"]
    assert {one["unique_id"] for one in results} == {"view.shop.user_totals", "view.shop.user_profile"}
    assert next(one for one in results if one["unique_id"].endswith("totals"))["entities"] == 2


def test_a_view_that_fails_does_not_stop_the_others(shop: Shop) -> None:
    (shop.root / "data/orders.csv").unlink()
    result = shop.run("run", "--as-of", NOON)
    assert result.exit_code == 1
    assert "ERROR loading view user_totals" in result.stdout
    assert "cannot be read from 'data/orders.csv'" in result.stdout
    assert "OK loaded view user_profile" in result.stdout
    assert "Done. PASS=1 WARN=0 ERROR=1 SKIP=0 TOTAL=2" in result.stdout


def test_a_bundle_whose_state_is_missing_is_not_put_in_place_of_the_old_one(shop: Shop) -> None:
    shop.ok("run", "--as-of", NOON)
    before = shop.read("target/serving/checkout_v1.json")
    shop.replace("features/user_totals.sql", "'1 day'", "'2 days'")
    shop.write("data/orders.csv", "wrong\n1\n")
    result = shop.run("run", "--as-of", NOON)
    assert result.exit_code == 1
    assert "the bundle of checkout_v1 is left as it is: no state is loaded of user_totals" in result.stdout
    assert shop.read("target/serving/checkout_v1.json") == before
    assert shop.run("get", "--service", "totals_v1", "--entity", '{"user_id": 1}').exit_code == 0


def test_a_store_that_is_away_is_told_once(shop: Shop) -> None:
    shop.replace("profiles.yml", "{type: sqlite, path: target/online.db}", "{type: redis, url: 'redis://127.0.0.1:1'}")
    result = shop.run("run", "--as-of", NOON)
    assert result.exit_code == 1
    assert "warning: bundles are left as they are: the online store does not tell what it holds" in result.stdout
    assert "Done. PASS=0 WARN=0 ERROR=2 SKIP=0 TOTAL=2" in result.stdout
    assert len(shop.json("target/run_results.json")["results"]) == 2
    assert "error:" not in result.stderr


def test_a_corrupt_data_file_is_an_error_of_its_view(shop: Shop) -> None:
    (shop.root / "data/profiles.parquet").write_bytes(b"PAR1 this is no parquet file PAR1")
    result = shop.run("run", "--as-of", NOON)
    assert result.exit_code == 1
    assert "ERROR loading view user_profile" in result.stdout
    assert "help:" in result.stdout


def test_a_source_without_a_declared_column_is_an_error_of_its_view(shop: Shop) -> None:
    shop.write("data/orders.csv", "order_id,user_id,ordered_at\n1,1,2026-01-01 09:00:00\n")
    result = shop.run("run", "--as-of", NOON)
    assert result.exit_code == 1
    assert "the source 'shop.orders' has no column 'amount'" in result.stdout


def test_the_selection_is_loaded_and_nothing_else(shop: Shop) -> None:
    result = shop.ok("run", "--select", "tag:money", "--as-of", NOON)
    assert "loading view user_totals" in result.stdout
    assert "loading view user_profile" not in result.stdout
    assert shop.files("target/serving") == {
        "totals_v1.json", "views/basket.json", "views/user_totals.json", "sources/shop.orders.json",
    }  # fmt: skip


def test_a_request_view_alone_has_nothing_to_load(shop: Shop) -> None:
    result = shop.ok("run", "--select", "basket")
    assert "No selected view keeps online state" in result.stdout
    assert "TOTAL=0" in result.stdout


def test_a_moment_that_cannot_be_read_is_a_usage_error(shop: Shop) -> None:
    for text in ("yesterday", "2026-13-01", ""):
        result = shop.run("run", "--as-of", text)
        assert result.exit_code == 2
        assert f"--as-of: '{text}' is no moment" in result.output
    assert not shop.exists("target")


def test_nothing_is_loaded_while_the_project_does_not_compile(shop: Shop) -> None:
    shop.replace("features/basket.sql", "is_large", "is large")
    assert shop.run("run").exit_code == 2
    assert not shop.exists("target/online.db")


def test_a_damaged_store_fails_with_its_path(shop: Shop) -> None:
    shop.write("target/online.db", "this is no database, and is longer than a hundred bytes, " * 5)
    result = shop.run("run", "--as-of", NOON)
    assert result.exit_code == 1
    assert "target/online.db" in result.output
    assert "is damaged or is no SQLite file" in result.output


def test_lines_of_json_carry_what_happened_to_each_view(shop: Shop) -> None:
    lines = log_lines(shop.ok("run", "--as-of", NOON, "--log-format", "json").stdout)
    events = [line["event"] for line in lines]
    assert events[0] == "started"
    assert events[-1] == "done"
    (told,) = [line for line in lines if line["event"] == "node_finished" and line["node"] == "user_totals"]
    assert told["status"] == "ok"
    assert told["seconds"] >= 0
    assert "..." not in told["message"]


def test_quiet_prints_errors_only(shop: Shop) -> None:
    assert shop.ok("run", "--as-of", NOON, "-q").output == ""
    (shop.root / "data/orders.csv").unlink()
    result = shop.run("-q", "run", "--as-of", NOON)
    assert result.exit_code == 1
    assert "ERROR loading view user_totals" in result.stdout
    assert "Running with" not in result.stdout
