"""Pins the oracle by hand-worked cases: each name is a sentence of the law, each number was computed on paper.

Times are minutes after an arbitrary origin; `us` are microseconds beside them.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import replace

import pytest

from .equality import compare
from .evaluator import Status, effective_moment, evaluate, status
from .expressions import Compare, IsNull, Recent, Value
from .specs import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Aggregate,
    AggregateView,
    AsofJoin,
    ColumnSpec,
    Feature,
    Filter,
    Lag,
    LatestView,
    Pipeline,
    Project,
    RangeCount,
    Refresh,
    Row,
    RunningSum,
    Scan,
    SourceSpec,
    StaticJoin,
    UnionAll,
    View,
    Window,
)

TYPES = {
    "id": "varchar",
    "seq": "bigint",
    "k": "bigint",
    "event_ts": "timestamp",
    "known_ts": "timestamp",
    "gone": "boolean",
    "x": "integer",
    "s": "varchar",
}
COLUMNS = tuple(ColumnSpec(name=name, data_type=data_type) for name, data_type in TYPES.items())
BARE = SourceSpec(name="events", columns=COLUMNS, event_time="event_ts")
KEYED = replace(BARE, primary_key=("id",))
LATE = replace(KEYED, known_at="known_ts", deleted="gone")
OTHERS = replace(LATE, name="others")
GROUPS = SourceSpec(
    name="groups",
    columns=(ColumnSpec(name="x", data_type="integer"), ColumnSpec(name="label", data_type="varchar")),
    primary_key=("x",),
    static=True,
)


def t(minutes: float, us: int = 0) -> int:
    return int(minutes * MINUTE) + us


def row(event: int | None, x: int | float | None = 1, known: int | None = None, **columns: object) -> Row:
    """A row of key 1 whose known time, where the source looks at it, is its event time unless given."""
    blank = dict.fromkeys(TYPES)
    return blank | {"k": 1, "event_ts": event, "known_ts": event if known is None else known, "x": x} | columns


def latest(pipeline: Pipeline | SourceSpec, column: str = "x", ttl: int | None = None) -> LatestView:
    source = Scan(source=pipeline) if isinstance(pipeline, SourceSpec) else pipeline
    return LatestView(
        keys=("k",), pipeline=source, features=(Feature(name="f", expression=Value(column=column)),), ttl=ttl
    )


def total(
    pipeline: Pipeline | SourceSpec, function: str = "count", *arguments: str, window: int = DAY
) -> AggregateView:
    source = Scan(source=pipeline) if isinstance(pipeline, SourceSpec) else pipeline
    feature = Aggregate(name="f", function=function, arguments=arguments, window=window)
    return AggregateView(keys=("k",), pipeline=source, features=(feature,))


def value(view: View, moment: int, *rows: Row, key: object = 1, others: tuple[Row, ...] = ()) -> object:
    return evaluate(view, {"events": rows, "others": others, "groups": others}, (key,), moment)["f"]


def state(view: View, moment: int, *rows: Row, key: object = 1) -> Status:
    return status(view, {"events": rows}, (key,), moment)["f"]


# --- Known, version, happened


def test_a_row_at_exactly_t_is_not_visible_and_a_microsecond_later_it_is() -> None:
    assert value(total(BARE), t(5), row(t(5))) == 0
    assert value(total(BARE), t(5, 1), row(t(5))) == 1


def test_an_inclusive_source_shows_a_row_at_exactly_t() -> None:
    inclusive = replace(BARE, inclusive=True)
    assert value(total(inclusive), t(5), row(t(5))) == 1
    assert value(total(inclusive), t(5, -1), row(t(5))) == 0


def test_inclusive_does_not_move_the_tail_of_a_window() -> None:
    inclusive = replace(BARE, inclusive=True)
    rows = [row(t(0, -1)), row(t(0)), row(t(5))]
    assert value(total(inclusive, window=5 * MINUTE), t(5), *rows) == 2


def test_inclusive_does_not_move_as_of() -> None:
    inclusive = Scan(source=replace(KEYED, inclusive=True))
    recent = Feature(name="f", expression=Recent(column="event_ts", interval=5 * MINUTE))
    view = LatestView(keys=("k",), pipeline=inclusive, features=(recent,))
    assert value(view, t(5), row(t(0))) is True
    assert value(view, t(5, 1), row(t(0))) is False


def test_a_delay_hides_a_row_until_it_has_passed() -> None:
    delayed = replace(BARE, delay=2 * MINUTE)
    assert value(total(delayed), t(7), row(t(5))) == 0
    assert value(total(delayed), t(7, 1), row(t(5))) == 1


def test_a_late_row_counts_from_the_moment_it_is_known_and_in_the_window_of_its_event() -> None:
    late = row(t(1), known=t(8))
    assert value(total(LATE), t(8), late) == 0
    assert value(total(LATE), t(8, 1), late) == 1
    assert value(total(LATE, window=5 * MINUTE), t(8, 1), late) == 0


def test_a_row_known_before_it_happens_waits_for_its_event() -> None:
    assert value(total(LATE), t(9), row(t(9), known=t(2))) == 0
    assert value(total(LATE), t(9, 1), row(t(9), known=t(2))) == 1


def test_a_retry_counts_once() -> None:
    assert value(total(LATE), t(9), row(t(1), id="a"), row(t(1), id="a")) == 1


def test_identical_rows_without_a_primary_key_count_each() -> None:
    assert value(total(BARE), t(9), row(t(1)), row(t(1)), row(t(1))) == 3


def test_a_correction_replaces_the_event_from_the_moment_it_is_known() -> None:
    rows = [row(t(1), 10, id="a"), row(t(1), 20, known=t(5), id="a")]
    assert value(total(LATE, "sum", "x"), t(5), *rows) == 10
    assert value(total(LATE, "sum", "x"), t(5, 1), *rows) == 20


def test_a_correction_may_give_the_event_to_another_entity() -> None:
    rows = [row(t(1), id="a", k=1), row(t(1), known=t(5), id="a", k=2)]
    assert [value(total(LATE), t(5, 1), *rows, key=key) for key in (1, 2)] == [0, 1]


def test_a_retraction_removes_the_event_from_the_moment_it_is_known() -> None:
    rows = [row(t(1), id="a"), row(t(1), known=t(5), id="a", gone=True)]
    assert value(total(LATE), t(5), *rows) == 1
    assert value(total(LATE), t(5, 1), *rows) == 0


def test_an_event_can_come_back_after_its_retraction() -> None:
    rows = [row(t(1), 7, known=t(6), id="a", gone=False), row(t(1), 5, known=t(3), id="a", gone=True)]
    assert value(latest(LATE), t(6), *rows) is None
    assert value(latest(LATE), t(6, 1), *rows) == 7


def test_a_retraction_that_ties_with_its_event_wins() -> None:
    rows = [row(t(1), 9, id="a", gone=True), row(t(1), 99, id="a", gone=None)]
    assert value(total(LATE), t(9), *rows) == 0


def test_a_greater_tie_break_wins_even_over_a_retraction_and_null_is_the_smallest() -> None:
    source = replace(LATE, tie_break=("seq",))
    retraction = row(t(1), id="a", gone=True, seq=3)
    assert value(total(source), t(9), retraction, row(t(1), id="a", seq=4)) == 1
    assert value(total(source), t(9), retraction, row(t(1), id="a", seq=None)) == 0


def test_versions_that_tie_on_everything_else_are_decided_by_the_remaining_columns_in_order() -> None:
    rows = [row(t(1), 3, id="a", s="a"), row(t(1), None, id="a", s="z"), row(t(1), 3, id="a", s="b")]
    assert value(latest(LATE, "s"), t(9), *rows) == "b"


def test_a_correction_that_moves_the_event_into_the_future_hides_it_until_then() -> None:
    rows = [row(t(1), 1, id="a"), row(t(9), 2, known=t(3), id="a")]
    assert value(latest(LATE), t(3), *rows) == 1
    assert value(latest(LATE), t(3, 1), *rows) is None
    assert value(latest(LATE), t(9, 1), *rows) == 2


def test_a_null_event_time_is_never_visible_but_still_replaces_earlier_versions() -> None:
    assert value(total(BARE), t(9), row(None)) == 0
    rows = [row(t(1), id="a"), row(None, known=t(3), id="a")]
    assert value(total(LATE), t(3), *rows) == 1
    assert value(total(LATE), t(9), *rows) == 0


def test_a_null_known_time_is_never_known() -> None:
    unknown = dict(row(t(1), 5, id="a")) | {"known_ts": None}
    assert value(total(LATE), t(99), unknown) == 0
    assert value(latest(LATE), t(99), unknown, row(t(0), 3, id="a")) == 3


def test_null_primary_keys_are_versions_of_one_event() -> None:
    rows = [row(t(1), 1, id=None), row(t(2), 2, id=None), row(t(3), 3, id="a")]
    assert value(total(LATE, "list", "x"), t(9), *rows) == [2, 3]


# --- Keys and empty sets


def test_a_null_key_matches_nothing_not_even_rows_of_a_null_key() -> None:
    rows = [row(t(1), k=None)]
    assert value(total(BARE), t(9), *rows, key=None) == 0
    assert value(latest(KEYED), t(9), *rows, key=None) is None
    assert state(latest(KEYED), t(9), *rows, key=None) == Status.NOT_FOUND


def test_an_entity_without_rows_is_an_empty_set() -> None:
    empty = {name: value(total(BARE, name, "x"), t(9)) for name in ("count", "count_distinct", "sum", "avg", "list")}
    assert empty == {"count": 0, "count_distinct": 0, "sum": None, "avg": None, "list": None}
    assert state(total(BARE), t(9)) == Status.NOT_FOUND


def test_a_latest_view_without_a_row_is_null_whatever_its_expression() -> None:
    view = LatestView(
        keys=("k",), pipeline=Scan(source=KEYED), features=(Feature(name="f", expression=IsNull(column="x")),)
    )
    assert value(view, t(9)) is None
    assert value(view, t(9), row(t(1), None)) is True


# --- Latest


def test_latest_is_the_greatest_event_time_and_not_the_last_to_arrive() -> None:
    rows = [row(t(3), 3, id="a"), row(t(2), 2, known=t(5), id="b")]
    assert value(latest(LATE), t(9), *rows) == 3


def test_latest_breaks_ties_by_known_time_and_then_by_primary_key() -> None:
    rows = [row(t(3), 1, known=t(5), id="a"), row(t(3), 2, known=t(4), id="z"), row(t(3), 3, known=t(5), id="b")]
    assert value(latest(LATE), t(9), *rows) == 3


def test_a_ttl_keeps_a_row_of_exactly_that_age_and_drops_it_a_microsecond_later() -> None:
    view = latest(KEYED, ttl=4 * MINUTE)
    assert value(view, t(5), row(t(1))) == 1
    assert value(view, t(5, 1), row(t(1))) is None
    assert state(view, t(5, 1), row(t(1))) == Status.OUTSIDE_MAX_AGE


def test_statuses_tell_null_values_from_missing_rows() -> None:
    assert state(latest(KEYED), t(5), row(t(1), None)) == Status.NULL_VALUE
    assert state(latest(KEYED), t(5), row(t(1))) == Status.PRESENT
    assert state(latest(KEYED), t(1), row(t(1))) == Status.NOT_FOUND


# --- Aggregates


def test_a_window_is_inclusive_at_its_tail() -> None:
    view = total(BARE, window=5 * MINUTE)
    assert value(view, t(6), row(t(1))) == 1
    assert value(view, t(6, 1), row(t(1))) == 0


def test_an_aggregate_without_a_window_takes_the_ttl_and_with_neither_is_an_error() -> None:
    unbounded = Aggregate(name="f", function="count")
    view = AggregateView(keys=("k",), pipeline=Scan(source=BARE), features=(unbounded,), ttl=5 * MINUTE)
    assert value(view, t(6), row(t(1, -1)), row(t(1))) == 1
    with pytest.raises(ValueError, match="unbounded-window"):
        value(replace(view, ttl=None), t(6), row(t(1)))


def test_an_aggregate_is_not_found_only_outside_the_largest_window_of_its_view() -> None:
    short = Aggregate(name="f", function="sum", arguments=("x",), window=MINUTE)
    long = Aggregate(name="g", function="count", window=5 * MINUTE, where=Compare(column="x", operator=">", literal=9))
    view = AggregateView(keys=("k",), pipeline=Scan(source=BARE), features=(short, long))
    data = {"events": [row(t(1))]}
    assert status(view, data, (1,), t(6)) == {"f": Status.NULL_VALUE, "g": Status.PRESENT}
    assert status(view, data, (1,), t(6, 1)) == {"f": Status.NOT_FOUND, "g": Status.NOT_FOUND}
    assert evaluate(view, data, (1,), t(6, 1)) == {"f": None, "g": 0}


def test_an_aggregates_own_filter_narrows_it_alone_and_null_is_not_true() -> None:
    positive = Compare(column="x", operator=">", literal=0)
    features = (
        Aggregate(name="f", function="count", window=DAY, where=positive),
        Aggregate(name="g", function="count", window=DAY),
    )
    view = AggregateView(keys=("k",), pipeline=Scan(source=BARE), features=features)
    rows = [row(t(1), 1), row(t(2), -1), row(t(3), None)]
    assert evaluate(view, {"events": rows}, (1,), t(9)) == {"f": 1, "g": 3}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("count", 4),
        ("count_distinct", 3),
        ("sum", 12),
        ("avg", 3.0),
        ("min", 1),
        ("max", 6),
        ("median", 2.5),
        ("stddev_samp", math.sqrt(14 / 3)),
        ("first", None),
        ("last", 6),
        ("any_value", 2),
        ("mode", 2),
        ("list", [None, 2, 3, 1, 6]),
    ],
)
def test_aggregates_of_numbers_skip_nulls_unless_they_are_about_order(function: str, expected: object) -> None:
    values = (None, 2, 3, 1, 6) if function != "count_distinct" else (None, 2, 3, 3, 6)
    rows = [row(t(minute), number, id=str(minute)) for minute, number in enumerate(values)]
    actual = value(total(KEYED, function, "x"), t(9), *reversed(rows))
    assert compare(actual, expected, ordering_sensitive=True)
    assert type(actual) is type(expected)


@pytest.mark.parametrize(
    "function", ["sum", "avg", "min", "max", "median", "stddev_samp", "any_value", "mode", "string_agg"]
)
def test_an_aggregate_of_nulls_only_is_null(function: str) -> None:
    assert value(total(KEYED, function, "x"), t(9), row(t(1), None, id="a"), row(t(2), None, id="b")) is None


def test_of_equally_frequent_values_the_mode_is_the_one_that_came_first() -> None:
    rows = [row(t(minute), number, id=str(minute)) for minute, number in enumerate((1, 5, 3, 3, 5, None, None, None))]
    assert value(total(KEYED, "mode", "x"), t(9), *reversed(rows)) == 5


def test_stddev_of_one_value_is_null() -> None:
    assert value(total(BARE, "stddev_samp", "x"), t(9), row(t(1), 5)) is None


def test_nan_is_the_greatest_value_and_equals_itself() -> None:
    rows = [row(t(1), math.nan), row(t(2), 1.5), row(t(3), math.nan), row(t(4), 2.5)]
    assert value(total(BARE, "min", "x"), t(9), *rows) == 1.5
    assert compare(value(total(BARE, "max", "x"), t(9), *rows), math.nan)
    assert value(total(BARE, "count_distinct", "x"), t(9), *rows) == 3


def test_bool_and_and_bool_or_skip_nulls() -> None:
    rows = [row(t(1), gone=None), row(t(2), gone=True), row(t(3), gone=False)]
    assert value(total(BARE, "bool_and", "gone"), t(9), *rows) is False
    assert value(total(BARE, "bool_and", "gone"), t(3), *rows) is True
    assert value(total(BARE, "bool_or", "gone"), t(9), *rows) is True
    assert value(total(BARE, "bool_or", "gone"), t(2), *rows) is None


def test_arg_max_and_arg_min_ignore_rows_with_a_null_and_take_the_last_of_equal_keys() -> None:
    rows = [
        row(t(1), 5, id="a", s="first"),
        row(t(2), 5, id="b", s="second"),
        row(t(3), 5, id="c", s=None),
        row(t(4), None, id="d", s="fourth"),
        row(t(5), 1, id="e", s="small"),
        row(t(5), 1, id="f", s="small too"),
    ]
    assert value(total(KEYED, "arg_max", "s", "x"), t(9), *reversed(rows)) == "second"
    assert value(total(KEYED, "arg_min", "s", "x"), t(9), *reversed(rows)) == "small too"


def test_string_agg_follows_the_total_order_and_skips_nulls() -> None:
    rows = [row(t(2), id="b", s="é"), row(t(2), id="a", s="日"), row(t(1), id="c", s=""), row(t(3), id="d", s=None)]
    feature = Aggregate(name="f", function="string_agg", arguments=("s",), window=DAY, separator="|")
    view = AggregateView(keys=("k",), pipeline=Scan(source=KEYED), features=(feature,))
    assert value(view, t(9), *rows) == "|日|é"


def test_a_null_tie_break_comes_before_any_value() -> None:
    source = replace(BARE, tie_break=("seq",))
    rows = [row(t(1), 2, seq=0), row(t(1), 1, seq=None), row(t(1), 3, seq=5)]
    assert value(total(source, "list", "x"), t(9), *rows) == [1, 2, 3]


# --- Refresh


def test_a_refreshed_view_is_looked_up_at_its_last_published_tick() -> None:
    daily = Refresh(interval=HOUR, offset=10 * MINUTE, lag=5 * MINUTE)
    assert effective_moment(daily, t(75, 1)) == t(70)
    assert effective_moment(daily, t(75)) == t(10)
    assert effective_moment(daily, t(135)) == t(70)


def test_without_lag_a_tick_is_not_published_at_its_own_moment() -> None:
    assert effective_moment(Refresh(interval=5 * MINUTE), t(10)) == t(5)
    assert effective_moment(Refresh(interval=5 * MINUTE), t(10, 1)) == t(10)


def test_a_refreshed_value_knows_nothing_that_came_between_tick_and_publication() -> None:
    view = replace(total(LATE, window=5 * MINUTE), refresh=Refresh(interval=5 * MINUTE, lag=2 * MINUTE))
    rows = [row(t(5), id="a"), row(t(9, -1), id="b"), row(t(9), known=t(11), id="c")]
    assert value(view, t(12), *rows) == 0
    assert value(view, t(12, 1), *rows) == 2
    assert value(view, t(17, 1), *rows) == 0


def test_a_refreshed_ttl_is_counted_from_the_tick() -> None:
    view = replace(latest(KEYED, ttl=4 * MINUTE), refresh=Refresh(interval=5 * MINUTE))
    assert value(view, t(10), row(t(1))) == 1
    assert state(view, t(10, 1), row(t(1))) == Status.OUTSIDE_MAX_AGE


# --- Row pipelines


def test_a_filter_sees_only_the_current_version() -> None:
    pipeline = Filter(input=Scan(source=LATE), predicate=lambda row, _moment: row["s"] == "ok")
    rows = [row(t(1), id="a", s="ok"), row(t(1), known=t(3), id="a", s="failed")]
    assert value(total(pipeline), t(3), *rows) == 1
    assert value(total(pipeline), t(3, 1), *rows) == 0


def test_a_projection_may_drop_the_event_time_and_keep_the_order() -> None:
    pipeline = Project(input=Scan(source=KEYED), columns=(("k", Value(column="k")), ("y", Value(column="x"))))
    assert value(total(pipeline, "list", "y", window=MINUTE), t(2), row(t(1.5), 2), row(t(1), 1, id="a")) == [1, 2]


def test_rows_of_a_union_break_ties_by_branch_and_each_branch_keeps_its_own_visibility() -> None:
    inclusive = replace(KEYED, name="others", inclusive=True)
    pipeline = UnionAll(inputs=(Scan(source=inclusive), Scan(source=KEYED)))
    mine, theirs = row(t(1), 1, id="a"), row(t(1), 2, id="z")
    view = total(pipeline, "list", "x")
    assert value(view, t(1), mine, others=(theirs,)) == [2]
    assert value(view, t(2), mine, others=(theirs,)) == [2, 1]


def test_a_static_join_pads_when_left_and_drops_when_inner_and_null_keys_match_nothing() -> None:
    left = StaticJoin(input=Scan(source=KEYED), source=GROUPS, on=(("x", "x"),), take=(("label", "label"),))
    rows = [row(t(1), 1, id="a"), row(t(2), 2, id="b"), row(t(3), None, id="c")]
    groups = ({"x": 1, "label": "one"}, {"x": None, "label": "null"})
    assert value(total(left, "list", "label"), t(9), *rows, others=groups) == ["one", None, None]
    assert value(total(replace(left, kind="inner"), "list", "label"), t(9), *rows, others=groups) == ["one"]


ASOF = AsofJoin(left=Scan(source=LATE), right=Scan(source=OTHERS), on=(("k", "k"),), take=(("x", "r"),))


def test_an_asof_join_takes_the_right_row_at_the_same_time_unless_the_operator_is_strict() -> None:
    others = (row(t(2), 20, id="a"), row(t(3), 30, id="b"), row(t(4), 40, id="c"))
    assert value(latest(ASOF, "r"), t(9), row(t(3)), others=others) == 30
    assert value(latest(replace(ASOF, operator=">"), "r"), t(9), row(t(3)), others=others) == 20


def test_an_asof_join_pads_when_left_and_drops_when_inner() -> None:
    assert value(total(ASOF, "list", "r"), t(9), row(t(3))) == [None]
    assert value(total(replace(ASOF, kind="inner")), t(9), row(t(3))) == 0
    stranger = (row(t(1), k=2), row(t(1), k=None))
    assert value(total(ASOF, "list", "r"), t(9), row(t(3)), others=stranger) == [None]


def test_a_right_row_that_arrives_after_the_left_row_was_known_never_joins() -> None:
    late = (row(t(1), 10, id="a"), row(t(2), 20, known=t(5, 1), id="b"))
    assert value(latest(ASOF, "r"), t(99), row(t(3), known=t(5)), others=late) == 10
    on_time = (row(t(1), 10, id="a"), row(t(2), 20, known=t(5), id="b"))
    assert value(latest(ASOF, "r"), t(99), row(t(3), known=t(5)), others=on_time) == 20


def test_an_inclusive_left_row_is_known_a_microsecond_earlier_than_an_exclusive_one() -> None:
    inclusive = replace(ASOF, left=Scan(source=replace(LATE, inclusive=True)))
    others = (row(t(1), 10, known=t(4), id="a"), row(t(2), 20, known=t(5), id="b"))
    assert value(latest(inclusive, "r"), t(99), row(t(3), known=t(5)), others=others) == 10


def test_a_later_correction_of_the_right_side_does_not_rewrite_the_pair() -> None:
    others = (row(t(1), 10, id="a"), row(t(1), 11, known=t(5), id="a"), row(t(1), known=t(6), id="a", gone=True))
    assert value(latest(ASOF, "r"), t(99), row(t(3)), others=others) == 10
    assert value(latest(ASOF, "r"), t(99), row(t(3), known=t(5)), others=others) == 11
    assert value(latest(ASOF, "r"), t(99), row(t(3), known=t(6)), others=others) is None


def test_a_correction_of_the_left_side_is_paired_anew() -> None:
    rows = [row(t(3), 1, id="l"), row(t(3), 2, known=t(6), id="l")]
    others = (row(t(1), 10, id="a"), row(t(2), 20, known=t(5), id="b"))
    assert value(latest(ASOF, "r"), t(6), *rows, others=others) == 10
    assert value(latest(ASOF, "r"), t(6, 1), *rows, others=others) == 20


def test_a_left_row_known_ahead_of_its_time_may_meet_a_right_row_that_has_not_happened_either() -> None:
    others = (row(t(7), 70, known=t(1), id="a"),)
    assert value(latest(ASOF, "r"), t(9), row(t(8), known=t(2)), others=others) == 70


def test_ties_on_the_right_go_to_the_row_known_last_and_then_to_the_greater_tie_break() -> None:
    others = (row(t(2), 1, known=t(2), id="z"), row(t(2), 2, known=t(3), id="a"), row(t(2), 3, known=t(3), id="b"))
    assert value(latest(ASOF, "r"), t(9), row(t(5)), others=others) == 3


def window_over(function: Lag | RunningSum | RangeCount) -> Window:
    source = Scan(source=replace(KEYED, append_only=True))
    return Window(input=source, function=function, partition_by=("k",), name="w")


def test_lag_is_the_row_before_in_event_time_and_null_at_the_start() -> None:
    rows = [row(t(2), 2, id="b"), row(t(1), 1, id="a"), row(t(2), 3, id="c"), row(t(1.5), 9, id="d", k=2)]
    assert value(total(window_over(Lag(column="x")), "list", "w"), t(9), *rows) == [None, 1, 2]


def test_a_running_sum_covers_the_rows_before_and_the_row_itself() -> None:
    rows = [row(t(minute), x, id=str(minute)) for minute, x in enumerate((None, 1, 2, 4, 8))]
    running = window_over(RunningSum(column="x", preceding=2))
    assert value(total(running, "list", "w"), t(9), *rows) == [None, 1, 3, 7, 14]


def test_a_range_count_includes_its_tail_and_rows_of_the_same_time() -> None:
    rows = [row(t(0, -1), id="a"), row(t(0), id="b"), row(t(5), id="c"), row(t(5), id="d")]
    counting = window_over(RangeCount(interval=5 * MINUTE))
    assert value(total(counting, "list", "w"), t(9), *rows) == [1, 2, 3, 3]


def test_a_backward_window_reaches_behind_the_window_of_the_aggregate() -> None:
    rows = [row(t(1), 10, id="a"), row(t(8), 20, id="b")]
    assert value(total(window_over(Lag(column="x")), "list", "w", window=2 * MINUTE), t(9), *rows) == [10]


# --- Equality


def test_equality_is_exact_but_for_floats_of_order_sensitive_aggregates() -> None:
    assert not compare(0.1 + 0.2, 0.3)
    assert compare(0.1 + 0.2, 0.3, ordering_sensitive=True)
    assert not compare(1.0, 1.0 + 2e-9, ordering_sensitive=True)
    assert compare(3e9, 3e9 + 2, ordering_sensitive=True)
    assert not compare(3_000_000_000, 3_000_000_001, ordering_sensitive=True)


def test_equality_knows_nan_null_lists_booleans_and_timestamps() -> None:
    assert compare(math.nan, math.nan)
    assert not compare(None, 0)
    assert not compare(True, 1)
    assert compare([1, None, math.nan], [1, None, math.nan])
    assert not compare([1, 2], [1])
    assert compare(datetime.datetime(1970, 1, 1, 0, 0, 1), SECOND)
    assert compare(datetime.datetime(1970, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))), 0)
