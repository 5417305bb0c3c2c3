"""A Feast client that does what it is told on standard input, one JSON object a line, with the real `feast` package.

Runs in an environment of its own, where neither skewless nor pytest is.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any

warnings.simplefilter("ignore")

from feast import FeatureService, FeatureStore  # noqa: E402

STATUSES = {0: "INVALID", 1: "PRESENT", 2: "NULL_VALUE", 3: "NOT_FOUND", 4: "OUTSIDE_MAX_AGE"}


def answer(store: FeatureStore, asked: dict[str, Any]) -> dict[str, Any]:
    os.environ.update(asked.get("environment", {}))
    for _ in range(asked.get("times", 1)):
        response = store.get_online_features(
            features=features(store, asked),
            entity_rows=asked["rows"],
            full_feature_names=asked.get("full_feature_names", False),
        )
    names = list(response.proto.metadata.feature_names.val)
    return {
        "values": response.to_dict(),
        "types": {name: sorted({type(one).__name__ for one in column}) for name, column in response.to_dict().items()},
        "statuses": {
            name: [STATUSES[status] for status in result.statuses]
            for name, result in zip(names, response.proto.results, strict=True)
        },
        "event_timestamps": {
            name: [moment.seconds for moment in result.event_timestamps]
            for name, result in zip(names, response.proto.results, strict=True)
        },
    }


def features(store: FeatureStore, asked: dict[str, Any]) -> FeatureService | list[str]:
    if "unregistered_service" in asked:
        return FeatureService(name=asked["unregistered_service"], features=[])
    return store.get_feature_service(asked["service"]) if "service" in asked else asked["features"]


def main() -> None:
    stores: dict[str, FeatureStore] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        folder = asked["repository"]
        try:
            if folder not in stores:
                stores[folder] = FeatureStore(repo_path=folder)
            told = answer(stores[folder], asked)
        except Exception as error:  # noqa: BLE001 - it is what the tests ask for
            told = {"error": type(error).__name__, "module": type(error).__module__, "message": str(error)}
        print(json.dumps(told, default=str), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    sys.stdout = sys.stderr  # what Feast prints is no answer
    main()
