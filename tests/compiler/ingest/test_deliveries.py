"""Whatever the order, the batches and the repetitions in which rows come, the state answers as training does.

Random event logs over random views, against the evaluator that shares no code with the product. A part of the rows may
be there when the state is loaded; all of them are delivered afterwards.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
from equivalence.test_oracle import differences, written
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from reference.case import Case, expected_statuses
from reference.specs import LatestView, Row
from reference.strategies import cases, render
from stores.redis_server import RedisServer

from skewless.codegen.state import why_not_by_row
from skewless.codegen.written import written_view
from skewless.contract.arrow import arrow_type
from skewless.contract.source_plan import SourcePlan
from skewless.ground.dtypes import DataType
from skewless.ground.moments import moment_of
from skewless.ingest import tiles
from skewless.ingest.view_writer import ViewWriter
from skewless.ingest.writer import SourceWriter
from skewless.serve.server import FeatureServer
from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore
from skewless.tasks.bundles import bundle_of
from skewless.tasks.load import load_view
from skewless.tasks.source_plans import source_plans
from skewless.tasks.workspace import Workspace

EXAMPLES = settings(
    max_examples=int(os.environ.get("SKEWLESS_DELIVERIES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def typed(plan: SourcePlan, rows: list[Row]) -> pa.Table:
    """Rows of a case as the write path takes them."""
    columns = {one.name: arrow_type(DataType.parse(one.type)) for one in plan.columns}
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in columns.items()})


@contextmanager
def tiles_of_size(events: int) -> Iterator[None]:
    """Tiles of so few events that the logs of cases make some."""
    with mock.patch.multiple(tiles, TILE=events, MOST=2 * events):
        yield


@st.composite
def deliveries(draw: st.DrawFn, rows: dict[str, tuple[Row, ...]]) -> list[tuple[str, list[Row]]]:
    """Batches of each source's rows: all of them, in any order, some more than once."""
    every = [(name, row) for name, own in rows.items() for row in own]
    again = draw(st.lists(st.sampled_from(every), max_size=4)) if every else []
    order = draw(st.permutations([*every, *again]))
    batches: list[tuple[str, list[Row]]] = []
    for name, row in order:
        if batches and batches[-1][0] == name and draw(st.booleans()):
            batches[-1][1].append(row)
        else:
            batches.append((name, [row]))
    return batches


@given(cases(), st.data())
@EXAMPLES
def test_any_delivery_leaves_the_state_that_training_would_see(
    redis_server: RedisServer, case: Case, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = written(case, Path(folder))
        assume(why_not_by_row(workspace.view("v")) is None)
        note(render(case)["features/v.sql"])
        note("\n".join(f"{name}: {row}" for name, rows in case.rows.items() for row in rows))
        address = data.draw(
            st.sampled_from([f"sqlite:///{folder}/online.db", f"{redis_server.url}?prefix=deliveries"]), label="store"
        )
        store = open_store(address, project="p")
        try:
            with tiles_of_size(data.draw(st.sampled_from([1, 2, 1_000]), label="events a tile")):
                _deliver(case, workspace, store, data)
        finally:
            store.drop([workspace.versions["v"]])
            store.close()


def _deliver(case: Case, workspace: Workspace, store: OnlineStore, data: st.DataObject) -> None:
    moments = sorted({moment.at for moment in case.moments if moment.at is not None})
    assume(moments)
    view, version = workspace.view("v"), workspace.versions["v"]
    since = data.draw(st.sampled_from([0, *moments]), label="loaded as of")
    with workspace.engine() as engine:
        load_view(engine, store, view, version, moment_of(since))
    writers = {plan.source: SourceWriter(plan, store) for plan in source_plans(workspace, ["v"])}
    timed = {one.name: case.rows[one.name] for one in case.sources if not one.static}
    sources = {name.rpartition(".")[2]: writer for name, writer in writers.items()}
    for name, rows in data.draw(deliveries(timed), label="deliveries"):
        written_ = sources[name].write(typed(sources[name].plan, rows))
        assert written_.rejected == ()
        if data.draw(st.integers(0, 3), label="advances") == 0:
            since = max(since, data.draw(st.sampled_from(moments), label="to"))
            store.advance(version, since)
        if data.draw(st.integers(0, 5), label="sweeps") == 0:
            ViewWriter(written_view(view, version)).sweep(store)
    server = FeatureServer(bundle_of(workspace.service("svc"), workspace.versions, project="p", store=""), store)
    for at in [at for at in moments if at >= since]:
        check(case, server, at)


def check(case: Case, server: FeatureServer, at: int) -> None:
    here = dataclasses.replace(case, moments=tuple(moment for moment in case.moments if moment.at == at))
    keys = [dict(zip(case.view.keys, moment.key, strict=True)) for moment in here.moments]
    vector = server.get(keys, as_of=dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=at))
    found: list[dict[str, Any]] = [
        {name: vector.values[name][row] for name in vector.names} for row in range(len(keys))
    ]
    assert differences(here, found) == []
    statuses = [{name: str(vector.statuses[name][row]) for name in vector.names} for row in range(len(keys))]
    assert told(case, statuses) == told(case, expected_statuses(here))


def told(case: Case, statuses: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Statuses, without one distinction: a retraction leaves nothing of rows older than the ttl (explanation/state)."""
    view = case.view
    may_be_retracted = any(not one.static and not one.append_only for one in case.sources)
    dropped = may_be_retracted and isinstance(view, LatestView) and view.ttl is not None
    alike = {"OUTSIDE_MAX_AGE": "NOT_FOUND"} if dropped else {}
    return [{name: alike.get(str(one), str(one)) for name, one in row.items()} for row in statuses]
