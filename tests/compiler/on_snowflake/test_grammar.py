"""Every Snowflake statement that is written, in a grammar that is independent of the one that wrote it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from goldens.test_goldens import CASES, workspace_of
from portability.expressions import KINDS
from portability.pools import type_named
from sqlglot import parse_one

from skewless.codegen.pipeline import Sources
from skewless.codegen.portable import portable_plans, unportable_parts
from skewless.codegen.state import state_query
from skewless.codegen.training.assemble import training_query
from skewless.codegen.training.plans import Choice
from skewless.contract.instances import service_of_view
from skewless.contract.ir import FeatureView, SourceTable
from skewless.dialects.catalogue import ENTRIES
from skewless.dialects.catalogue.casts import cast_of
from skewless.dialects.catalogue.entry import Entry, Written
from skewless.dialects.emit import emit
from skewless.dialects.snowflake import Snowflake
from skewless.dialects.statements import Statement
from skewless.engines.snowflake_tables import relation
from skewless.tasks.sql import training_sql
from skewless.tasks.workspace import Options, Workspace, load_workspace

from .grammar import unparsable

ROOT = Path(__file__).parents[3]
BEHIND: dict[str, str] = {}
"""Signatures of entries whose SQL the grammar does not know, with the page of Snowflake's that does."""
_WHOLE = re.compile(r"\$\d+")


def _filled(sql: str, entry: Entry | None = None) -> str:
    """A template as it is written into a statement, with columns in its places."""
    text = sql.replace("$*", '"c1", "c2"').replace("RESULT", "NUMBER(10, 0)")
    text = _WHOLE.sub(lambda place: f'"c{place[0][1:]}"', text)
    over = ' OVER (PARTITION BY "k" ORDER BY "t")' if entry is not None and entry.shape == "window" else ""
    return emit(parse_one(f'SELECT {text}{over} AS "x" FROM "rows"', dialect="snowflake"), "snowflake")


@pytest.mark.parametrize("name", sorted({entry.name for entry in ENTRIES}))
def test_the_templates_of_a_function_parse(name: str) -> None:
    for entry in ENTRIES:
        if entry.name == name and isinstance(entry.snowflake, Written):
            found = unparsable(_filled(entry.snowflake.sql, entry))
            assert bool(found) == (entry.signature in BEHIND), (entry.signature, found)


def test_the_templates_of_casts_parse() -> None:
    pairs = list(itertools.permutations((*map(type_named, KINDS), type_named("FLOAT"), type_named("INTEGER[]")), 2))
    casts = [cast_of(given, wanted, is_safe=is_safe) for given, wanted in pairs for is_safe in (False, True)]
    written = {cast.snowflake.sql for cast in casts if isinstance(cast.snowflake, Written)}
    assert len(written) > 3
    assert {sql for sql in written if unparsable(_filled(sql))} == set()


def _in_tables(source: SourceTable) -> SourceTable:
    return replace(source, path=None, schema="raw", identifier=source.name.replace(".", "_"))


def statements(view: FeatureView, workspace: Workspace) -> Iterator[str]:
    """The training SQL of a view under every portable plan, and its state SQL, over tables instead of files."""
    if view.kind == "request":
        yield training_sql(view, service_of_view(view, workspace.views), "snowflake")
        return
    sources = Sources(relations=lambda source: relation(_in_tables(source)), physical={})
    instance = service_of_view(view, workspace.views).instances[-1]
    trees = [training_query(instance, Choice(plan, ""), sources) for plan in portable_plans(instance, Snowflake())]
    for tree in [*trees, state_query(view, sources)]:
        lowered, _ = Statement(Snowflake(), lambda _: None).query(tree)
        yield emit(lowered, "snowflake")


def _compiling(workspace: Workspace) -> list[FeatureView]:
    """Views of sources of which the catalogue has all."""
    return [view for view in workspace.views.values() if not unportable_parts(view, workspace.views, Snowflake())]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_goldens_parse(case: Path, tmp_path: Path) -> None:
    workspace = workspace_of(case, tmp_path)
    for view in _compiling(workspace):
        for text in statements(view, workspace):
            assert unparsable(text) == []


def test_the_example_parses() -> None:
    workspace = load_workspace(Options(project_dir=ROOT), {})
    workspace.check()
    assert len(workspace.views) == 11
    for view in workspace.views.values():
        for text in statements(view, workspace):
            assert unparsable(text) == []
