"""Feast's SDK in a process of its own: does what it is told on standard input, one JSON object a line.

    {"do": "get", "service": "lookup", "rows": 2}                    the values, to be compared with ours
    {"do": "measure", "service": "lookup", "rows": 100, "times": 50} nanoseconds of each call

So a parent can measure a little here and a little there in turn, and drifts of the machine meet both alike.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

warnings.simplefilter("ignore")

from feast import FeatureService, FeatureStore  # noqa: E402


def entity_rows(service: str, count: int) -> list[dict[str, Any]]:
    """The same rows as `bench/serving.py` asks for."""
    extra = {} if service == "lookup" else {"amount": 3.0}
    return [{"user_id": number * 7, **extra} for number in range(count)]


def nanoseconds(store: FeatureStore, service: FeatureService, rows: list[dict[str, Any]], times: int) -> list[int]:
    found = []
    for _ in range(times):
        begun = time.perf_counter_ns()
        store.get_online_features(features=service, entity_rows=rows).to_dict()
        found.append(time.perf_counter_ns() - begun)
    return found


def main() -> None:
    store = FeatureStore(".")
    services = {name: store.get_feature_service(name) for name in ("lookup", "risk_by_row", "risk_by_batch")}
    for line in sys.stdin:
        told = json.loads(line)
        service, rows = services[told["service"]], entity_rows(told["service"], told["rows"])
        if told["do"] == "get":
            answer: Any = store.get_online_features(features=service, entity_rows=rows).to_dict()
        else:
            answer = nanoseconds(store, service, rows, told["times"])
        print(json.dumps(answer), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    sys.stdout = sys.stderr  # what Feast prints is no answer
    main()
