"""Training and state on a Spark cluster against an evaluator that shares no code with them, on random event logs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from equivalence.test_known_as_of import cases_and_moments, known_rows, moment
from equivalence.test_oracle import differences, with_plan, write_case
from hypothesis import HealthCheck, given, note, settings
from reference.strategies import Case, cases, render, spine_table

from skewless.codegen.portable import portable_plans
from skewless.dialects.spark import Spark
from skewless.tasks.placed_spine import placed_spine
from skewless.tasks.train import Terms, training_set
from skewless.tasks.workspace import Options, Workspace, load_workspace
from skewless.verify.parity import serve_spine

PROFILES = """\
prop:
  target: cluster
  outputs:
    cluster: {type: spark, master: "local-cluster[2,1,1024]", online: {type: sqlite, path: target/online.db}}
"""
EXAMPLES = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@dataclass(slots=True)
class Seen:
    """How many random views compiled, and how many were refused: a test of refusals would say little."""

    compiled: int = 0
    refused: int = 0

    def check(self) -> None:
        assert self.compiled >= 4 * self.refused, self


def on_spark(case: Case, root: Path, seen: Seen) -> Workspace | None:
    """The case as a project whose target is the cluster; None if it has a part that Spark cannot compute."""
    write_case(case, root)
    (root / "profiles.yml").write_text(PROFILES)
    workspace = load_workspace(Options(project_dir=root), {})
    codes = {fault.code for fault in workspace.diagnostics}
    assert codes <= {"unportable-function"}, workspace.diagnostics
    note(render(case)["features/v.sql"])
    note("\n".join(f"{fault.message} ({fault.help})" for fault in workspace.diagnostics))
    seen.refused += bool(codes)
    seen.compiled += not codes
    return None if codes else workspace


def test_training_agrees_with_the_evaluator_under_every_plan(spark: Any) -> None:
    seen = Seen()

    @given(cases())
    @EXAMPLES
    def check(case: Case) -> None:
        with tempfile.TemporaryDirectory() as folder:
            workspace = on_spark(case, Path(folder), seen)
            if workspace is None:
                return
            for plan in portable_plans(workspace.service("svc").instances[-1], Spark()):
                with workspace.engine() as engine:
                    found = training_set(engine, with_plan(workspace, plan.name), spine_table(case), "ts").to_pylist()
                assert differences(case, found) == [], plan.name

    check()
    seen.check()


def test_known_as_of_agrees_with_the_evaluator_over_the_rows_that_were_known(spark: Any) -> None:
    seen = Seen()

    @given(cases_and_moments())
    @EXAMPLES
    def check(drawn: tuple[Case, int]) -> None:
        case, at = drawn
        with tempfile.TemporaryDirectory() as folder:
            workspace = on_spark(case, Path(folder), seen)
            if workspace is None:
                return
            plan = portable_plans(workspace.service("svc").instances[-1], Spark())[-1]
            with workspace.engine() as engine:
                found = training_set(
                    engine, with_plan(workspace, plan.name), spine_table(case), "ts",
                    terms=Terms(known_as_of=moment(at)),
                ).to_pylist()  # fmt: skip
            assert differences(known_rows(case, at), found) == [], plan.name

    check()
    seen.check()


def test_serving_from_state_made_on_spark_agrees_with_the_evaluator(spark: Any) -> None:
    seen = Seen()

    @given(cases())
    @EXAMPLES
    def check(case: Case) -> None:
        with tempfile.TemporaryDirectory() as folder:
            workspace = on_spark(case, Path(folder), seen)
            if workspace is None:
                return
            service = workspace.service("svc")
            with workspace.engine() as engine, placed_spine(engine, spine_table(case), "ts", service.spine_columns):
                served = serve_spine(engine, service, workspace.versions)
            assert differences(case, [served.get(number, {}) for number in range(len(case.moments))]) == []

    check()
    seen.check()
