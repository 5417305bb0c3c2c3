"""Which values may differ in their last digits (semantics, section 4): what adds floating-point numbers, and no other."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from frontend.small_project import compiled_model
from sqlglot import parse_one

from skewless.contract.instances import service_of_view
from skewless.dialects.functions import UNORDERED_AGGREGATES
from skewless.ground.dtypes import DataType
from skewless.verify import parity
from skewless.verify.equality import adds, equal, equal_across, tolerant_outputs

# Of the aggregates that need no order, those that pick, count or combine exactly.
EXACT = frozenset(
    {"bit_and", "bit_or", "bit_xor", "bitstring_agg", "bool_and", "bool_or", "count", "count_if", "count_star",
     "countif", "histogram", "histogram_exact", "mad", "max", "median", "min", "quantile", "quantile_cont",
     "quantile_disc", "regr_count", "sum_no_overflow"}
)  # fmt: skip
ALMOST = 1 + 1e-12


def tolerant(model: str, **others: str) -> set[str]:
    workspace = compiled_model(model, **others)
    return set(tolerant_outputs(service_of_view(workspace.view("v"), workspace.views)))


@pytest.mark.parametrize("name", sorted(UNORDERED_AGGREGATES))
def test_every_aggregate_is_exact_or_adds(name: str) -> None:
    arguments = "x, y" if name.startswith(("regr_", "covar_", "corr")) else "x, 0.5" if "quantile" in name else "x"
    assert adds(parse_one(f"select {name}({arguments}) + 1 from t", dialect="duckdb")) == (name not in EXACT)


def test_floating_sums_are_tolerant_and_what_picks_a_value_is_not() -> None:
    model = """{{ config(entity='user', ttl='1 day') }}
        select user_id, sum(amount) / count(*) as mean, max(amount) as greatest, last(amount) as newest,
            count(*) * 0.5::double as half, sum(amount) > 10 as is_much, round(avg(amount))::bigint as whole,
            [stddev(amount)] as spread
        from {{ source('shop', 'payments') }} group by user_id"""
    assert tolerant(model) == {"mean", "spread"}


def test_a_sum_over_earlier_rows_makes_every_floating_feature_tolerant() -> None:
    model = """{{ config(entity='user', ttl='1 day') }}
        with run as (
            select user_id, payment_id, amount - avg(amount) over (
                partition by user_id order by paid_at, payment_id rows between 3 preceding and current row) as beyond
            from {{ source('shop', 'payments') }})
        select user_id, max(beyond) as greatest, count(*) as payments from run group by user_id"""
    assert tolerant(model) == {"greatest"}


def test_a_request_view_is_as_tolerant_as_what_it_reads() -> None:
    model = """{{ config(entity='user', request={'amount': 'double'}) }}
        select r.amount * 2 as doubled, r.amount / s.mean as ratio, r.amount / s.greatest as share, s.mean > 1 as is_much
        from {{ request() }} as r left join {{ ref('spent') }} as s using (user_id)"""
    spent = """{{ config(entity='user', ttl='1 day') }}
        select user_id, avg(amount) as mean, max(amount) as greatest from {{ source('shop', 'payments') }} group by user_id"""
    assert tolerant(model, spent=spent) == {"ratio"}


@pytest.mark.parametrize(
    ("dtype", "one", "other", "exactly", "nearly"),
    [
        ("double", 1.0, 1.0, True, True),
        ("double", 1.0, ALMOST, False, True),
        ("double", 1.0, 1.001, False, False),
        ("double", float("nan"), float("nan"), True, True),
        ("double", float("nan"), 1.0, False, False),
        ("double", float("inf"), float("inf"), True, True),
        ("double", float("inf"), float("-inf"), False, False),
        ("double", -0.0, 0.0, True, True),
        ("double", None, 0.0, False, False),
        ("double[]", [1.0, None], [ALMOST, None], False, True),
        ("double[]", [1.0], [1.0, 1.0], False, False),
        ("bigint", 10**12, 10**12 + 1, False, False),
        ("varchar", "a", "A", False, False),
    ],
)
def test_equal_values(dtype: str, one: Any, other: Any, exactly: bool, nearly: bool) -> None:
    kind = DataType.parse(dtype)
    assert equal(one, other, kind, is_tolerant=False) == equal(other, one, kind, is_tolerant=False) == exactly
    assert equal(one, other, kind, is_tolerant=True) == equal(other, one, kind, is_tolerant=True) == nearly


@pytest.mark.parametrize(
    ("dtype", "one", "other", "exactly", "nearly"),
    [
        ("double", None, None, True, True),
        ("double", None, 0, False, False),
        ("double", 3, 3.0, True, True),
        ("double", 2**53 + 1, 2.0**53, False, True),
        ("double", 0.1, float(np.float32(0.1)), False, False),
        ("double", 0.5, float(np.float32(0.5)), True, True),
        ("double", float("nan"), 1, False, False),
        ("double", Decimal("0.10"), 0.1, True, True),
        ("double", Decimal("0.10"), 0.1 * ALMOST, False, True),
        ("double", Decimal("0.10"), 0.2, False, False),
        ("double", Decimal("12345678901234567.89"), 12345678901234567.89, False, True),
        ("double", Decimal(2**60), 2.0**60, True, True),
        ("float", Decimal("0.1"), float(np.float32(0.1)), False, False),
        ("decimal(38,2)", Decimal("0.10"), Decimal("0.1"), True, True),
        ("decimal(38,2)", 1, Decimal("1.00"), True, True),
        ("timestamp", dt.date(2026, 1, 1), dt.datetime(2026, 1, 1), True, True),
        ("timestamp", dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, 1), False, False),
        ("double[]", [1, None], [1.0, None], True, True),
        ("double[]", [Decimal("0.1")], [0.1], True, True),
    ],
)
def test_equal_values_of_two_types(dtype: str, one: Any, other: Any, exactly: bool, nearly: bool) -> None:
    kind = DataType.parse(dtype)
    for left, right in ((one, other), (other, one)):
        assert equal_across(left, right, kind, is_tolerant=False) == exactly
        assert equal_across(left, right, kind, is_tolerant=True) == nearly


def test_parity_allows_last_digits_to_sums_only(monkeypatch: pytest.MonkeyPatch) -> None:
    model = """{{ config(entity='user', ttl='1 day') }}
        select user_id, sum(amount) as total, max(amount) as greatest
        from {{ source('shop', 'payments') }} group by user_id"""
    workspace = compiled_model(model)
    service = service_of_view(workspace.view("v"), workspace.views)
    trained = pa.table({"user_id": [1], "at": [dt.datetime(2026, 1, 1)], "total": [1.0], "greatest": [1.0]})
    monkeypatch.setattr(parity, "training_set", lambda *_: trained)
    monkeypatch.setattr(parity, "serve_spine", lambda *_, **__: {0: {"total": ALMOST, "greatest": ALMOST}})
    engine = SimpleNamespace(dialect="duckdb")
    found = parity.compare_paths(engine, service, {}, trained, "at")  # type: ignore[arg-type]
    assert [one.feature for one in found.mismatches] == ["greatest"]


def test_results_of_mathematics_libraries_are_tolerant_on_another_engine() -> None:
    model = """{{ config(entity='user', ttl='1 day') }}
        select user_id, ln(amount) + 1 as logarithm, amount + 1 as more from {{ source('shop', 'payments') }}"""
    workspace = compiled_model(model.replace("payments", "reports").replace("amount", "score"))
    service = service_of_view(workspace.view("v"), workspace.views)
    assert tolerant_outputs(service) == frozenset()
    assert tolerant_outputs(service, "spark") == {"logarithm"}
