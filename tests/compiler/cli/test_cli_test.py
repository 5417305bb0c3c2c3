"""`test`: which tests are run, how they are told, and what the exit code is."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from cli_project import Shop, log_lines

from skewless.verify.result import TestResult


class Recorded:
    """Stands for `run_tests`: remembers the calls, gives what it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[frozenset[str], frozenset[str], dict[str, Any]]] = []
        self.results: list[TestResult] = []

    def __call__(
        self, _: object, names: frozenset[str], kinds: frozenset[str], __: object, **settings: Any
    ) -> tuple[TestResult, ...]:
        self.calls.append((names, kinds, settings))
        return tuple(one for one in self.results if one.kind in kinds)

    def kinds_of(self, name: str) -> set[str]:
        return {kind for names, kinds, _ in self.calls if name in names for kind in kinds}


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    module, fake = ModuleType("skewless.verify.run"), Recorded()
    module.run_tests = fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "skewless.verify.run", module)
    return fake


def result(status: str = "pass", **changes: Any) -> TestResult:
    values = {"name": "t", "kind": "unit", "node": "user_totals", "seconds": 0.1, "message": "said", **changes}
    return TestResult(status=status, **values)  # type: ignore[arg-type]


def test_everything_is_tested_unless_something_is_selected(shop: Shop, recorded: Recorded) -> None:
    shop.run("test")
    ((names, kinds, settings),) = recorded.calls
    assert names == {
        "shop.orders",
        "shop.profiles",
        "user_totals",
        "user_profile",
        "basket",
        "checkout_v1",
        "totals_v1",
    }
    assert kinds == {"unit", "data", "parity"}
    assert settings == {"parity_points": 200, "seed": 0, "service": None}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-s", "test_type:unit"], {"user_totals": {"unit"}, "basket": {"unit"}}),
        (["-s", "test_type:unit", "test_type:data"], {"user_totals": {"unit", "data"}, "basket": {"unit", "data"}}),
        (["-s", "tag:money,test_type:data"], {"user_totals": {"data"}, "basket": set()}),
        (["-s", "test_type:unit basket"], {"user_totals": {"unit"}, "basket": {"unit", "data", "parity"}}),
        (["--exclude", "test_type:parity"], {"user_totals": {"unit", "data"}, "basket": {"unit", "data"}}),
        (
            ["--exclude", "basket,test_type:unit"],
            {"basket": {"data", "parity"}, "user_totals": {"unit", "data", "parity"}},
        ),
        (["-s", "test_type:unit,test_type:data"], {"user_totals": set()}),
        (["-s", "test_type:singular"], {"user_totals": {"data"}}),
    ],
)
def test_test_type_is_a_selector_like_others(
    shop: Shop, recorded: Recorded, arguments: list[str], expected: dict[str, set[str]]
) -> None:
    shop.run("test", *arguments)
    assert {name: recorded.kinds_of(name) for name in expected} == expected


def test_a_test_type_that_does_not_exist_is_a_usage_error(shop: Shop, recorded: Recorded) -> None:
    found = shop.run("test", "-s", "test_type:party")
    assert found.exit_code == 2
    assert "there is no test type 'party'" in found.stdout
    assert "did you mean 'parity'?" in found.stdout
    assert recorded.calls == []


def test_settings_reach_the_tests(shop: Shop, recorded: Recorded) -> None:
    shop.run("test", "--service", "totals_v1", "--seed", "7", "--parity-points", "12")
    assert recorded.calls[0][2] == {"parity_points": 12, "seed": 7, "service": "totals_v1"}
    assert shop.run("test", "--service", "totals").exit_code == 2


@pytest.mark.parametrize(
    ("statuses", "code"), [(["pass", "skip"], 0), (["warn"], 0), (["pass", "fail"], 1), (["error"], 1), ([], 0)]
)
def test_only_failures_and_errors_fail_the_command(
    shop: Shop, recorded: Recorded, statuses: list[str], code: int
) -> None:
    recorded.results = [result(status, name=f"t{number}") for number, status in enumerate(statuses)]
    assert shop.run("test").exit_code == code


def test_a_failure_is_told_with_what_differs(shop: Shop, recorded: Recorded) -> None:
    recorded.results = [result("fail", name="counts", message="1 value differs", detail="a | b\n1 | 2", failures=1)]
    found = shop.run("test")
    assert "Failure in unit test counts (user_totals)\n  1 value differs\n  a | b\n  1 | 2\n" in found.stdout
    assert "Done. PASS=0 WARN=0 ERROR=1 SKIP=0 TOTAL=1" in found.stdout
    (kept,) = shop.json("target/run_results.json")["results"]
    assert kept["unique_id"] == "unit_test.shop.user_totals.counts"
    assert (kept["status"], kept["failures"], kept["detail"]) == ("fail", 1, "a | b\n1 | 2")


def test_a_failure_is_an_object_in_json(shop: Shop, recorded: Recorded) -> None:
    recorded.results = [result("fail", detail="a | b", failures=3)]
    lines = log_lines(shop.run("test", "--log-format", "json").stdout)
    (told,) = [line for line in lines if line["event"] == "test_failed"]
    assert (told["level"], told["name"], told["failures"], told["detail"]) == ("error", "t", 3, "a | b")


def test_the_shop_passes_its_own_tests(shop: Shop) -> None:
    found = shop.ok("test", "--parity-points", "10")
    assert "PASS unit test counts_the_last_day" in found.stdout
    assert "PASS data test" in found.stdout
    assert "PASS parity test parity_checkout_v1" in found.stdout


def test_a_wrong_expectation_fails(shop: Shop) -> None:
    shop.replace("tests/shop.yml", "orders_1d: 1", "orders_1d: 2")
    found = shop.run("test", "-s", "test_type:unit")
    assert found.exit_code == 1
    assert "FAIL unit test counts_the_last_day" in found.stdout
    assert "Failure in unit test counts_the_last_day (user_totals)" in found.stdout


def test_a_singular_test_that_cannot_be_read_says_where(shop: Shop) -> None:
    shop.write("tests/none_missing.sql", "select *\nfrom {{ source('shop', 'orders') }}\nwhere and amount < 0\n")
    shown = shop.run("test", "--select", "test_type:data").stdout
    assert "syntax-error: the SQL cannot be read: " in shown
    assert "--> tests/none_missing.sql:3:" in shown


def test_a_project_file_that_is_no_yaml_is_told_before_its_profile(shop: Shop) -> None:
    shop.write("skewless.yml", "name: [shop\nprofile: shop\n")
    result = shop.run("compile")
    assert result.exit_code == 2
    assert "skewless.yml" in result.output
    assert "has no profile" not in result.output
