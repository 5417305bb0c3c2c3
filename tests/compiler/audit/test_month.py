"""Troubles of known kinds in a month of flights: each is found, and named for what it is; a clean month has none."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from skewless.audit.audit import Audit, audit
from skewless.audit.logged import Wanted

from .month import DATA, KINDS, SERVICE, Month, serve_month

pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason="the flights are fetched by make target/data/.complete"),
    pytest.mark.slow,
]
MANY = int(os.environ.get("SKEWLESS_REQUESTS", "5000"))
_RATE = 0.03
_SHARE = 0.99
sizes = pytest.mark.parametrize("count", [90, pytest.param(MANY, marks=pytest.mark.month)])


def audited(month: Month) -> Audit:
    workspace = month.project().workspace
    wanted = Wanted(project="flights", service=SERVICE)
    with workspace.engine() as engine:
        return audit(workspace, engine, month.log, wanted, dt.timedelta(hours=4), lambda *_: None)


@sizes
def test_each_trouble_is_found_and_has_its_cause(
    count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    month = serve_month(tmp_path / "flights", count, dict.fromkeys(KINDS, _RATE if count > 1000 else 0.08))
    found = audited(month)
    named = Counter((str(one.row.request_id).partition("/")[0], str(one.cause)) for one in found.findings)
    right = sum(count for (kind, cause), count in named.items() if kind == cause)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{right:,} of {named.total():,} differences have the cause that was planted: {dict(named)}\n"
        )
    assert {kind for kind, _ in named} == set(KINDS)  # and nothing of requests that met no trouble
    assert right >= _SHARE * named.total()
    met = {one.id for one in month.requests if one.kind in ("definition", "late", "lost", "stale")}
    assert len({one.row.request_id for one in found.findings} & met) >= 0.9 * len(met)  # some troubles change nothing
    assert found.rows == count


@sizes
def test_nothing_is_invented_in_a_month_without_trouble(count: int, tmp_path: Path) -> None:
    found = audited(serve_month(tmp_path / "flights", count, {}))
    assert (found.rows, found.values, found.findings) == (count, count * len(found.features), ())


def test_lateness_is_how_far_the_state_was_behind(tmp_path: Path) -> None:
    found = audited(serve_month(tmp_path / "flights", 25, {"late": 0.9}))
    longest = {one.view: one.percentiles[100] for one in found.lateness}
    assert "origin_congestion" in longest
    assert all(dt.timedelta() < lag <= dt.timedelta(minutes=90) for lag in longest.values())
