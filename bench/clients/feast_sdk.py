"""Feast's SDK in a process of its own, in Feast's interpreter and beside its `feature_store.yaml`; see `told.py`.

{"do": "get", "service": "lookup", "rows": [{"user_id": 7}]}                   the values
{"do": "measure", "service": "lookup", "batches": [[{"user_id": 7}]], "times": 50}    nanoseconds of each call
"""

from __future__ import annotations

import warnings
from typing import Any

warnings.simplefilter("ignore")

from feast import FeatureStore  # noqa: E402
from told import do_as_told, nanoseconds  # noqa: E402

Rows = list[dict[str, Any]]


def main() -> None:
    store = FeatureStore(".")
    services = {name: store.get_feature_service(name) for name in ("lookup", "risk_by_row", "risk_by_batch")}

    def get(service: str, rows: Rows) -> dict[str, list[Any]]:
        return store.get_online_features(features=services[service], entity_rows=rows).to_dict()

    def measure(service: str, batches: list[Rows], times: int) -> list[int]:
        found = services[service]
        return nanoseconds(
            lambda rows: store.get_online_features(features=found, entity_rows=rows).to_dict(), batches, times
        )

    do_as_told({"get": get, "measure": measure})


if __name__ == "__main__":
    main()
