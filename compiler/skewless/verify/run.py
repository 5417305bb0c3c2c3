"""The tests of a selection, in order: data, unit, parity."""

from __future__ import annotations

import time
from collections.abc import Iterator

from skewless.ground.errors import SkewlessError
from skewless.tasks.progress import Progress, Silent
from skewless.tasks.workspace import Workspace
from skewless.verify.data import DataTests
from skewless.verify.parity import Mismatch, compare_paths
from skewless.verify.result import Kind, TestResult
from skewless.verify.sampling import TIMESTAMP_COLUMN, sampled_spine
from skewless.verify.tables import show
from skewless.verify.unit import run_unit_test

KINDS: tuple[Kind, ...] = ("data", "unit", "parity")
_SHOWN = 10


def run_tests(
    workspace: Workspace,
    names: frozenset[str],
    kinds: frozenset[Kind],
    progress: Progress | None = None,
    *,
    parity_points: int = 200,
    seed: int = 0,
    service: str | None = None,
) -> tuple[TestResult, ...]:
    """Every test of the named sources, views and services. Differences are results, not exceptions.

    Parity is tested of every service that reads a named view, or of the one `service`, at `parity_points` moments.
    """
    watch = progress or Silent()
    results: list[TestResult] = []
    for result in _results(workspace, names, kinds, parity_points, seed, service):
        results.append(result)
        what = f"{result.kind} {result.name}" + (f": {result.message}" if result.kind == "parity" else "")
        watch.finished(len(results), 0, what, seconds=result.seconds, detail=result.status)
    return tuple(results)


def _results(
    workspace: Workspace,
    names: frozenset[str],
    kinds: frozenset[Kind],
    points: int,
    seed: int,
    service: str | None,
) -> Iterator[TestResult]:
    if "data" in kinds:
        with workspace.engine() as engine:
            yield from DataTests(workspace, engine, seed).run(names)
    if "unit" in kinds:
        for test in workspace.files.unit_tests:
            if test.model in names:
                yield run_unit_test(workspace, test)
    if "parity" in kinds:
        for name, plan in workspace.services.items():
            reads = {instance.view.name for instance in plan.instances} | {name}
            if service == name or (service is None and reads & names):
                yield _parity(workspace, name, points, seed)


def _parity(workspace: Workspace, name: str, points: int, seed: int) -> TestResult:
    since = time.perf_counter()
    plan = workspace.service(name)
    try:
        with workspace.engine() as engine:
            spine = sampled_spine(engine, plan, points, seed)
            if spine.num_rows == 0:
                return TestResult(
                    name=f"parity_{name}", kind="parity", node=name, status="skip",
                    seconds=time.perf_counter() - since, message="its sources have no rows",
                )  # fmt: skip
            found = compare_paths(engine, plan, workspace.versions, spine, TIMESTAMP_COLUMN)
    except SkewlessError as error:
        return TestResult(
            name=f"parity_{name}", kind="parity", node=name, status="error", seconds=time.perf_counter() - since,
            message=error.message, detail=error.help or "",
        )  # fmt: skip
    wrong = len(found.mismatches)
    return TestResult(
        name=f"parity_{name}",
        kind="parity",
        node=name,
        status="fail" if wrong else "pass",
        seconds=time.perf_counter() - since,
        message=f"{found.values:,} values at {found.points:,} points, {wrong:,} differ",
        detail="\n".join(_line(one) for one in found.mismatches[:_SHOWN]),
        failures=wrong,
    )


def _line(one: Mismatch) -> str:
    keys = ", ".join(f"{name}={show(value)}" for name, value in one.keys.items())
    return f"  {one.feature}: trained {show(one.trained)}, served {show(one.served)} at {one.as_of} for {keys}"
