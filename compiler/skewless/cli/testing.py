"""Tests of a selection, told line by line: what `test` and `build` share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from skewless.cli.console import Console, Level
from skewless.cli.progress import Lines
from skewless.cli.selection import Selection, select_ids, state_of
from skewless.cli.session import Session

if TYPE_CHECKING:
    from skewless.project.graph import Graph
    from skewless.tasks.results import Outcome, Result
    from skewless.tasks.workspace import Workspace
    from skewless.verify.result import TestResult

Kind = Literal["unit", "data", "parity"]
KINDS: tuple[Kind, ...] = ("unit", "data", "parity")
_ALIASES: Mapping[str, str] = {"generic": "data", "singular": "data"}
_METHOD = "test_type:"
_LABELS = {"unit": "unit test", "data": "data test", "parity": "parity test"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How parity tests sample, and of which service."""

    parity_points: int
    seed: int
    service: str | None


class TestLines(Lines):
    """`12 PASS unit test counts_only_the_last_hour ... [PASS in 0.02s]`; a test that was told is not told again."""

    __test__ = False

    def __init__(self, console: Console) -> None:
        super().__init__(console, "", "")
        self._told: set[str] = set()

    def finished(self, number: int, total: int, what: str, *, seconds: float, detail: str = "") -> None:  # noqa: ARG002
        if what in self._told:
            return
        self._told.add(what)
        kind, _, name = what.partition(" ")
        label = f"{_LABELS.get(kind, kind)} {name}".rstrip()
        self.ended(detail.upper() or "DONE", len(self._told), 0, label, seconds=seconds)
        self._console.live("Testing")


def kinds_and_names(
    workspace: Workspace, graph: Graph, selection: Selection, console: Console
) -> dict[Kind, frozenset[str]]:
    """The names to test, by kind of test. `test_type:` is understood here: a selection of nodes knows no tests."""
    state = state_of(workspace, selection.state)
    chosen: dict[Kind, set[str]] = {kind: set() for kind in KINDS}

    def named(selector: str) -> set[str]:
        ids = select_ids(graph, (selector,) if selector else (), (), state, console)
        return {graph.nodes[key].name for key in ids}

    for part in _parts(selection.select) or [""]:
        kinds, selector = _taken_apart(part)
        names = named(selector)
        for kind in kinds:
            chosen[kind] |= names
    for part in _parts(selection.exclude):
        kinds, selector = _taken_apart(part)
        names = named(selector)
        for kind in kinds:
            chosen[kind] -= names
    return {kind: frozenset(names) for kind, names in chosen.items()}


def run_kinds(
    workspace: Workspace, chosen: Mapping[Kind, frozenset[str]], settings: Settings, lines: TestLines
) -> tuple[TestResult, ...]:
    """Runs the tests: kinds that are of the same names together, as one call."""
    from skewless.verify.run import run_tests

    together: dict[frozenset[str], set[Kind]] = {}
    for kind, names in chosen.items():
        if names:
            together.setdefault(names, set()).add(kind)
    results: list[TestResult] = []
    for names, kinds in together.items():
        results += run_tests(
            workspace,
            names,
            frozenset(kinds),
            lines,
            parity_points=settings.parity_points,
            seed=settings.seed,
            service=settings.service,
        )
    return tuple(results)


def tell_failures(session: Session, results: Iterable[TestResult]) -> None:
    """dbt's paragraph for each test that did not pass, with what differs."""
    for result in results:
        if result.status in ("pass", "skip"):
            continue
        word = {"fail": "Failure", "error": "Error", "warn": "Warning"}[result.status]
        title = f"{word} in {_LABELS[result.kind]} {result.name} ({result.node})"
        text = "\n".join([title, f"  {result.message}", *(f"  {line}" for line in result.detail.splitlines())])
        level: Level = "warn" if result.status == "warn" else "error"
        fields = {name: getattr(result, name) for name in ("name", "kind", "node", "status", "failures", "detail")}
        told = title if session.console.is_json else f"\n{text}"
        session.console.log(level, "test_failed", told, fields={**fields, "reason": result.message})


def test_results(workspace: Workspace, results: Iterable[TestResult]) -> list[Result]:
    """Tests as run_results.json holds them."""
    from skewless.tasks.manifest import unique_id
    from skewless.tasks.results import Result

    kinds = {"unit": "unit_test", "data": "test", "parity": "parity"}
    project = workspace.files.name
    return [
        Result(
            unique_id=unique_id(kinds[one.kind], project, f"{one.node}.{one.name}" if one.kind == "unit" else one.name),
            status=cast("Outcome", {"skip": "skipped"}.get(one.status, one.status)),
            seconds=one.seconds,
            message=one.message,
            failures=one.failures,
            details={"node": one.node, "detail": one.detail},
        )
        for one in results
    ]


def _parts(arguments: Iterable[str]) -> list[str]:
    return [part for argument in arguments for part in argument.split()]


def _taken_apart(part: str) -> tuple[frozenset[Kind], str]:
    """(kinds, the selector without `test_type:`) of one intersection; without a `test_type:` all kinds."""
    kinds: set[Kind] = set(KINDS)
    rest = []
    for atom in part.split(","):
        if atom.startswith(_METHOD):
            kinds &= {_kind(atom.removeprefix(_METHOD))}
        else:
            rest.append(atom)
    return frozenset(kinds), ",".join(rest)


def _kind(word: str) -> Kind:
    from skewless.ground.diagnostics import did_you_mean
    from skewless.ground.errors import UsageError

    found = _ALIASES.get(word, word)
    if found not in KINDS:
        help_line = did_you_mean(word, KINDS) or f"write {', '.join(_METHOD + kind for kind in KINDS)}"
        raise UsageError(f"there is no test type '{word}'", help=help_line)
    return found
