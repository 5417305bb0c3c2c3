"""Whether both sides give the same values for the same rows: nothing is measured unless they do."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

from asked import Rows, batches
from processes import Client

Columns = Mapping[str, list[Any]]
_STORED = {name: name for name in ("user_id", "f1", "f2", "f3", "f4", "f5")}
SERVICES = {
    "lookup": ("lookup", _STORED),
    "risk_by_row": ("risk", {**_STORED, **{f"q{number}": f"q{number}" for number in range(10)}}),
    "risk_by_batch": ("risk", {**_STORED, **{f"p{number}": f"q{number}" for number in range(10)}}),
}
"""Feast's services: what ours is called, and which of our columns is which of Feast's."""


class Disagreement(Exception):
    """The sides differ: one of them is wrong, and how fast a wrong value is says nothing."""


def check_clients(ours: Client, feasts: Client) -> int:
    """Asks both clients for the same rows. How many values were compared; raises Disagreement."""
    compared = 0
    for theirs, (name, pairs) in SERVICES.items():
        for rows in _rows_to_check(theirs):
            compared += _compare(
                ours.ask("get", service=name, rows=rows), feasts.ask("get", service=theirs, rows=rows), pairs, theirs
            )
    return compared


def check_servers(ours: str, feasts: str) -> int:
    """The same for both HTTP servers, given by their addresses."""
    compared = 0
    for theirs, (name, pairs) in SERVICES.items():
        for rows in _rows_to_check(theirs):
            compared += _compare(_post(ours, name, rows), _post(feasts, theirs, rows), pairs, theirs)
    return compared


def body(service: str, rows: Rows) -> str:
    """The body of POST /get-online-features."""
    return json.dumps({"feature_service": service, "entities": {name: [row[name] for row in rows] for name in rows[0]}})


def request_fields(service: str) -> dict[str, float]:
    return {} if service == "lookup" else {"amount": 3.0}


def _rows_to_check(service: str) -> list[Rows]:
    """Feast's singleton view computes the first of several rows only."""
    sizes = (1,) if service == "risk_by_row" else (1, 100)
    return [rows for size in sizes for rows in batches(size, **request_fields(service))[:3]]


def _compare(ours: Columns, theirs: Columns, pairs: Mapping[str, str], service: str) -> int:
    for name, own in pairs.items():
        if ours[own] != theirs[name] or None in ours[own]:
            raise Disagreement(f"'{name}' of '{service}': ours {ours[own]}, Feast's {theirs[name]}")
    return sum(len(ours[own]) for own in pairs.values())


def _post(address: str, service: str, rows: Rows) -> Columns:
    request = urllib.request.Request(  # noqa: S310 - our own servers on loopback
        f"{address}/get-online-features", body(service, rows).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        told = json.load(answer)
    names = told["metadata"]["feature_names"]
    return {name: result["values"] for name, result in zip(names, told["results"], strict=True)}
