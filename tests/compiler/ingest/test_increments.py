"""A state that is brought up again and again answers as one that is loaded anew: every kind of view, random logs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from equivalence.test_oracle import written
from hypothesis import assume, given, note
from hypothesis import strategies as st
from reference.case import Case
from reference.strategies import cases, render
from stores.redis_server import RedisServer

from skewless.ground.moments import moment_of
from skewless.serve.server import FeatureServer
from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore
from skewless.tasks.bundles import bundle_of
from skewless.tasks.load import bring_up
from skewless.tasks.workspace import Workspace

from .test_deliveries import EXAMPLES, check, tiles_of_size


@given(cases(), st.data())
@EXAMPLES
def test_increments_leave_the_state_that_training_would_see(
    redis_server: RedisServer, case: Case, data: st.DataObject
) -> None:
    moments = sorted({moment.at for moment in case.moments if moment.at is not None})
    assume(moments)
    with tempfile.TemporaryDirectory() as folder:
        workspace = written(case, Path(folder))
        note(render(case)["features/v.sql"])
        note("\n".join(f"{name}: {row}" for name, rows in case.rows.items() for row in rows))
        address = data.draw(
            st.sampled_from([f"sqlite:///{folder}/online.db", f"{redis_server.url}?prefix=increments"]), label="store"
        )
        store = open_store(address, project="p")
        runs = data.draw(st.lists(st.sampled_from(moments), min_size=1), label="runs")
        try:
            with tiles_of_size(data.draw(st.sampled_from([1, 2, 1_000]), label="events a tile")):
                _bring_up(case, workspace, store, runs)
        finally:
            store.drop([workspace.versions["v"]])
            store.close()


def _bring_up(case: Case, workspace: Workspace, store: OnlineStore, runs: list[int]) -> None:
    """Runs at moments in ascending order; after each, it and all later moments are asked for."""
    server = FeatureServer(bundle_of(workspace.service("svc"), workspace.versions, project="p", store=""), store)
    for at in sorted(runs):
        with workspace.engine() as engine:
            bring_up(engine, store, workspace.view("v"), workspace.versions["v"], moment_of(at))
        check(case, server, at)
