"""What `bench/serving.py` has as a project, written for Feast as its users write it."""

from __future__ import annotations

import os
from typing import Any

from feast import Entity, FeatureService, FeatureView, Field, FileSource, RequestSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Float64, Int64, String
from feast.value_type import ValueType

user = Entity(name="user", join_keys=["user_id"], value_type=ValueType.INT64)
profile = FeatureView(
    name="profile",
    entities=[user],
    schema=[
        Field(name="user_id", dtype=Int64),
        Field(name="f1", dtype=Float64),
        Field(name="f2", dtype=Float64),
        Field(name="f3", dtype=Int64),
        Field(name="f4", dtype=String),
        Field(name="f5", dtype=Float64),
    ],
    source=FileSource(name="events", path=os.environ["BENCH_EVENTS"], timestamp_field="ts"),
)
request = RequestSource(name="request", schema=[Field(name="amount", dtype=Float64)])


@on_demand_feature_view(
    sources=[profile, request],
    schema=[Field(name=f"q{number}", dtype=Float64) for number in range(10)],
    mode="python",
    singleton=True,
)
def risk_by_row(inputs: dict[str, Any]) -> dict[str, Any]:
    """For requests of one row: of several, Feast 0.67 computes the first and returns one value."""
    return {f"q{number}": inputs["amount"] * number / inputs["f1"] for number in range(10)}


@on_demand_feature_view(
    sources=[profile, request],
    schema=[Field(name=f"p{number}", dtype=Float64) for number in range(10)],
    mode="python",
)
def risk_by_batch(inputs: dict[str, Any]) -> dict[str, Any]:
    pairs = list(zip(inputs["amount"], inputs["f1"]))  # noqa: B905 - as Feast's users write it
    return {f"p{number}": [amount * number / f1 for amount, f1 in pairs] for number in range(10)}


lookup = FeatureService(name="lookup", features=[profile])
by_row = FeatureService(name="risk_by_row", features=[profile, risk_by_row])
by_batch = FeatureService(name="risk_by_batch", features=[profile, risk_by_batch])
