"""Values that cannot be computed: served ones are counted apart, and none of them keeps the others from being audited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .shop import Shop, sale

ASKED = (
    "{{ config(entity='e', request={'price': 'double'}) }} select r.price / v.amount_6h as share, "
    "cast(r.price * 1000000000 as integer) as cents, cast(v.n * 3000000000 as integer) as large "
    "from {{ request() }} as r left join {{ ref('spent') }} as v using (k)"
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop")
    (shop.folder / "features" / "asked.sql").write_text(ASKED)
    return shop


def test_what_could_not_be_served_is_not_computed_either(shop: Shop) -> None:
    shop.holds(sale(1, -3))
    shop.serve()
    result = shop.audit()
    assert result.exit_code == 0, result.stderr
    assert "All 7 values are those of training; 2 could not be served." in result.stdout


def test_other_values_of_its_request_have_their_causes(shop: Shop) -> None:
    shop.holds(sale(1, -3))
    shop.serve()
    shop.holds(sale(1, -3), sale(2, -0.5))
    assert shop.causes() == dict.fromkeys(
        ("n", "newest", "amount_6h", "latest_id", "latest_amount", "ids", "share"), "late"
    )


def test_rows_with_and_without_such_values_are_counted_together(shop: Shop) -> None:
    """An entity without rows has a count of 0, and 0 fits."""
    shop.holds()
    shop.serve()
    shop.holds(sale(1, 1))
    shop.serve(loaded=2, asked=2)
    found = json.loads(shop.audit("--output", "json").stdout)
    assert (found["rows"], found["values"], found["differ"], found["invalid"]) == (2, 15, 0, 3)
    assert {one["name"]: one["values"] for one in found["features"]} == {
        "n": 2, "amount_6h": 2, "newest": 2, "latest_id": 2, "latest_amount": 2, "ids": 2, "share": 2, "cents": 0,
        "large": 1,
    }  # fmt: skip


def test_a_service_of_which_nothing_could_be_served_is_audited(shop: Shop) -> None:
    path = shop.folder / "features" / "asked.sql"
    path.write_text(ASKED.replace("r.price / v.amount_6h as share, ", ""))
    shop.holds(sale(1, -3))
    shop.serve(service="passed_on")
    result = shop.audit(service="passed_on")
    assert result.exit_code == 0, result.stderr
    assert "There is no value to compare; 2 could not be served." in result.stdout


def test_a_case_that_overflows_is_not_what_was_served(shop: Shop) -> None:
    """Each of two rows alone is more than the type holds."""
    path = shop.folder / "features" / "spent.sql"
    path.write_text(path.read_text().replace("select k,", "select k, cast(sum(amount) as integer) as whole,"))
    path.write_text(path.read_text().replace("sum(amount) as", "sum(amount) filter (where {{ last('6 hours') }}) as"))
    shop.holds(sale(1, -3, amount=3e9), sale(2, -2, amount=-3e9))
    shop.serve()
    shop.holds(sale(1, -3, amount=3e9), sale(2, -2, amount=-3e9), sale(3, -1, amount=10))
    assert {name: cause for name, cause in shop.causes().items() if name in ("whole", "amount_6h", "share")} == {
        "whole": "late", "amount_6h": "late", "share": "late",
    }  # fmt: skip
