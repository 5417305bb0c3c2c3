"""`build`: what fails keeps what depends on it from being loaded and tested."""

from __future__ import annotations

from cli_project import NOON, Shop

FEW = ("--parity-points", "5", "--as-of", NOON)


def test_it_compiles_loads_and_tests(shop: Shop) -> None:
    result = shop.ok("build", *FEW)
    lines = result.stdout.splitlines()

    def place(words: str) -> int:
        return next(number for number, line in enumerate(lines) if words in line)

    assert (
        place("Compiled 3 views")
        < place("PASS unit test counts_the_last_day")
        < place("START loading view user_totals")
        < place("Wrote the bundle of checkout_v1")
        < place("PASS data test not_null_user_totals_orders_1d")
        < place("PASS parity test parity_checkout_v1")
        < place("Done. PASS=")
    )
    assert shop.exists("target/compiled/shop/features/basket.serving.sql")
    ids = [one["unique_id"] for one in shop.json("target/run_results.json")["results"]]
    assert len(ids) == len(set(ids))
    assert {"view.shop.user_totals", "unit_test.shop.user_totals.counts_the_last_day"} <= set(ids)
    assert shop.ok("get", "--service", "checkout_v1", "--entity", '{"user_id": 1, "amount": 1}').stdout


def test_a_view_that_fails_its_unit_test_is_not_loaded(shop: Shop) -> None:
    shop.replace("tests/shop.yml", "orders_1d: 1", "orders_1d: 2")
    result = shop.run("build", *FEW)
    assert result.exit_code == 1
    assert "SKIP loading view user_totals" in result.stdout
    assert "because user_totals failed" in result.stdout
    assert "OK loaded view user_profile" in result.stdout
    assert "SKIP parity test parity_checkout_v1" in result.stdout
    assert "not_null_user_totals_orders_1d" not in result.stdout
    statuses = {one["unique_id"]: one["status"] for one in shop.json("target/run_results.json")["results"]}
    assert statuses["view.shop.user_totals"] == "skipped"
    assert statuses["parity.shop.parity_checkout_v1"] == "skipped"


def test_views_of_a_source_that_fails_a_test_are_not_loaded(shop: Shop) -> None:
    shop.write("data/orders.csv", shop.read("data/orders.csv") + "3,2,-5.0,2026-01-01 10:30:00\n")
    result = shop.run("build", *FEW)
    assert result.exit_code == 1
    assert "FAIL data test unique_shop_orders_order_id" in result.stdout
    assert "SKIP loading view user_totals" in result.stdout
    assert "because shop.orders failed" in result.stdout
    assert "OK loaded view user_profile" in result.stdout


def test_what_depends_on_a_view_that_cannot_be_loaded_is_skipped(shop: Shop) -> None:
    (shop.root / "data/profiles.parquet").unlink()
    result = shop.run("build", "--exclude", "test_type:data", *FEW)
    assert result.exit_code == 1
    assert "ERROR loading view user_profile" in result.stdout
    assert "SKIP parity test parity_checkout_v1" in result.stdout
    assert "PASS parity test parity_totals_v1" in result.stdout
    assert shop.files("target/serving") == {
        "totals_v1.json", "views/basket.json", "views/user_totals.json", "sources/shop.orders.json",
        "sources/shop.profiles.json",
    }  # fmt: skip


def test_a_selection_is_built_and_nothing_else(shop: Shop) -> None:
    result = shop.ok("build", "--select", "user_profile", *FEW)
    assert "Compiled 1 view" in result.stdout
    assert "loaded view user_profile" in result.stdout
    assert "user_totals" not in result.stdout.replace("no state is loaded of user_totals", "")


def test_nothing_is_built_while_the_project_does_not_compile(shop: Shop) -> None:
    shop.replace("features/basket.sql", "t.amount_1d", "t.amount_2d")
    assert shop.run("build").exit_code == 2
    assert not shop.exists("target")
