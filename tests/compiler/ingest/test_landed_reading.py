"""Landed files are read beside a source's own rows, and each event counts once, wherever and however often it is.

Random event logs over random views, against the evaluator that shares no code with the product. Each row is in the
source's own file, in landed files, or in both; landed rows may be in several files.
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import yaml
from equivalence.test_oracle import EXAMPLES, differences, with_plan
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from reference.case import Case
from reference.render import spine_table, write_data
from reference.specs import Row, SourceSpec
from reference.strategies import cases, render

from skewless.codegen.training.plans import PLANS
from skewless.contract.ir import SourceTable
from skewless.ingest.landing import land
from skewless.serve.server import FeatureServer
from skewless.stores.open import open_store
from skewless.tasks.bundles import bundle_of
from skewless.tasks.load import load_view
from skewless.tasks.source_plans import source_plans
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, Workspace, load_workspace

from .test_deliveries import check, moment_of, typed

_EXAMPLES = settings(EXAMPLES, max_examples=EXAMPLES.max_examples // 2 + 1)
STREAM = {"type": "redis", "url": "redis://nowhere:6379"}


def written(case: Case, root: Path) -> Workspace:
    """The case as a project whose streams are landed, each in a folder of its own."""
    for path, content in render(case).items():
        if path.endswith(".yml") and "sources:" in content:
            content = yaml.safe_dump(_landing(yaml.safe_load(content)), sort_keys=False)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    workspace = load_workspace(Options(project_dir=root), {})
    workspace.check()
    return workspace


def _landing(properties: dict[str, Any]) -> dict[str, Any]:
    for source in properties["sources"]:
        for table in source["tables"]:
            if table.get("primary_key") and not table.get("static"):
                table["stream"] = STREAM | {"land": f"landed/{table['name']}"}
    return properties


@st.composite
def places(draw: st.DrawFn, case: Case) -> tuple[dict[str, tuple[Row, ...]], dict[str, list[list[Row]]]]:
    """The rows that are in each source's own file, and those of each of its landed files."""
    own, landed = dict(case.rows), {}
    for source in case.sources:
        if source.static or not source.primary_key:
            continue
        rows = case.rows[source.name]
        where = draw(st.lists(st.sampled_from(["own", "landed", "both"]), min_size=len(rows), max_size=len(rows)))
        where = [place if can_be_landed(source, row) else "own" for place, row in zip(where, rows, strict=True)]
        own[source.name] = tuple(row for row, place in zip(rows, where, strict=True) if place != "landed")
        found = [row for row, place in zip(rows, where, strict=True) if place != "own"]
        files = draw(st.lists(st.lists(st.sampled_from(found)), max_size=2)) if found else []
        landed[source.name] = [found, *files]
    return own, landed


def can_be_landed(source: SourceSpec, row: Row) -> bool:
    """Whether a stream would take the row."""
    return all(row[name] is not None for name in (*source.primary_key, source.known_at or source.event_time))


@given(cases(), st.data())
@_EXAMPLES
def test_training_sees_every_row_once_wherever_it_is(case: Case, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = _placed(case, Path(folder), data)
        for plan in PLANS:
            if plan.refuses(workspace.view("v")) is not None:
                continue
            with workspace.engine() as engine:
                found = training_set(engine, with_plan(workspace, plan.name), spine_table(case), "ts").to_pylist()
            assert differences(case, found) == [], plan.name


@given(cases(), st.data())
@_EXAMPLES
def test_run_sees_every_row_once_wherever_it_is(case: Case, data: st.DataObject) -> None:
    moments = sorted({moment.at for moment in case.moments if moment.at is not None})
    assume(moments)
    with tempfile.TemporaryDirectory() as folder:
        workspace = _placed(case, Path(folder), data)
        store = open_store(f"sqlite:///{folder}/online.db", project="p")
        with workspace.engine() as engine:
            load_view(engine, store, workspace.view("v"), workspace.versions["v"], moment_of(moments[-1]))
        bundle = bundle_of(workspace.service("svc"), workspace.versions, project="p", store="")
        check(case, FeatureServer(bundle, store), moments[-1])
        store.close()


def _placed(case: Case, root: Path, data: st.DataObject) -> Workspace:
    workspace = written(case, root)
    own, landed = data.draw(places(case), label="places")
    assume(any(rows for files in landed.values() for rows in files))
    note(render(case)["features/v.sql"])
    note("\n".join(f"{name}: {row}" for name, rows in case.rows.items() for row in rows))
    write_data(dataclasses.replace(case, rows=own), root)
    plans = {plan.source: plan for plan in source_plans(workspace, ["v"])}
    for name, files in landed.items():
        source = _named(workspace, name)
        assert source.landed is not None
        for rows in files:
            if source.name in plans:
                land(root / source.landed, plans[source.name], typed(plans[source.name], rows))
    return workspace


def _named(workspace: Workspace, name: str) -> SourceTable:
    return next(one for full, one in workspace.sources.items() if full.rpartition(".")[2] == name)
