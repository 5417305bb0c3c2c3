"""`known_as_of`: random views see what the evaluator sees of the rows that were known then, and of no others."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from reference.strategies import Case, cases, render, spine_table
from reference.visibility import is_known, known_time

from skewless import Project
from skewless.codegen.training.plans import PLANS
from skewless.ground.errors import UsageError
from skewless.tasks.train import Terms, training_set

from .test_oracle import EXAMPLES, differences, with_plan, written

LAST = 2_000_000_000_000_000
"""After every row."""


def known_times(case: Case) -> list[int]:
    """Each moment at which a row of the case becomes known, and those beside it."""
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


SETTLED = {"event_time": "ts", "primary_key": ["id"], "append_only": True}


def trained(folder: Path, rules: dict[str, Any], known_as_of: str | None, *, landed: pa.Table | None = None) -> int:
    """How many events of user 1 are counted at the end of the day: one at ten and one at eleven."""
    columns = {"id": "bigint", "user_id": "bigint", "ts": "timestamp", "seen": "timestamp"}
    table = {
        "name": "t", "path": "t.parquet", **rules,
        "columns": [{"name": name, "data_type": kind} for name, kind in columns.items()],
    }  # fmt: skip
    if landed is not None:
        table["stream"] = {"type": "redis", "url": "redis://nowhere:6379", "land": "landed"}
        (folder / "landed" / "known_date=2026-01-01").mkdir(parents=True)
        pq.write_table(landed, folder / "landed" / "known_date=2026-01-01" / "a.parquet")
    properties = {
        "entities": [{"name": "e", "keys": [{"name": "user_id", "data_type": "bigint"}]}],
        "sources": [{"name": "s", "tables": [table]}],
        "services": [{"name": "svc", "features": ["v"]}],
    }
    (folder / "features").mkdir()
    (folder / "features" / "p.yml").write_text(json.dumps(properties))
    (folder / "features" / "v.sql").write_text(
        "{{ config(entity='e') }} select user_id, count(*) filter (where {{ last('1 day') }}) as n, "
        "sum(id) filter (where {{ last('1 day') }}) as ids from {{ source('s', 't') }} group by user_id"
    )
    (folder / "skewless.yml").write_text("name: p\nversion: '1'\nprofile: p\n")
    (folder / "profiles.yml").write_text("p: {target: dev, outputs: {dev: {type: duckdb, threads: 1}}}\n")
    pq.write_table(rows([(1, 10, 10), (2, 11, 11)]), folder / "t.parquet")
    at = dt.datetime(2026, 1, 1, 20)
    project = Project.load(folder, environ={})
    found = project.training_set("svc", [{"user_id": 1, "at": at}], timestamp="at", known_as_of=known_as_of)
    return int(found["n"][0].as_py())


def rows(events: list[tuple[int, int, int]]) -> pa.Table:
    """Of (id, hour of the event, hour at which it was seen)."""
    day = dt.datetime(2026, 1, 1)
    return pa.table(
        {
            "id": [one[0] for one in events],
            "user_id": [1] * len(events),
            "ts": pa.array([day + dt.timedelta(hours=one[1]) for one in events], pa.timestamp("us")),
            "seen": pa.array([day + dt.timedelta(hours=one[2]) for one in events], pa.timestamp("us")),
        }
    )


@pytest.mark.parametrize(
    ("rules", "known_as_of", "expected"),
    [
        (SETTLED, None, 2),
        (SETTLED, "2026-01-01T11:00:00Z", 1),
        (SETTLED, "2026-01-01T12:00:00+01:00", 1),
        (SETTLED, "2026-01-01T11:00:00.000001", 2),
        (SETTLED | {"inclusive": True}, "2026-01-01T11:00:00", 2),
        (SETTLED | {"inclusive": True}, "2026-01-01T10:59:59.999999", 1),
        (SETTLED | {"delay": "30 minutes"}, "2026-01-01T11:30:00", 1),
        (SETTLED | {"delay": "30 minutes"}, "2026-01-01T11:30:00.000001", 2),
        (SETTLED | {"known_at": "seen"}, "2026-01-01T11:00:00", 1),
        (SETTLED, "1800-01-01", 0),
    ],
)
def test_what_is_known_at_the_moment_itself_is_decided_as_everywhere(
    tmp_path: Path, rules: dict[str, Any], known_as_of: str | None, expected: int
) -> None:
    assert trained(tmp_path, rules, known_as_of) == expected


@pytest.mark.parametrize(("known_as_of", "expected"), [("2026-01-01T12:00:00", 2), ("2026-01-01T14:00:00", 3)])
def test_a_landed_row_that_was_not_known_yet_does_not_hide_the_one_of_the_source(
    tmp_path: Path, known_as_of: str, expected: int
) -> None:
    """Event 2 was seen at eleven by the one place, and at thirteen by the other, where event 3 is too."""
    landed = rows([(2, 11, 13), (3, 12, 13)])
    assert trained(tmp_path, SETTLED | {"known_at": "seen"}, known_as_of, landed=landed) == expected


def test_a_moment_that_is_none_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="known_as_of must be a moment, not 'yesterday'"):
        trained(tmp_path, SETTLED, "yesterday")
