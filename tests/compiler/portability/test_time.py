"""What is said of time in more than one way: units, intervals, moments in quotes, formats, frames and ticks."""

from __future__ import annotations

import duckdb
import pytest
from sqlglot import exp

from portability.both import Both, lowered
from portability.conformance import typed
from skewless.codegen.ticks import ticks_from_last
from skewless.contract.clock import interval
from skewless.contract.ir import Refresh
from skewless.contract.types import cast
from skewless.dialects.catalogue.entry import Written
from skewless.dialects.catalogue.time.formats import DIRECTIVES, strftime
from skewless.dialects.catalogue.time.units import UNITS
from skewless.dialects.emit import emit
from skewless.dialects.lowering import lowering_for
from skewless.dialects.lowering.core import Unportable
from skewless.dialects.spark import Spark
from skewless.ground.durations import Duration

_KINDS = ("DATE", "TIMESTAMP", "INTEGER")
_SAME = [
    "c1 + INTERVAL 3 DAY", "INTERVAL '3 days' + c1", "c2 - INTERVAL '90' MINUTE", "c2 - INTERVAL (c3 % 1000) MONTH",
    "c2 + INTERVAL (c3 % 1000) DAY", "c1 - to_weeks(c3 % 100)", "c2 - (c3 % 100) * INTERVAL 2 HOUR",
    "c2 + INTERVAL '1' QUARTER * (c3 % 100)", "c2 + INTERVAL 1 MONTH - INTERVAL 1 DAY", "c2 + -(INTERVAL 5 SECOND)",
    "c2 + INTERVAL '-7' MILLISECONDS", "date_add(c1, INTERVAL 1 YEAR)", "c2 + INTERVAL 3000000000 MICROSECOND",
    "c2 + INTERVAL 3000000000 MILLISECOND", "c2 + to_milliseconds(c3)",
    "c1 < c2", "c1 = c2", "c1 BETWEEN c2 AND TIMESTAMP '2026-01-31 12:00:00'", "c1 > '2024-02-29'",
    "c2 >= '2026-01-31'", "c2 <> '2026-01-31T23:59:59.999999'", "c1 IN ('1970-01-01', DATE '2026-01-31')",
    "coalesce(c1, '2026-1-31')", "greatest(c1, c2)", "CASE WHEN c3 > 0 THEN c2 ELSE '2026-01-31 10:00' END",
    "c1 - DATE '1970-01-01'", "c1::TIMESTAMP", "c2::DATE", "date(c2)", "DATE '0001-01-01' = c1",
    "TIMESTAMP '1969-12-31 23:59:59.5'", "extract(week FROM c1)", "extract('epoch' FROM c2)", "datepart('isodow', c1)",
    "date_part('weekday', c2)", "datediff('weeks', c1, c2)", "date_diff('w', c1, c2)", "date_sub('mon', c1, c2)",
    "datetrunc('quarters', c1)", "week(c1)", "weekday(c2)", "dayofmonth(c2)", "epoch_ms(c2)", "epoch_ms(c3::BIGINT)",
    "make_timestamp(c3::BIGINT)", "strftime('%Y-%m', c1)", "time_bucket(INTERVAL '2 weeks', c2)",
    "time_bucket(INTERVAL 90 MINUTE, c2, TIMESTAMP '1970-01-01 00:00:07')", "time_bucket(INTERVAL 5 DAY, c1, c1)",
    "time_bucket(INTERVAL 5 HOUR, c1, c2)", "time_bucket(INTERVAL 5 MONTH, c2)",
]  # fmt: skip
_REFUSED = [
    "c2 - c2", "c2 - c1", "age(c2, c2)", "INTERVAL 1 DAY", "c2 + (INTERVAL 1 DAY + INTERVAL 1 HOUR)",
    "c2 + INTERVAL 1.5 HOUR", "c2 + 1.5 * INTERVAL 1 HOUR", "c2 + INTERVAL (c3::BIGINT) HOUR", "INTERVAL 1 DAY = INTERVAL 24 HOUR",
    "c2 + CASE WHEN c3 > 0 THEN INTERVAL 1 DAY ELSE INTERVAL 1 MONTH END", "c1 + c3::BIGINT", "to_days(c3)",
    "'infinity'::DATE", "TIMESTAMP '-infinity'", "c1 < '2026-01-31 10:00'", "c2 < 'epoch'", "c2 < '2026-02-30'",
    "TRY_CAST('2026-13-01' AS DATE)", "TIMESTAMP '2026-01-31 10:00:00+02'", "c2::TIMESTAMPTZ", "c3::TINYINT",
    "c2 AT TIME ZONE 'UTC'", "to_timestamp(c3)", "strptime('2026', '%Y')", "strftime(c2, '%Z')", "strftime(c2, 'it''s')",
    "date_trunc('dow', c2)", "date_diff('dow', c1, c1)", "time_bucket(INTERVAL '-5' MINUTE, c2)",
    "time_bucket(INTERVAL 1 MONTH, c2, c2)", "time_bucket(INTERVAL 5 MINUTE, c2, '2026-01-01')", "epoch_ns(c2)",
    "isfinite(c1)", "make_timestamp(2026, 1, 31, 10, 0, 0.5)",
]  # fmt: skip


@pytest.mark.parametrize("text", _REFUSED)
def test_what_engines_do_not_share_is_refused(text: str) -> None:
    with pytest.raises(Unportable) as refused:
        lowered(text, typed(_KINDS))
    assert refused.value.reason
    assert refused.value.rewrite


def test_ways_to_say_it_are_the_same(both: Both) -> None:
    assert both.differences(_KINDS, [lowered(text, typed(_KINDS))[:2] for text in _SAME]) == []


def test_types_of_ways_to_say_it() -> None:
    columns = ", ".join(f"NULL::{kind} AS c{place}" for place, kind in enumerate(_KINDS, start=1))
    with duckdb.connect() as connection:
        for text in _SAME:
            sql, _, dtype = lowered(text, typed(_KINDS))
            query = f"SELECT typeof({sql}) FROM (SELECT {columns})"
            assert connection.execute(query).fetchall() == [(str(dtype),)], text


@pytest.mark.parametrize(("spelling", "unit"), UNITS.items())
def test_a_unit_s_spellings_are_duckdb_s(spelling: str, unit: str) -> None:
    moment = "TIMESTAMP '2023-05-17 13:14:15.678912'"
    with duckdb.connect() as connection:
        query = f"SELECT date_part('{spelling}', {moment}) = date_part('{unit}', {moment})"
        assert connection.execute(query).fetchall() == [(True,)]


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP"])
def test_formats_are_the_same(both: Both, kind: str) -> None:
    formats = [
        *(f"%{one}" for one in DIRECTIVES),
        "%Y-%m-%d %H:%M:%S.%f",
        "%x|%X|%c|%T|%h|%n",
        "week %V of %G",
        "100%%",
    ]
    texts = [f"strftime(c1, '{one}')" for one in formats if isinstance(strftime(one, "spark"), Written)]
    assert len(texts) > len(DIRECTIVES)
    assert both.differences((kind,), [lowered(text, typed([kind]))[:2] for text in texts]) == []


def test_years_before_the_first_are_the_same(both: Both) -> None:
    early = "(c1 - INTERVAL '2500' YEAR)"
    units = sorted(set(UNITS.values()))
    boundaries = [unit for unit in units if unit not in ("dow", "doy")]
    texts = [f"date_part('{unit}', {early})" for unit in units] + [f"yearweek({early})", f"era({early})"]
    texts += [f"date_trunc('{unit}', {early})" for unit in boundaries]
    texts += [f"date_diff('{unit}', {early}, c1)" for unit in boundaries]
    kinds = ("TIMESTAMP",)
    assert both.differences(kinds, [lowered(text, typed(kinds))[:2] for text in texts]) == []


def test_formats_of_years_beyond_four_digits_are_the_same(both: Both) -> None:
    kinds = ("DATE", "INTEGER")
    texts = [f"strftime(c1::TIMESTAMP + to_days(c2), '%{one}')" for one in DIRECTIVES]
    assert both.differences(kinds, [lowered(text, typed(kinds))[:2] for text in texts]) == []


_LENGTHS = [1, 1_500, 1_000, 5_000_000, 5_400_000_000, 3_600_000_000, 129_600_000_000, 86_400_000_000, 604_800_000_001]


def test_frames_of_every_length_are_the_same(both: Both) -> None:
    moments = [f"TIMESTAMP_NTZ '2026-03-29 00:00:00' + INTERVAL '{one}' MICROSECOND" for one in (0, *_LENGTHS)]
    rows = f"(SELECT EXPLODE(ARRAY({', '.join(moments)})) AS t)"
    assert _counts(both.spark.sql, rows) == _counts(
        both.duck.execute, rows.replace("EXPLODE(ARRAY(", "UNNEST(LIST_VALUE(").replace("TIMESTAMP_NTZ", "TIMESTAMP")
    )


def _counts(run: object, rows: str) -> list[tuple[object, ...]]:
    frames = [Spark().interval(interval(Duration(length))).sql("spark") for length in _LENGTHS]
    counts = [f"COUNT(*) OVER (ORDER BY t RANGE BETWEEN {one} PRECEDING AND CURRENT ROW)" for one in frames]
    result = run(f"SELECT t, {', '.join(counts)} FROM {rows} ORDER BY t")  # type: ignore[operator]
    return [tuple(row) for row in (result.collect() if hasattr(result, "collect") else result.fetchall())]


@pytest.mark.parametrize("length", ["6 hours", "90 minutes", "1 week", "100 milliseconds"])
@pytest.mark.parametrize(("offset", "lag"), [("0 seconds", "0 seconds"), ("7 minutes", "2 seconds")])
def test_ticks_are_the_same(both: Both, length: str, offset: str, lag: str) -> None:
    parts = {"interval": length, "offset": offset, "lag": lag}
    refresh = Refresh(**{name: Duration.parse(text) for name, text in parts.items()})
    for moment in ("2026-03-01 00:00:00", "1969-12-31 23:59:59.999999"):
        ticks = ticks_from_last(refresh, cast(exp.Literal.string(moment), "TIMESTAMP"))
        series = lowering_for(Spark(), lambda _: None).expression(ticks).tree
        expected = both.duck.execute(f"SELECT {emit(ticks)}").fetchall()
        assert [tuple(row) for row in both.spark.sql(f"SELECT {series.sql('spark')}").collect()] == expected
