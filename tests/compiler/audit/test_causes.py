"""One request, one trouble: the cause that an audit gives it, and what it says of what it cannot audit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from skewless.serve.vector import Vector

from .shop import Shop, sale


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def test_what_was_served_well_does_not_differ(shop: Shop) -> None:
    shop.holds(sale(1, -3), sale(2, -1))
    shop.serve()
    assert shop.causes() == {}


def test_the_newest_row_came_late(shop: Shop) -> None:
    shop.holds(sale(1, -3))
    shop.serve()
    shop.holds(sale(1, -3), sale(2, -0.5))
    assert set(shop.causes().values()) == {"late"}


def test_a_row_came_late_while_a_newer_one_did_not(shop: Shop) -> None:
    shop.holds(sale(1, -3), sale(3, -0.5))
    shop.serve()
    shop.holds(sale(1, -3), sale(2, -1), sale(3, -0.5))
    assert shop.causes() == {"n": "late", "amount_6h": "late", "ids": "late", "share": "late"}


def test_a_row_was_served_before_the_source_says_it_was_known(shop: Shop) -> None:
    shop.holds(sale(1, -3), sale(2, -0.5))
    shop.serve()
    shop.holds(sale(1, -3), sale(2, -0.5, known=2))
    assert set(shop.causes().values()) == {"late"}


def test_a_correction_had_not_come(shop: Shop) -> None:
    shop.holds(sale(1, -3), sale(2, -1))
    shop.serve()
    shop.holds(sale(1, -3), sale(2, -1), sale(2, -1, known=-0.5, amount=99.0))
    assert shop.causes() == {"amount_6h": "correction", "latest_amount": "correction", "share": "correction"}


def test_a_retraction_had_not_come(shop: Shop) -> None:
    shop.holds(sale(1, -3), sale(2, -1.5))
    shop.serve()
    shop.holds(sale(1, -3), sale(2, -1.5), sale(2, -1.5, known=-0.5, gone=True))
    assert set(shop.causes().values()) == {"correction"}


def test_rows_of_one_time_were_in_another_order(shop: Shop) -> None:
    shop.holds(sale(1, -1, rank=2), sale(2, -1, rank=1))
    shop.serve()
    shop.holds(sale(1, -1, rank=1), sale(2, -1, rank=2))
    assert shop.causes() == {"latest_id": "tie", "ids": "tie"}


def test_a_row_was_served_after_its_ttl(shop: Shop) -> None:
    shop.holds(sale(1, -3))

    def kept(vector: Vector) -> Vector:
        return replace(vector, values={**vector.values, "latest_id": [1], "latest_amount": [10.0]})

    shop.serve(change=kept)
    assert shop.causes() == {"latest_id": "ttl", "latest_amount": "ttl"}


def test_old_rows_were_dropped_too_soon(shop: Shop) -> None:
    shop.holds(sale(2, -1))
    shop.serve()
    shop.holds(sale(1, -5, known=-40), sale(2, -1, known=-40))
    assert shop.causes() == {"n": "ttl", "amount_6h": "ttl", "ids": "ttl", "share": "ttl"}


def test_the_state_of_an_entity_was_lost(shop: Shop) -> None:
    shop.holds()
    shop.serve()
    shop.holds(sale(1, -1, known=-40), sale(2, -0.5, known=-40))
    assert set(shop.causes().values()) == {"lost"}


def test_a_row_is_gone_from_the_source(shop: Shop) -> None:
    shop.holds(sale(1, -3), sale(2, -1))
    shop.serve()
    shop.holds(sale(1, -3))
    assert {name: cause for name, cause in shop.causes().items() if name != "share"} == {
        "n": "source", "newest": "source", "amount_6h": "source", "latest_id": "source", "latest_amount": "source",
        "ids": "source",
    }  # fmt: skip


@pytest.mark.parametrize("overwritten", [1, 2])
def test_a_row_that_was_overwritten_in_place_proves_nothing(shop: Shop, overwritten: int) -> None:
    """Neither an older row nor the newest: any amount can be had by supposing another one in some row."""
    rows = {1: sale(1, -3, known=-40), 2: sale(2, -1, known=-40)}
    shop.holds(*rows.values())
    shop.serve()
    rows[overwritten] = {**rows[overwritten], "amount": 77.0}
    shop.holds(*rows.values())
    assert shop.causes()["amount_6h"] == "unexplained"
    assert "a row overwritten in place would look like this" in shop.audit().stdout


def test_a_view_has_another_definition_now(shop: Shop) -> None:
    shop.holds(sale(1, -3), sale(2, -1))
    shop.serve()
    path = shop.folder / "features" / "spent.sql"
    path.write_text(path.read_text().replace("6 hours", "2 hours"))
    assert shop.causes() == {"n": "definition", "amount_6h": "definition", "share": "definition"}


def test_a_request_view_has_another_definition_now(shop: Shop) -> None:
    shop.holds(sale(1, -3))
    shop.serve()
    path = shop.folder / "features" / "asked.sql"
    path.write_text(path.read_text().replace("r.price /", "2 * r.price /"))
    assert shop.causes() == {"share": "definition"}


def test_a_request_field_has_another_type_now(shop: Shop) -> None:
    """What is logged is read in the type of now."""
    shop.holds(sale(1, -3))
    shop.serve()
    path = shop.folder / "features" / "asked.sql"
    path.write_text(path.read_text().replace("'price': 'double'", "'price': 'decimal(4,1)'"))
    shop.holds(sale(1, -3), sale(2, -0.5))
    assert shop.causes()["share"] == "late"


def test_a_key_that_cannot_be_of_its_new_type_is_an_error(shop: Shop) -> None:
    path = shop.folder / "features" / "asked.sql"
    path.write_text(path.read_text().replace("'price': 'double'", "'price': 'varchar'").replace("r.price /", "1 /"))
    shop.holds(sale(1, -3))
    shop.serve(price="much")
    path.write_text(path.read_text().replace("'price': 'varchar'", "'price': 'double'"))
    result = shop.audit()
    assert result.exit_code == 2
    assert "'price' is DOUBLE now, and 'svc@" in result.stderr
    assert "was asked with VARCHAR" in result.stderr


@pytest.mark.parametrize(("exact", "cut"), [(12.345678901, 12.35), (1 / 3, 0.3333333432674408), (1234.5, 1234.0)])
def test_a_number_was_cut(shop: Shop, exact: float, cut: float) -> None:
    shop.holds(sale(1, -1, amount=exact))
    shop.serve(change=lambda vector: replace(vector, values={**vector.values, "amount_6h": [cut]}))
    assert shop.causes() == {"amount_6h": "rounding"}


def test_a_refreshed_view_was_not_computed_at_its_tick(shop: Shop) -> None:
    path = shop.folder / "features" / "spent.sql"
    path.write_text(path.read_text().replace("entity='e'", "entity='e', refresh='1 hour'"))
    shop.holds(sale(1, -4), sale(2, -1.5))
    shop.serve(loaded=-2, asked=-0.5)
    assert set(shop.causes().items()) >= {("n", "stale"), ("amount_6h", "stale"), ("share", "stale")}


def test_what_only_a_request_view_shows_is_explained_through_what_it_reads(shop: Shop) -> None:
    shop.holds(sale(1, -3))
    shop.serve(service="passed_on")
    shop.holds(sale(1, -3), sale(2, -0.5))
    result = shop.audit("--output", "json", service="passed_on")
    [found] = json.loads(result.stdout)["examples"]
    assert (found["feature"], found["cause"], found["through"]) == ("share", "late", "spent")
    assert found["rows"][0]["event_time"] == "2026-06-12T11:30:00Z"


def test_what_nothing_explains_is_exit_code_1(shop: Shop) -> None:
    shop.holds(sale(1, -3), sale(2, -1))
    shop.serve(change=lambda vector: replace(vector, values={**vector.values, "amount_6h": [777.0]}))
    result = shop.audit()
    assert result.exit_code == 1
    assert "amount_6h of k = 1, price = 5.0 as of 2026-06-12 12:00:00" in result.stdout
    assert "served 777.0 (PRESENT), training has 20.0" in result.stdout


def test_text_counts_by_cause_and_by_feature(shop: Shop) -> None:
    shop.holds(sale(1, -3))
    shop.serve()
    shop.holds(sale(1, -3), sale(2, -0.5))
    result = shop.audit()
    assert result.exit_code == 0
    assert "7 of 7 values differ (100.00%)." in result.stdout
    assert "late data: rows that were not there when they were said to be known       7     1" in result.stdout
    assert "row event_time = 2026-06-12 11:30:00, known_at = 2026-06-12 11:30:00" in result.stdout


def test_values_that_could_not_be_served_are_counted_apart(shop: Shop) -> None:
    shop.holds(sale(1, -1))

    def failed(vector: Vector) -> Vector:
        return replace(vector, errors={"amount_6h": {0: "overflow"}}, values={**vector.values, "amount_6h": [None]})

    shop.serve(change=failed)
    result = shop.audit()
    assert (result.exit_code, "1 could not be served" in result.stdout) == (0, True)


def test_a_feature_that_the_service_has_no_more_is_told(shop: Shop) -> None:
    shop.holds(sale(1, -1))
    shop.serve()
    path = shop.folder / "features" / "p.yml"
    path.write_text(path.read_text().replace("[spent, latest, listed, asked]", "[spent, latest, asked]"))
    result = shop.audit()
    assert result.exit_code == 0
    assert "'ids' was logged, and the service has it no more" in result.stderr


def test_a_sample_is_drawn_and_a_span_is_kept_to(shop: Shop) -> None:
    shop.holds(sale(1, -5))
    for hours in (0, 1, 2):
        shop.serve(loaded=hours, asked=hours)
    assert json.loads(shop.audit("--sample", "2", "--output", "json").stdout)["rows"] == 2
    spans = [("--since", "2026-06-12T13:00:00Z"), ("--until", "2026-06-12T13:00:00Z")]
    assert [json.loads(shop.audit(*span, "--output", "json").stdout)["rows"] for span in spans] == [2, 1]


def test_a_span_without_rows_is_an_error(shop: Shop) -> None:
    """A mistyped date must not pass for an audit that found nothing."""
    shop.holds(sale(1, -5))
    shop.serve()
    result = shop.audit("--since", "2027-01-01T00:00:00Z")
    assert result.exit_code not in (0, 1)
    assert "has no row of 'svc' in this span, so nothing was compared" in result.stderr


def test_a_late_row_is_found_among_many_that_became_known_after_it(shop: Shop) -> None:
    others = [sale(number, -1 + number / 1000) for number in range(2, 202)]
    shop.holds(*others)
    shop.serve()
    shop.holds(sale(1, -1.5), *others)
    assert shop.causes() == {"n": "late", "amount_6h": "late", "ids": "late", "share": "late"}


@pytest.mark.parametrize(
    ("prepare", "options", "said"),
    [
        (lambda _: None, [], "there is no serving log: "),
        (lambda shop: (shop.folder / "served").mkdir(), [], "has nothing of the service 'svc' of the project 'p'"),
        (lambda shop: shop.serve(service="passed_on"), [], "it has rows of: passed_on"),
        (lambda shop: _broken(shop), [], "is no file of a serving log"),
        (lambda shop: shop.serve(), ["--most-late", "1 month"], "--most-late: "),
        (lambda shop: shop.serve(), ["--service", "swc"], "there is no service 'swc'"),
        (lambda shop: shop.serve(), ["--since", "noon"], "--since: 'noon' is no moment"),
    ],
)
def test_what_cannot_be_audited_is_said(shop: Shop, prepare: Any, options: list[str], said: str) -> None:
    shop.holds(sale(1, -1))
    prepare(shop)
    result = shop.audit(*options)
    assert result.exit_code == 2
    assert said in result.stderr


def _broken(shop: Shop) -> None:
    shop.serve()
    shop.log.close()
    [file] = (shop.folder / "served").rglob("*.parquet")
    file.write_bytes(b"nothing")
