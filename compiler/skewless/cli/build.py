"""`skewless build`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skewless.cli.moments import parse_moment
from skewless.cli.options import sampling_options, selection_options, wait_option
from skewless.cli.progress import failed, summary
from skewless.cli.selection import Selection
from skewless.cli.session import Session
from skewless.cli.testing import Kind, Settings, TestLines
from skewless.cli.verb import verb

if TYPE_CHECKING:
    import datetime as dt

    from skewless.project.graph import Graph
    from skewless.tasks.build import Loading
    from skewless.tasks.workspace import Workspace
    from skewless.verify.result import TestResult


@verb("build")
@selection_options
@click.option("--as-of", metavar="TIMESTAMP", help="Load what was known just before it (UTC); now, unless given.")
@click.option("--full-refresh", is_flag=True, help="Load everything anew, whatever is in the store.")
@wait_option
@sampling_options
def command(
    session: Session,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    state: Path | None,
    as_of: str | None,
    full_refresh: bool,
    wait: float,
    parity_points: int,
    seed: int,
) -> int:
    """Compile, run and test in dependency order.

    Sources are tested first, and views by their unit tests; views that pass are loaded into the online store; then
    the values of views are tested, and each service for parity. What depends on something that failed is skipped.

    \b
    Examples:
      skewless build
      skewless build --select service:fraud_v1 --exclude test_type:parity
    """
    moment = parse_moment(as_of, session.started)
    session.header()
    workspace = session.workspace()
    selection = Selection(select=select, exclude=exclude, state=state)
    settings = Settings(parity_points=parity_points, seed=seed, service=None)
    tests, loaded = _Build(session, workspace, settings, TestLines(session.console), full_refresh, wait).run(
        selection, moment
    )

    from skewless.cli.loading import loading_results
    from skewless.cli.outcome import save_results
    from skewless.cli.testing import tell_failures, test_results

    tell_failures(session, tests)
    save_results(session, workspace, [*loading_results(workspace, loaded), *test_results(workspace, tests)])
    statuses = [*(one.status for one in loaded), *(one.status for one in tests)]
    summary(session.console, statuses)
    return 1 if failed(statuses) else 0


@dataclass(frozen=True, slots=True)
class _Build:
    session: Session
    workspace: Workspace
    settings: Settings
    lines: TestLines
    full_refresh: bool
    wait: float

    def run(self, selection: Selection, moment: dt.datetime) -> tuple[tuple[TestResult, ...], tuple[Loading, ...]]:
        from skewless.cli.testing import kinds_and_names
        from skewless.tasks.listing import graph_of

        graph = graph_of(self.workspace)
        chosen = kinds_and_names(self.workspace, graph, selection, self.session.console)
        names = frozenset[str]().union(*chosen.values())
        self._compile(names)
        sources = _of_type(graph, "source")
        first = self._test({"unit": chosen["unit"], "data": chosen["data"] & sources})
        wrong = _culprits(first)
        loaded = self._load(names, moment, _skipped(graph, wrong))
        wrong |= {one.view for one in loaded if one.status == "error"}
        out = _skipped(graph, wrong)
        values = frozenset(chosen["data"] - sources - out.keys())
        last = self._test({"data": values, "parity": self._whole(chosen["parity"], out)})
        known = {(one.kind, one.name, one.node) for one in first}
        rest = tuple(one for one in last if (one.kind, one.name, one.node) not in known)
        return (*first, *rest, *self._left_out(chosen["parity"], out)), loaded

    def _compile(self, names: frozenset[str]) -> None:
        """Bundles are written after the load: a server must not be given one that it cannot serve."""
        from skewless.tasks.compile import compile_project, write_compiled

        compiled = replace(compile_project(self.workspace, names), bundles={}, view_bundles={}, source_plans={})
        write_compiled(compiled, self.workspace.target_path, self.session.started)
        count = len(compiled.views)
        self.session.console.info("compiled", f"Compiled {count:,} view{'' if count == 1 else 's'}", views=count)

    def _test(self, chosen: dict[Kind, frozenset[str]]) -> tuple[TestResult, ...]:
        from skewless.cli.testing import run_kinds

        self.session.console.live("Testing")
        return run_kinds(self.workspace, chosen, self.settings, self.lines)

    def _load(self, names: frozenset[str], moment: dt.datetime, skip: dict[str, str]) -> tuple[Loading, ...]:
        from skewless.cli.loading import Deployment

        return Deployment(
            session=self.session,
            workspace=self.workspace,
            names=names,
            moment=moment,
            skip=skip,
            full_refresh=self.full_refresh,
            wait=self.wait,
        ).run()

    def _whole(self, names: frozenset[str], out: dict[str, str]) -> frozenset[str]:
        """Services of which nothing is left out, among those that a name of the selection concerns."""
        return frozenset(name for name in self._concerned(names) if not self._reads(name) & out.keys())

    def _left_out(self, names: frozenset[str], out: dict[str, str]) -> tuple[TestResult, ...]:
        """The parity tests that were not run, and why."""
        from skewless.verify.result import TestResult

        results: list[TestResult] = []
        for name in self._concerned(names):
            culprits = sorted(self._reads(name) & out.keys())
            if culprits:
                reason = out[culprits[0]]
                self.lines.ended("SKIP", len(results) + 1, 0, f"parity test parity_{name}", detail=f"SKIP {reason}")
                results.append(
                    TestResult(
                        name=f"parity_{name}", kind="parity", node=name, status="skip", seconds=0.0, message=reason
                    )
                )
        return tuple(results)

    def _concerned(self, names: frozenset[str]) -> list[str]:
        return [name for name in self.workspace.services if (self._reads(name) | {name}) & names]

    def _reads(self, service: str) -> frozenset[str]:
        return frozenset(instance.view.name for instance in self.workspace.services[service].instances)


def _of_type(graph: Graph, resource_type: str) -> frozenset[str]:
    return frozenset(node.name for node in graph.nodes.values() if node.resource_type == resource_type)


def _culprits(results: tuple[TestResult, ...]) -> set[str]:
    return {result.node for result in results if result.status in ("fail", "error")}


def _skipped(graph: Graph, wrong: set[str]) -> dict[str, str]:
    """Each name that is wrong or depends on one that is, with the reason."""
    from skewless.tasks.build import downstream

    found: dict[str, str] = {}
    for key, node in graph.nodes.items():
        if node.name in wrong:
            for name in downstream(graph, [key]):
                found.setdefault(graph.nodes[name].name, f"because {node.name} failed")
    return found
