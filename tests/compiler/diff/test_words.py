"""What is told of a difference never reads as if there were none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from diff.shop import FILES, definitions, write
from skewless.diff.compare import compare_views
from skewless.diff.result import Kind
from skewless.diff.words import changed

COLUMN = """\
{{ config(entity='user', ttl='30 days') }}
select user_id, EXPRESSION as x from {{ source('shop', 'visits') }}
"""
AGGREGATE = """\
{{ config(entity='user') }}
select user_id, bool_or(page = 'FIRST') filter (where {{ last('1 day') }})
    and bool_or(page = 'SECOND') filter (where {{ last('2 days') }}) as x
from {{ source('shop', 'visits') }} group by user_id
"""
JOINS = """\
{{ config(entity='user', ttl='1 day') }}
with first as (select * from {{ source('shop', 'places') }}),
second as (select place, upper(country) as country from {{ source('shop', 'places') }})
select o.user_id, f.country as x from {{ source('shop', 'orders') }} as o
left join first as FIRST on o.place = FIRST.place
left join second as SECOND on o.place = SECOND.place
"""
LONG = " + ".join(f"seconds % {number}" for number in range(2, 40))
SUM = "sum(seconds) over (partition by user_id order by visited_at, visit_id FRAME)"


def _filled(text: str, **words: str) -> str:
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text


def _told(folder: Path, before: str, now: str) -> Mapping[Kind, tuple[str, ...]]:
    """The change of a view `probe` that was written so, and is written so now."""
    sides = []
    for name, text in (("before", before), ("now", now)):
        write(folder / name, {**FILES, "features/probe.sql": text})
        sides.append(definitions(folder / name))
    return {change.kind: change.reasons for change in compare_views(*sides) if change.name == "probe"}


def _column(expression: str) -> str:
    return _filled(COLUMN, EXPRESSION=expression)


def test_a_frame_with_and_without_its_end_is_one(tmp_path: Path) -> None:
    short, long = (
        _filled(SUM, FRAME=frame) for frame in ("rows 2 preceding", "ROWS between 2 preceding and current row")
    )
    assert list(_told(tmp_path, _column(short), _column(long))) == [Kind.COSMETIC]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (
            _column("date(visited_at)"),
            _column("cast(visited_at as date)"),
            "x of the rows is defined in another way: CAST(visits.visited_at AS DATE)",
        ),
        (
            _filled(JOINS, FIRST="f", SECOND="s"),
            _filled(JOINS, FIRST="s", SECOND="f"),
            "x of the rows is defined in another way: f.country",
        ),
        (
            _column(LONG),
            _column(LONG.replace("% 39", "% 41")),
            "x of the rows: ... visits.seconds % 38 + visits.seconds % 39 -> "
            "... visits.seconds % 38 + visits.seconds % 41",
        ),
        (
            _filled(AGGREGATE, FIRST="a", SECOND="b"),
            _filled(AGGREGATE, FIRST="b", SECOND="a"),
            "x: BOOL_OR(CAST(page = 'a' AS BOOLEAN)) FILTER(WHERE last('1 day')) AND BOOL_OR(",
        ),
    ],
    ids=["another function of the same text", "aliases that change places", "long texts", "windows that change places"],
)
def test_both_sides_are_told_apart(tmp_path: Path, before: str, now: str, told: str) -> None:
    [(kind, reasons)] = _told(tmp_path, before, now).items()
    assert kind is Kind.VALUES
    assert any(reason.startswith(told) for reason in reasons), reasons
    for sides in (reason.split(": ", 1)[1].split(" -> ") for reason in reasons if " -> " in reason):
        assert sides[0] != sides[1]


def test_a_text_that_the_other_one_begins_with() -> None:
    assert changed("x", "a" * 200, "a" * 201) == f"x: ...{'a' * 40} -> ...{'a' * 41}"
