"""A counter-example into words and tables, and into a unit test that shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from skewless.contract.ir import SourceTable
from skewless.ground.durations import Duration
from skewless.ground.moments import instant, microseconds, moment_of
from skewless.ground.spans import Span
from skewless.project.model import Delivery, Given, Rows, UnitTest
from skewless.tasks.workspace import Workspace
from skewless.verify.tables import rows_table, show
from skewless.verify.trials.examples import Example, Row
from skewless.verify.trials.search import Counterexample, Verified
from skewless.verify.trials.terms import sources_of_service
from skewless.verify.trials.trial import Difference
from skewless.verify.unit import run_unit_test

_STEPS = {
    "write": "the rows of this step are written",
    "advance": "the state is told that nothing before {at} is asked for; the rows of this step are written",
    "sweep": "the same with {at}; then what no window reaches is dropped",
    "run": "the rows of this step land, and a run brings the state up to {at}",
}


_SHOWN = {"status": ".status", "event timestamp": ".event_timestamp"}
"""What a unit test calls what serving tells of a feature."""


def counterexample_text(found: Verified, counterexample: Counterexample) -> str:
    """What differs, the rows, and how they came into the online state."""
    first, example = counterexample.differences[0], counterexample.example
    parts = [_difference(found.view, first)]
    sources = {source.name: source for source in sources_of_service(found.service)}
    parts += [_rows(sources[name], example, first) for name, rows in example.rows.items() if rows]
    parts.append("\n".join(_deliveries(example)))
    others = {one.feature for one in counterexample.differences} - {first.feature}
    if others:
        parts.append(f"It shows in other features too: {', '.join(sorted(others))}.")
    return "\n\n".join(parts)


def _difference(view: str, one: Difference) -> str:
    given = {**one.keys, **one.fields}
    asked = ", ".join(f"{name} = {show(value)}" for name, value in given.items())
    plan = f" (plan {one.plan})" if one.plan else ""
    return "\n".join(
        [
            f"{view}.{one.feature}: the {one.what} differs at {one.as_of} for {asked or 'every entity'}",
            f"  training says  {show(one.trained)}{plan}",
            f"  serving says   {show(one.served)}",
        ]
    )


def _rows(source: SourceTable, example: Example, one: Difference) -> str:
    """The rows of a source, each with what its times are to the moment and when it came."""
    told = []
    for row, steps in zip(example.rows[source.name], example.arrivals[source.name], strict=True):
        notes = {}
        if not source.is_static:
            notes["(happened)"] = _beside(row[source.happened], one.as_of)
            if source.known_at is not None:
                notes["(known)"] = _beside(row[source.known_at], one.as_of)
            notes["(comes)"] = " and ".join(_comes(example, step) for step in steps)
        told.append({**row, **notes})
    return rows_table(f"{source.name}:", told)


def _comes(example: Example, step: int) -> str:
    return "before the load" if step == 0 else f"step {min(step, len(example.steps) + 1)}"


def _beside(time: dt.date | None, moment: dt.datetime) -> str:
    if time is None:
        return "never"
    away = microseconds(moment) - instant(time)
    if away == 0:
        return "at the moment"
    return f"{Duration(abs(away))} {'before' if away > 0 else 'after'}"


def _deliveries(example: Example) -> Iterator[str]:
    yield f"The state is loaded as of {moment_of(example.loaded_at)}. Then:"
    for number, step in enumerate(example.steps, start=1):
        yield f"  {number}. {_STEPS[step.kind].format(at=moment_of(step.at))}"
    yield f"  {len(example.steps) + 1}. rows that are not in the state yet are written"
    if example.tile_events < 1_000:
        yield f"A tile has {example.tile_events} events."


def unit_test_of(found: Verified, counterexample: Counterexample, *, alone: bool = True) -> UnitTest:
    """The rows, how they come, and what training on DuckDB says, as a unit test; unless `alone`, of all that was asked
    for in the same request."""
    example = counterexample.example
    told = [one for one in counterexample.differences if one.what == "value"] or list(counterexample.differences)
    first = told[0]
    given = [_given(name, example) for name, rows in example.rows.items() if rows]
    others = () if alone else first.beside
    if found.service.instances[-1].view.kind == "request":
        asked = [
            {**first.keys, **first.fields},
            *({name: row[name] for name in row if name != first.feature} for row in others),
        ]
        given.append(Given(input="request()", rows=_plain_rows(asked)))
    shown = f"{first.feature}{_SHOWN.get(first.what, '')}"
    expected = [{**first.keys, "as_of": first.as_of, shown: _on_duckdb(counterexample, first)}]
    expected += [
        {**{name: row[name] for name in first.keys}, "as_of": first.as_of, first.feature: row[first.feature]}
        for row in others
    ]
    return UnitTest(
        name=f"verify_{found.view}_{first.feature}",
        model=found.view,
        model_span=Span.at(""),
        description=f"skewless verify {found.view} --seed {found.seed}",
        given=tuple(given),
        expect=_plain_rows(expected),
        variables={},
        span=Span.at(""),
        delivered=Delivery(
            loaded_at=example.loaded_at,
            steps=tuple((step.kind, step.at) for step in example.steps),
            asked_at=example.moments,
            tile_events=example.tile_events,
        ),
    )


def _on_duckdb(counterexample: Counterexample, first: Difference) -> Any:
    """What training on DuckDB says, which is what was served where another engine differs."""
    if counterexample.engine is None:
        return first.trained
    return first.served[first.feature] if first.what == "error" else first.served


def unit_test_that_shows(
    workspace: Workspace, found: Verified, counterexample: Counterexample
) -> tuple[UnitTest, bool]:
    """The smallest unit test that fails for what was found, and whether it does."""
    for alone in (True, False):
        test = unit_test_of(found, counterexample, alone=alone)
        if run_unit_test(workspace, test).status == "fail":
            return test, True
    return test, False


def source_input(name: str) -> str:
    """`source('a', 'b')` of the source `a.b`."""
    group, _, table = name.partition(".")
    return f"source('{group}', '{table}')"


def _given(name: str, example: Example) -> Given:
    return Given(input=source_input(name), rows=_plain_rows(example.rows[name]), comes=example.arrivals[name])


def _plain_rows(rows: Sequence[Row]) -> Rows:
    plain = tuple({column: _plain(value) for column, value in row.items()} for row in rows)
    return Rows(format="dict", rows=plain, span=Span.at(""))


def _plain(value: Any) -> Any:
    """A value as YAML has it. Decimals and times are text there, which is read as their type says."""
    if isinstance(value, Decimal | dt.date):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value


def unit_test_yaml(test: UnitTest, comments: Sequence[str]) -> str:
    """The test as an entry of `unit_tests:`, after some lines of comment."""
    entry: dict[str, Any] = {"name": test.name, "description": test.description, "model": test.model}
    if test.delivered is not None:
        entry["delivered"] = _delivered(test.delivered)
    entry["given"] = [
        {"input": one.input, "rows": _listed(one.rows), **({"comes": [*map(list, one.comes)]} if one.comes else {})}
        for one in test.given
    ]
    entry["expect"] = {"rows": _listed(test.expect)}
    content = {"unit_tests": [entry]}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=None)
    return "".join(f"# {line}\n" for line in comments) + text


def _delivered(delivery: Delivery) -> dict[str, Any]:
    return {
        "loaded_at": str(moment_of(delivery.loaded_at)),
        "steps": [{kind: str(moment_of(at))} for kind, at in delivery.steps],
        "asked_at": [str(moment_of(at)) for at in delivery.asked_at],
        "tile_events": delivery.tile_events,
    }


def _listed(rows: Rows) -> list[Mapping[str, Any]]:
    return [] if isinstance(rows.rows, str) else [dict(row) for row in rows.rows]
