"""Training and serving against an evaluator that shares no code with them, on random event logs."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from reference.strategies import (
    Case,
    cases,
    compare,
    expected_rows,
    expected_statuses,
    order_sensitive_features,
    render,
    spine_table,
    write_data,
)
from stores.redis_server import RedisServer

from skewless.codegen.training.plans import PLANS
from skewless.ground.errors import CompileError
from skewless.serve.server import FeatureServer
from skewless.stores.open import open_store
from skewless.stores.store import OnlineStore
from skewless.tasks.bundles import bundle_of
from skewless.tasks.load import load_view
from skewless.tasks.spine import load_spine
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, Workspace, load_workspace
from skewless.verify.parity import serve_spine

EXAMPLES = settings(
    max_examples=int(os.environ.get("SKEWLESS_CASES", "80")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""More of them: `make cases`."""


def write_case(case: Case, root: Path) -> None:
    """The case as a project on disk."""
    for path, content in render(case).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    write_data(case, root)


def written(case: Case, root: Path) -> Workspace:
    """The case as a project on disk, compiled."""
    write_case(case, root)
    workspace = load_workspace(Options(project_dir=root), {})
    try:
        workspace.check()
    except CompileError as error:
        note("\n".join(str(one) for one in error.diagnostics))
        raise
    return workspace


def differences(case: Case, actual: list[dict[str, Any]]) -> list[str]:
    """What differs from the evaluator, said for a person."""
    inexact = order_sensitive_features(case)
    return [
        f"row {number}: {name}: expected {value!r}, got {row[name]!r}"
        for number, (row, expected) in enumerate(zip(actual, expected_rows(case), strict=True))
        for name, value in expected.items()
        if name in row and name != "ts" and not compare(row[name], value, name in inexact)
    ]


@given(cases())
@EXAMPLES
def test_training_agrees_with_the_evaluator_under_every_plan(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = written(case, Path(folder))
        note(render(case)["features/v.sql"])
        note("\n".join(f"{name}: {row}" for name, rows in case.rows.items() for row in rows))
        for plan in PLANS:
            if plan.refuses(workspace.view("v")) is not None:
                continue
            with workspace.engine() as engine:
                found = training_set(engine, with_plan(workspace, plan.name), spine_table(case), "ts").to_pylist()
            assert differences(case, found) == [], plan.name


def with_plan(workspace: Workspace, name: str) -> Any:
    """The service, its views computed by the named plan."""
    service = workspace.service("svc")
    planned = {
        one.name: dataclasses.replace(one, view=dataclasses.replace(one.view, plan=name)) for one in service.instances
    }
    return dataclasses.replace(
        service,
        instances=tuple(planned.values()),
        outputs=tuple(dataclasses.replace(one, instance=planned[one.instance.name]) for one in service.outputs),
    )


@given(cases())
@EXAMPLES
def test_serving_agrees_with_the_evaluator(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = written(case, Path(folder))
        note(render(case)["features/v.sql"])
        note("\n".join(f"{name}: {row}" for name, rows in case.rows.items() for row in rows))
        service = workspace.service("svc")
        with workspace.engine() as engine:
            load_spine(engine, spine_table(case), "ts", service.spine_columns)
            served = serve_spine(engine, service, workspace.versions)
        rows = [served.get(number, {}) for number in range(len(case.moments))]
        assert differences(case, rows) == []


@given(cases())
@EXAMPLES
def test_state_loaded_by_run_answers_at_its_moment_and_after(redis_server: RedisServer, case: Case) -> None:
    """The state of each moment, in every store: values and statuses."""
    moments = sorted({moment.at for moment in case.moments if moment.at is not None})
    if not moments:
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = written(case, Path(folder))
        note(render(case)["features/v.sql"])
        note("\n".join(f"{name}: {row}" for name, rows in case.rows.items() for row in rows))
        files = [(at, f"sqlite:///{folder}/{at}.db") for at in moments[:3]]
        for at, address in [*files, (moments[-1], f"{redis_server.url}?prefix=oracle")]:
            store = open_store(address, project="p")
            _check_run(case, workspace, at, store)
            store.drop([workspace.versions["v"]])
            store.close()


def _check_run(case: Case, workspace: Workspace, at: int, store: OnlineStore) -> None:
    view, service = workspace.view("v"), workspace.service("svc")
    with workspace.engine() as engine:
        load_view(engine, store, view, workspace.versions["v"], _moment(at))
    server = FeatureServer(bundle_of(service, workspace.versions, project="p", store=""), store)
    now = [moment for moment in case.moments if moment.at == at]
    here = dataclasses.replace(case, moments=tuple(now))
    keys = [dict(zip(case.view.keys, moment.key, strict=True)) for moment in now]
    vector = server.get(keys, as_of=_moment(at))
    found = [{name: vector.values[name][row] for name in vector.names} for row in range(len(now))]
    assert differences(here, found) == []
    statuses = [{name: vector.statuses[name][row] for name in vector.names} for row in range(len(now))]
    assert statuses == expected_statuses(here)


def _moment(at: int) -> Any:
    import datetime as dt

    return dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=at)
