"""`verify`: what it says of a project that is right, of one that is not, and of what it cannot look at."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from cli_project import Shop
from sqlglot import exp

from skewless.codegen import serving
from skewless.verify.trials import search
from skewless.verify.trials.trial import Trial


@pytest.fixture
def spoiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serving sees what happens at the moment itself."""
    visible = serving.visible

    def too_early(*arguments: Any) -> exp.Expr:
        return visible(*arguments).transform(lambda node: exp.LTE(**node.args) if isinstance(node, exp.LT) else node)

    monkeypatch.setattr(serving, "visible", too_early)


def test_a_project_that_is_right_passes_and_says_how_to_repeat_it(shop: Shop) -> None:
    result = shop.ok("verify", "user_profile", "--examples", "15", "--seed", "5")
    assert "Seed 5: --seed 5 draws the same examples again" in result.output
    assert "OK verified user_profile" in result.output
    assert "[15 examples in" in result.output
    assert "PASS=1 WARN=0 ERROR=0 SKIP=0 TOTAL=1" in result.output


def test_no_data_are_read(shop: Shop) -> None:
    (shop.root / "data" / "orders.csv").unlink()
    shop.ok("verify", "user_totals", "--examples", "3")
    assert not shop.exists("target/online.db")


def test_without_a_seed_one_is_drawn_and_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _: 77)
    assert "--seed 77 draws" in shop.ok("verify", "user_profile", "--examples", "1").output


@pytest.mark.usefixtures("spoiled")
def test_a_difference_is_shrunk_told_and_written(shop: Shop) -> None:
    result = shop.run("verify", "user_totals", "--examples", "300", "--seed", "1")
    assert result.exit_code == 1
    assert "FAIL verifying user_totals" in result.output
    assert "user_totals.orders_1d: the value differs at" in result.output
    assert "training says  0" in result.output
    assert "serving says   1" in result.output
    assert "at the moment" in result.output
    [test] = yaml.safe_load(shop.read("target/verify/user_totals.yml"))["unit_tests"]
    [given] = test["given"]
    assert len(given["rows"]) == 1
    assert test["expect"]["rows"][0]["orders_1d"] == 0


@pytest.mark.usefixtures("spoiled")
def test_the_same_seed_finds_the_same(shop: Shop) -> None:
    first, second = (
        shop.run("verify", "user_totals", "--examples", "120", "--seed", "9").output.split("[differs")[1].split(" in ")
        for _ in range(2)
    )
    assert first[1] == second[1]
    assert shop.read("target/verify/user_totals.yml").count("skewless verify user_totals --seed 9")


def test_an_unknown_view_is_named(shop: Shop) -> None:
    result = shop.run("verify", "user_total")
    assert result.exit_code == 2
    assert "there is no feature view 'user_total'" in result.output


def offline(shop: Shop) -> Shop:
    """No service reads `user_profile`, and no online store keeps it."""
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_totals, basket]")
    return shop.replace("features/people/user_profile.sql", "ttl=", "online=false, ttl=")


def test_a_view_that_is_not_online_cannot_be_asked_for(shop: Shop) -> None:
    offline(shop)
    result = shop.run("verify", "user_profile")
    assert result.exit_code == 2
    assert "'user_profile' cannot be verified: no online store keeps state of it (online: false)" in result.output


def test_a_view_that_is_not_online_is_passed_over_in_a_selection(shop: Shop) -> None:
    offline(shop)
    result = shop.ok("verify", "--select", "user_profile")
    assert "SKIP" in result.output
    assert "SKIP=1 TOTAL=1" in result.output


def test_a_selection_of_nothing_is_warned_of(shop: Shop) -> None:
    assert "nothing is selected" in shop.ok("verify", "--select", "tag:nobody").output


def test_without_hypothesis_it_says_what_to_install(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "find_spec", lambda _: None)
    result = shop.run("verify")
    assert result.exit_code == 2
    assert "pip install 'skewless[verify]'" in result.output


def test_ctrl_c_tells_what_was_done_by_then(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    observe, asked = Trial.observe, iter(range(100))

    def interrupted(self: Trial, example: Any) -> Any:
        if next(asked) == 8:
            raise KeyboardInterrupt
        return observe(self, example)

    monkeypatch.setattr(Trial, "observe", interrupted)
    result = shop.run("verify", "user_profile", "user_totals", "--examples", "5")
    assert result.exit_code == 130
    assert "1 of 2 OK verified" in result.output
    assert "TOTAL=2" in result.output
    assert "Interrupted." in result.output
