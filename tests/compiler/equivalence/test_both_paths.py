"""Inputs on which training and serving once differed, or could: each through both paths, against a value worked out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewless import Project
from skewless.ground.errors import CompileError, DataError

TEN = dt.datetime(2026, 1, 1, 10)
ROWS = [(1, 1, 0, 1), (2, 1, 30, 2), (3, 2, 0, 3), (4, 2, 90, None)]
TABLE = pa.table(
    {
        "id": [row[0] for row in ROWS],
        "user_id": [row[1] for row in ROWS],
        "ts": pa.array([TEN + dt.timedelta(minutes=row[2]) for row in ROWS], pa.timestamp("us")),
        "x": pa.array([row[3] for row in ROWS], pa.int32()),
    }
)
COLUMNS = {"id": "bigint", "user_id": "bigint", "ts": "timestamp", "x": "integer"}


def both(
    folder: Path,
    model: str,
    asked: dict[str, Any],
    minutes: float,
    *,
    table: pa.Table = TABLE,
    columns: dict[str, str] | None = None,
    key: tuple[str, str] = ("user_id", "bigint"),
    event_time: str = "ts",
    **models: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(trained, served) features of the view `v` for one request, so many minutes after ten."""
    (folder / "features").mkdir()
    for name, text in {"v": model, **models}.items():
        (folder / "features" / f"{name}.sql").write_text(text)
    typed = ", ".join(f"{{name: {name}, data_type: '{dtype}'}}" for name, dtype in (columns or COLUMNS).items())
    (folder / "features" / "p.yml").write_text(
        f"entities: [{{name: e, keys: [{{name: {key[0]}, data_type: '{key[1]}'}}]}}]\n"
        f"sources: [{{name: s, tables: [{{name: t, path: t.parquet, event_time: {event_time}, primary_key: [id], "
        f"append_only: true, columns: [{typed}]}}]}}]\nservices: [{{name: svc, features: [v]}}]\n"
    )
    (folder / "skewless.yml").write_text("name: p\nversion: '1'\nprofile: p\n")
    (folder / "profiles.yml").write_text("p: {target: dev, outputs: {dev: {type: duckdb, threads: 1}}}\n")
    pq.write_table(table, folder / "t.parquet", version="2.6")
    project, at = Project.load(folder, environ={}), TEN + dt.timedelta(minutes=minutes)
    trained = project.training_set("svc", [{**asked, "_asked": at}], timestamp="_asked").to_pylist()[0]
    project.run(as_of=at)
    served = project.server("svc").get([asked], as_of=at).values
    return {name: trained[name] for name in served}, {name: values[0] for name, values in served.items()}


@pytest.mark.parametrize("plan", ["window_union", "range_join"])
@pytest.mark.parametrize(("user", "expected"), [(1, (2, 2, 5, True)), (3, (0, None, None, None))])
def test_aggregates_of_constants(tmp_path: Path, plan: str, user: int, expected: tuple[Any, ...]) -> None:
    window = "filter (where {{ last('1 hour') }}"
    model = (
        f"{{{{ config(entity='e', plan='{plan}') }}}} select user_id, count(1) {window}) as c, sum(2) {window} and x > 1) as s,"
        f" max(5) {window}) as m, bool_or(true) {window}) as b from {{{{ source('s', 't') }}}} group by user_id"
    )
    trained, served = both(tmp_path, model, {"user_id": user}, 45)
    assert tuple(trained.values()) == tuple(served.values()) == expected


def test_a_refreshed_view_cannot_depend_on_the_key_itself(tmp_path: Path) -> None:
    model = """{{ config(entity='e', refresh='1 hour') }}
        select user_id, user_id + count(*) filter (where {{ last('1 hour') }}) as c from {{ source('s', 't') }} group by 1"""
    with pytest.raises(CompileError, match="depends on the key 'user_id'"):
        both(tmp_path, model, {"user_id": 1}, 45)


DATED = {"id": "bigint", "user_id": "bigint", "ts": "timestamp", "x": "integer", "d": "date"}


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("max(d) filter (where {{ last('3 days') }})::varchar as f", "2026-01-01"),
        ("{{ as_of() }}::date - max(d) filter (where {{ last('3 days') }}) as f", 1),
        ("string_agg(d::varchar, ',') filter (where {{ last('3 days') }}) as f", "2026-01-01"),
    ],
)
def test_an_event_time_that_is_a_date_is_a_date_on_both_paths(tmp_path: Path, select: str, expected: object) -> None:
    table = TABLE.slice(0, 1).append_column("d", pa.array([TEN.date()], pa.date32()))
    model = f"{{{{ config(entity='e') }}}} select user_id, {select} from {{{{ source('s', 't') }}}} group by user_id"
    trained, served = both(tmp_path, model, {"user_id": 1}, 1_440, table=table, columns=DATED, event_time="d")
    assert trained == served == {"f": expected}


@pytest.mark.parametrize(
    ("column", "feature"),
    [("ts::timestamptz as c", "max(c::varchar)"), ("x::utinyint as c", "max(~c)"), ("x::hugeint as c", "max(c / 2)")],
)
def test_a_row_column_has_one_type_on_both_paths(tmp_path: Path, column: str, feature: str) -> None:
    model = f"""{{{{ config(entity='e', ttl='1 day') }}}} with r as (select user_id, {column} from {{{{ source('s', 't') }}}})
        select user_id, {feature} as f from r group by user_id"""
    trained, served = both(tmp_path, model, {"user_id": 1}, 45)
    assert trained == served
    assert trained["f"] is not None


def test_names_that_differ_in_case_are_two_columns(tmp_path: Path) -> None:
    model = """{{ config(entity='e') }} select user_id, x * 100 as X, x + 0 * date_part('second', {{ as_of() }}) as f
        from {{ source('s', 't') }}"""
    trained, served = both(tmp_path, model, {"user_id": 1}, 45)
    assert trained == served == {"X": 200, "f": 2.0}


def test_decimals_keep_all_their_digits(tmp_path: Path) -> None:
    wide = Decimal("12345678901234567890123456789012.34")
    table = TABLE.slice(0, 1).append_column("m", pa.array([wide], pa.decimal128(38, 2)))
    model = "{{ config(entity='e') }} select user_id, m as f from {{ source('s', 't') }}"
    trained, served = both(tmp_path, model, {"user_id": 1}, 45, table=table, columns={**COLUMNS, "m": "decimal(38,2)"})
    assert trained == served == {"f": wide}


KEYS = {
    "float": ([0.1], pa.float32(), 0.1),
    "double": ([float("nan")], pa.float64(), -float("nan")),
    "decimal(38,2)": ([Decimal("1" * 36 + ".25")], pa.decimal128(38, 2), Decimal("1" * 36 + ".25")),
    "date": ([dt.date(1, 1, 2)], pa.date32(), dt.date(1, 1, 2)),
    "varchar": (["é\x00'"], pa.string(), "é\x00'"),
    "boolean": ([False], pa.bool_(), False),
}


@pytest.mark.parametrize("dtype", KEYS)
def test_an_entity_is_found_by_a_key_of_any_type(tmp_path: Path, dtype: str) -> None:
    values, kind, asked = KEYS[dtype]
    table = TABLE.slice(0, 1).append_column("k", pa.array(values, kind))
    model = "{{ config(entity='e') }} select k, count(*) filter (where {{ last('1 day') }}) as n from {{ source('s', 't') }} group by k"
    trained, served = both(
        tmp_path, model, {"k": asked}, 45, table=table, columns={**COLUMNS, "k": dtype}, key=("k", dtype)
    )
    assert served == {"n": 1}
    assert dtype == "float" or trained == served


def test_nanoseconds_of_a_request_field_are_floored(tmp_path: Path) -> None:
    model = """{{ config(entity='e', request={'at': 'timestamp'}) }}
        select date_diff('microsecond', timestamp '2026-01-01', r.at) as f from {{ request() }} as r"""
    both(tmp_path, model, {"user_id": 1, "at": TEN}, 45)
    whole = int(TEN.replace(tzinfo=dt.UTC).timestamp()) * 10**9
    for zone in (None, "UTC"):
        given = pa.array([whole + 999], pa.timestamp("ns", zone))
        spine = pa.table({"user_id": [1], "at": given, "asked": pa.array([TEN], pa.timestamp("us"))})
        found = Project.load(tmp_path, environ={}).training_set("svc", spine, timestamp="asked")
        assert found.column("f").to_pylist() == [36_000_000_000]
        assert found.column("at").cast(pa.int64()).to_pylist() == [whole + 999]
        assert found.column_names == ["user_id", "at", "asked", "f"]


def test_zoned_nanoseconds_are_a_timestamp(tmp_path: Path) -> None:
    table = TABLE.slice(0, 1).set_column(
        2, "ts", TABLE.slice(0, 1)["ts"].cast(pa.timestamp("ns")).cast(pa.timestamp("ns", "UTC"))
    )
    model = "{{ config(entity='e') }} select user_id, x from {{ source('s', 't') }}"
    trained, served = both(tmp_path, model, {"user_id": 1}, 45, table=table)
    assert trained == served == {"x": 1}
    spine = pa.table(
        {
            "user_id": [1],
            "at": pa.array([int(TEN.replace(tzinfo=dt.UTC).timestamp()) * 10**9 + 1_000], pa.timestamp("ns", "UTC")),
        }
    )
    assert Project.load(tmp_path, environ={}).training_set("svc", spine, timestamp="at")["x"].to_pylist() == [1]


def test_nan_in_a_parquet_file_is_greater_than_everything(tmp_path: Path) -> None:
    """Its statistics say that the largest value is 0."""
    table = TABLE.append_column("z", pa.array([float("nan"), 0.0, float("nan"), 0.0]))
    model = """{{ config(entity='e', ttl='1 day') }} select user_id, count(*) as n, max(z) > 1 as top
        from {{ source('s', 't') }} where z >= 0.25 group by user_id"""
    trained, served = both(tmp_path, model, {"user_id": 1}, 45, table=table, columns={**COLUMNS, "z": "double"})
    assert trained == served == {"n": 1, "top": True}


def test_a_request_field_that_looks_like_a_slot_is_a_field(tmp_path: Path) -> None:
    w = "{{ config(entity='e') }} select user_id, x from {{ source('s', 't') }}"
    model = """{{ config(entity='e', request={'w__x': 'double'}) }} select v.x + 0 as y, r.w__x as z
        from {{ request() }} as r left join {{ ref('w') }} as v using (user_id)"""
    trained, served = both(tmp_path, model, {"user_id": 1, "w__x": 7.0}, 45, w=w)
    assert trained == served == {"y": 2, "z": 7.0}


def test_a_latest_feature_may_read_its_key_and_the_moment(tmp_path: Path) -> None:
    model = """{{ config(entity='e') }} select user_id, user_id + date_part('hour', {{ as_of() }}) as f from {{ source('s', 't') }}"""
    trained, served = both(tmp_path, model, {"user_id": 1}, 45)
    assert trained == served == {"f": 11}


@pytest.mark.parametrize("name", ["spine", "request", "moment", "event", "points", "cutoff", "spine_given"])
@pytest.mark.parametrize("kind", ["aggregate", "request"])
def test_a_view_may_have_any_name(tmp_path: Path, name: str, kind: str) -> None:
    inner = """{{ config(entity='e') }} select user_id, count(*) filter (where {{ last('1 day') }}) as n
        from {{ source('s', 't') }} group by user_id"""
    model = f"""{{{{ config(entity='e') }}}} select a.n + 1 as more from {{{{ request() }}}} as r
        left join {{{{ ref('{name}') }}}} as a using (user_id)"""
    trained, served = both(tmp_path, model if kind == "request" else inner, {"user_id": 1}, 45, **{name: inner})
    assert trained == served == ({"more": 3} if kind == "request" else {"n": 2})


def test_a_spine_key_that_is_no_whole_number_is_refused(tmp_path: Path) -> None:
    model = "{{ config(entity='e') }} select user_id, x from {{ source('s', 't') }}"
    with pytest.raises(DataError, match=r"holds 2\.5"):
        both(tmp_path, model, {"user_id": 2.5}, 45)
