"""`known_as_of`: random views see what the evaluator sees of the rows that were known then, and of no others."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import given, note
from hypothesis import strategies as st
from reference.strategies import Case, cases, render, spine_table
from reference.visibility import is_known

from skewless.codegen.training.plans import PLANS
from skewless.tasks.train import Terms, training_set

from .test_oracle import EXAMPLES, differences, with_plan, written

LAST = 2_000_000_000_000_000
"""After every row."""


def known_times(case: Case) -> list[int]:
    """Each moment at which a row of the case becomes known, and those beside it."""
    from reference.visibility import known_time

    found = {
        time
        for source in case.sources
        if not source.static
        for row in case.rows[source.name]
        if (time := known_time(source, row)) is not None
    }
    return sorted({time + beside for time in found for beside in (0, 1)}) or [LAST]


@st.composite
def cases_and_moments(draw: st.DrawFn) -> tuple[Case, int]:
    case = draw(cases())
    return case, draw(st.sampled_from(known_times(case)))


def known_rows(case: Case, at: int) -> Case:
    """The case without the rows that were not known yet."""
    rows = {
        source.name: tuple(row for row in case.rows[source.name] if source.static or is_known(source, row, at))
        for source in case.sources
    }
    return dataclasses.replace(case, rows=rows)


def moment(at: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=at)


@given(cases_and_moments())
@EXAMPLES
def test_every_plan_agrees_with_the_evaluator_over_the_rows_that_were_known(drawn: tuple[Case, int]) -> None:
    case, at = drawn
    with tempfile.TemporaryDirectory() as folder:
        workspace = written(case, Path(folder))
        note(render(case)["features/v.sql"])
        note(f"known as of {at}")
        note("\n".join(f"{name}: {row}" for name, rows in case.rows.items() for row in rows))
        for plan in PLANS:
            if plan.refuses(workspace.view("v")) is not None:
                continue
            with workspace.engine() as engine:
                found = training_set(
                    engine, with_plan(workspace, plan.name), spine_table(case), "ts",
                    terms=Terms(known_as_of=moment(at)),
                )  # fmt: skip
            assert differences(known_rows(case, at), found.to_pylist()) == [], plan.name
