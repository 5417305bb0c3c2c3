"""Sources in CSV and JSON: their text means what the declared types say, whatever a reader would guess."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from skewless import Project
from skewless.cli.main import cli
from skewless.ground.errors import DataError, EngineError

NOON = dt.datetime(2026, 6, 12, 12)
PROPERTIES = """entities:
  - {{name: shop, keys: [{{name: shop_code, data_type: varchar}}]}}
sources:
  - name: raw
    tables:
      - name: visits
        path: {path}
        event_time: at
        primary_key: [visit]
        append_only: true
        columns:
          - {{name: visit, data_type: bigint, data_tests: [unique, not_null]}}
          - {{name: shop_code, data_type: varchar, data_tests: [{{accepted_values: {{values: ['007', '1.10']}}}}]}}
          - {{name: at, data_type: timestamp}}
          - {{name: price, data_type: 'decimal(12,2)'}}
          - {{name: tags, data_type: 'varchar[]'}}
      - name: shops
        path: shops.csv
        static: true
        primary_key: [code]
        columns:
          - {{name: code, data_type: varchar}}
          - {{name: size, data_type: double}}
services:
  - {{name: all, features: [visits]}}
"""
MODEL = """{{ config(entity='shop') }}
select v.shop_code, count(*) filter (where {{ last('1 day') }}) as visits_1d,
    sum(v.price) filter (where {{ last('1 day') }}) as price_1d, max(s.size) filter (where {{ last('1 day') }}) as size_1d,
    max(len(v.tags)) filter (where {{ last('1 day') }}) as tags_1d
from {{ source('raw', 'visits') }} as v left join {{ source('raw', 'shops') }} as s on s.code = v.shop_code
group by v.shop_code"""
CSV = """visit,shop_code,at,price,tags
1,007,2026-06-12 11:00:00,1.10,"[a, b]"
2,1.10,2026-06-12 11:00:00,2.50,[]
3,007,2026-06-12 13:30:00+02:00,0.05,
4,7,2026-06-12 11:00:00,100,
"""
JSON = """{"visit": 1, "shop_code": "007", "at": "2026-06-12 11:00:00", "price": 1.10, "tags": ["a", "b"]}
{"visit": 2, "shop_code": "1.10", "at": "2026-06-12 11:00:00", "price": "2.50", "tags": []}
{"visit": 3, "shop_code": "007", "at": "2026-06-12T13:30:00+02:00", "price": 0.05, "tags": null}
{"visit": 4, "shop_code": "7", "at": "2026-06-12 11:00:00", "price": 100}
"""
SHOPS = "code,size\n007,2.5\n1.10,NaN\n7,1e3\n"


def project(folder: Path, path: str = "visits.csv", text: str = CSV, shops: str = SHOPS) -> Project:
    (folder / "features").mkdir(parents=True)
    (folder / "features" / "raw.yml").write_text(PROPERTIES.format(path=path))
    (folder / "features" / "visits.sql").write_text(MODEL)
    (folder / "skewless.yml").write_text("name: shop\nversion: '1'\nprofile: shop\n")
    (folder / "profiles.yml").write_text("shop: {target: dev, outputs: {dev: {type: duckdb}}}\n")
    (folder / path).write_text(text)
    (folder / "shops.csv").write_text(shops)
    return Project.load(folder, environ={})


@pytest.mark.parametrize(("path", "text"), [("visits.csv", CSV), ("visits.jsonl", JSON)])
def test_text_is_cast_to_the_declared_types_on_both_paths(tmp_path: Path, path: str, text: str) -> None:
    one = project(tmp_path / "p", path, text)
    codes = ["007", "1.10", "7", "1.1"]
    trained = one.training_set("all", [{"shop_code": code, "at": NOON} for code in codes], timestamp="at")
    one.run(as_of=NOON)
    served = one.server("all").get([{"shop_code": code} for code in codes], as_of=NOON)
    expected = {"visits_1d": [2, 1, 1, 0], "tags_1d": [2, 0, None, None]}
    for name, values in expected.items():
        assert trained.column(name).to_pylist() == values
        assert served.values[name] == values
    for name, texts in {
        "price_1d": ["1.15", "2.50", "100.00", "None"], "size_1d": ["2.5", "nan", "1000.0", "None"]
    }.items():  # fmt: skip
        assert [str(value) for value in trained.column(name).to_pylist()] == texts
        assert [str(value) for value in served.values[name]] == texts


def test_data_tests_see_the_declared_types(tmp_path: Path) -> None:
    project(tmp_path / "p")
    result = CliRunner().invoke(cli, ["test", "--select", "test_type:data", "--project-dir", str(tmp_path / "p")])
    assert "4      7          2026-06-12 11:00:00  100.00  null" in result.output
    assert "PASS=2 WARN=0 ERROR=1 SKIP=0 TOTAL=3" in result.output


def test_another_row_does_not_change_what_the_others_mean(tmp_path: Path) -> None:
    """A reader that guesses would make whole numbers of codes until the first letter comes."""
    spine = [{"shop_code": "007", "at": NOON}]
    before = project(tmp_path / "a").training_set("all", spine, timestamp="at")
    after = project(tmp_path / "b", text=CSV + "5,A7,2026-06-12 11:00:00,1,\n")
    assert after.training_set("all", spine, timestamp="at").equals(before)


@pytest.mark.parametrize(("suffix", "text"), [
    (".csv", "shop_code,at,note\n007,2026-06-12 12:00:00,3\n1.10,2026-06-12 12:00:00,4\n"),
    (".jsonl", '{"shop_code": "007", "at": "2026-06-12 12:00:00", "note": 3}\n'
               '{"shop_code": "1.10", "at": "2026-06-12 12:00:00", "note": 4}\n'),
])  # fmt: skip
def test_keys_in_a_spine_of_text_are_text(tmp_path: Path, suffix: str, text: str) -> None:
    one = project(tmp_path / "p")
    spine = tmp_path / f"spine{suffix}"
    spine.write_text(text)
    table = one.training_set("all", spine, timestamp="at")
    assert table.column("shop_code").to_pylist() == ["007", "1.10"]
    assert table.column("visits_1d").to_pylist() == [2, 1]
    assert table.column("note").to_pylist() == [3, 4]


def test_text_that_is_not_of_its_type_is_an_error(tmp_path: Path) -> None:
    one = project(tmp_path / "p", text=CSV + "5,007,2026-06-12 11:00:00,five,\n")
    with pytest.raises(EngineError, match='"five"'):
        one.run(as_of=NOON)


def test_a_column_that_json_does_not_have_is_named(tmp_path: Path) -> None:
    one = project(tmp_path / "p", "visits.json", JSON.replace("price", "Price"))
    with pytest.raises(DataError, match="no column 'price'"):
        one.run(as_of=NOON)


def test_a_csv_column_in_other_case_is_found(tmp_path: Path) -> None:
    one = project(tmp_path / "p", text=CSV.replace("shop_code,at,price", "SHOP_CODE,At,Price"))
    assert one.run(as_of=NOON) is not None


def test_a_static_key_that_is_there_twice_is_an_error(tmp_path: Path) -> None:
    """It would count every visit of the shop twice."""
    one = project(tmp_path / "p", shops=SHOPS + "007,3\n")
    message = "the static source 'raw.shops' has several rows with code = 007, which is its primary_key"
    with pytest.raises(DataError, match=message):
        one.run(as_of=NOON)
    with pytest.raises(DataError, match=message):
        one.training_set("all", [{"shop_code": "007", "at": NOON}], timestamp="at")


def test_static_rows_without_a_key_are_not_compared(tmp_path: Path) -> None:
    one = project(tmp_path / "p", shops=SHOPS + ",1\n,2\n")
    assert one.training_set("all", [{"shop_code": "007", "at": NOON}], timestamp="at").num_rows == 1


NOTES = """entities:
  - {{name: note, keys: [{{name: id, data_type: bigint}}]}}
sources:
  - name: raw
    tables:
      - name: notes
        path: {path}
        event_time: at
        primary_key: [id]
        append_only: true
        columns:
          - {{name: id, data_type: bigint, data_tests: [{{relationships: {{to: "source('raw', 'known')", field: id}}}}]}}
          - {{name: at, data_type: timestamp}}
          - {{name: x, data_type: {dtype}}}
      - name: known
        path: known.csv
        static: true
        primary_key: [id]
        columns: [{{name: id, data_type: bigint}}, {{name: n, data_type: bigint}}]
services:
  - {{name: notes, features: [notes]}}
"""
NOTE = "{{ config(entity='note') }}\nselect id, x from {{ source('raw', 'notes') }}"


def notes(folder: Path, path: str, dtype: str = "varchar") -> Project:
    (folder / "features").mkdir(parents=True)
    (folder / "features" / "raw.yml").write_text(NOTES.format(path=path, dtype=dtype))
    (folder / "features" / "notes.sql").write_text(NOTE)
    (folder / "skewless.yml").write_text("name: notes\nversion: '1'\nprofile: notes\n")
    (folder / "profiles.yml").write_text("notes: {target: dev, outputs: {dev: {type: duckdb}}}\n")
    (folder / "known.csv").write_text("id,n\n1,1\n,2\n")
    return Project.load(folder, environ={})


def read(one: Project, *ids: int) -> list[object]:
    """The values of x, which both paths must give."""
    trained = (
        one.training_set("notes", [{"id": id_, "at": NOON} for id_ in ids], timestamp="at").column("x").to_pylist()
    )
    one.run(as_of=NOON)
    assert one.server("notes").get([{"id": id_} for id_ in ids], as_of=NOON).values["x"] == trained
    return trained


def test_quotes_and_comments_are_not_guessed_from_the_first_rows(tmp_path: Path) -> None:
    one = notes(tmp_path / "p", "notes.csv")
    many = "".join(f"{n},2026-06-12 10:00:00,it's\n" for n in range(10, 30_010))
    late = '1,2026-06-12 10:00:00,"say ""hi"""\n2,2026-06-12 10:00:00,\'quoted\'\n3,2026-06-12 10:00:00,#7\n'
    (tmp_path / "p" / "notes.csv").write_text(f"id,at,x\n{many}{late}")
    assert read(one, 1, 2, 3) == ['say "hi"', "'quoted'", "#7"]
    (tmp_path / "p" / "notes.csv").write_text("id,at,x\n2,2026-06-12 10:00:00,'quoted'\n3,2026-06-12 10:00:00,#7\n")
    assert read(one, 2, 3) == ["'quoted'", "#7"]


def test_a_line_that_looks_like_a_comment_is_a_row(tmp_path: Path) -> None:
    one = notes(tmp_path / "p", "notes.csv")
    (tmp_path / "p" / "notes.csv").write_text("x,id,at\na,1,2026-06-12 10:00:00\n#b,2,2026-06-12 10:00:00\n")
    assert read(one, 1, 2) == ["a", "#b"]


@pytest.mark.parametrize(("dtype", "first", "second", "expected"), [
    ("double", "1::bigint", "1.5::double", [1.0, 1.5]),
    ("varchar", "1::bigint", "'007'", ["1", "007"]),
    ("timestamp", "timestamp '2026-06-12 09:00:00'", "'2026-06-12 09:00:00.123456999'::timestamp_ns",
     [dt.datetime(2026, 6, 12, 9), dt.datetime(2026, 6, 12, 9, 0, 0, 123456)]),
])  # fmt: skip
def test_files_of_one_source_do_not_force_their_types_upon_each_other(
    tmp_path: Path, dtype: str, first: str, second: str, expected: list[object]
) -> None:
    one = notes(tmp_path / "p", "notes_*.parquet", dtype)
    for number, x in enumerate((first, second), start=1):
        row = f"SELECT {number} AS id, TIMESTAMP '2026-06-12 10:00:00' AS at, {x} AS x"
        duckdb.sql(f"COPY ({row}) TO '{tmp_path}/p/notes_{number}.parquet'")
    assert read(one, 1, 2) == expected


def test_names_of_folders_are_text_until_they_are_cast(tmp_path: Path) -> None:
    one = notes(tmp_path / "p", "x=*/notes.parquet")
    for number, x in enumerate(("2026-6-1", "007"), start=1):
        (tmp_path / "p" / f"x={x}").mkdir()
        row = f"SELECT {number} AS id, TIMESTAMP '2026-06-12 10:00:00' AS at"
        duckdb.sql(f"COPY ({row}) TO '{tmp_path}/p/x={x}/notes.parquet'")
    assert read(one, 1, 2) == ["2026-6-1", "007"]


@pytest.mark.parametrize(("path", "text"), [
    ("notes.csv", 'id,at,x\n1,2026-06-12 10:00:00,"[2026-06-12 10:00:00+02:00]"\n'),
    ("notes.jsonl", '{"id": 1, "at": "2026-06-12 10:00:00", "x": ["2026-06-12 10:00:00+02:00"]}\n'),
])  # fmt: skip
def test_zones_within_lists_are_converted(tmp_path: Path, path: str, text: str) -> None:
    one = notes(tmp_path / "p", path, "'timestamp[]'")
    (tmp_path / "p" / path).write_text(text)
    assert read(one, 1) == [[dt.datetime(2026, 6, 12, 8)]]


def test_nanoseconds_within_lists_are_floored(tmp_path: Path) -> None:
    one = notes(tmp_path / "p", "notes.parquet", "'timestamp[]'")
    row = "SELECT 1 AS id, TIMESTAMP '2026-06-12 10:00:00' AS at, ['2026-06-12 09:00:00.123456999'::timestamp_ns] AS x"
    duckdb.sql(f"COPY ({row}) TO '{tmp_path}/p/notes.parquet'")
    assert read(one, 1) == [[dt.datetime(2026, 6, 12, 9, 0, 0, 123456)]]


def test_a_zoned_text_is_the_date_in_utc(tmp_path: Path) -> None:
    one = notes(tmp_path / "p", "notes.csv", "date")
    rows = "1,2026-06-12 10:00:00,2026-06-11 23:30:00-05:00\n2,2026-06-12 10:00:00,2026-06-11\n"
    (tmp_path / "p" / "notes.csv").write_text(f"id,at,x\n{rows}")
    assert read(one, 1, 2) == [dt.date(2026, 6, 12), dt.date(2026, 6, 11)]


def test_a_null_among_the_known_values_hides_no_orphan(tmp_path: Path) -> None:
    notes(tmp_path / "p", "notes.csv")
    (tmp_path / "p" / "notes.csv").write_text("id,at,x\n1,2026-06-12 10:00:00,a\n9,2026-06-12 10:00:00,b\n")
    result = CliRunner().invoke(cli, ["test", "--select", "test_type:data", "--project-dir", str(tmp_path / "p")])
    assert "FAIL data test relationships_raw_notes_id" in result.output


def test_nan_is_above_every_range(tmp_path: Path) -> None:
    notes(tmp_path / "p", "notes.parquet", "double, data_tests: [{accepted_range: {max: 100}}]")
    row = "SELECT 1 AS id, TIMESTAMP '2026-06-12 10:00:00' AS at, unnest([1.0, 2.0, 'nan'::double]) AS x"
    duckdb.sql(f"COPY ({row}) TO '{tmp_path}/p/notes.parquet'")
    result = CliRunner().invoke(cli, ["test", "--select", "test_type:data", "--project-dir", str(tmp_path / "p")])
    assert "FAIL data test accepted_range_raw_notes_x" in result.output


def test_a_spine_of_text_is_not_guessed(tmp_path: Path) -> None:
    """A zone after many rows without one, and keys that a DOUBLE cannot hold."""
    one = notes(tmp_path / "p", "notes.csv")
    big = 9_007_199_254_740_993
    (tmp_path / "p" / "notes.csv").write_text(f"id,at,x\n{big},2026-06-12 09:30:00,a\n")
    many = f"{big},2026-06-12 09:00:00,'s'\n" * 30_000
    (tmp_path / "spine.csv").write_text(
        f"id,ts,note\n1.0,2026-06-12 09:00:00,n\n{many}{big},2026-06-12 12:00:00+02:00,n\n"
    )
    table = one.training_set("notes", tmp_path / "spine.csv", timestamp="ts")
    last = table.slice(table.num_rows - 1).to_pylist()[0]
    assert last == {"id": big, "ts": dt.datetime(2026, 6, 12, 10), "note": "n", "x": "a"}
    assert table.slice(1, 1).to_pylist()[0] == {"id": big, "ts": dt.datetime(2026, 6, 12, 9), "note": "'s'", "x": None}


def test_a_spine_of_text_has_whole_keys(tmp_path: Path) -> None:
    one = notes(tmp_path / "p", "notes.csv")
    (tmp_path / "p" / "notes.csv").write_text("id,at,x\n3,2026-06-12 09:30:00,a\n")
    (tmp_path / "spine.csv").write_text("id,ts\n2.5,2026-06-12 10:00:00\n")
    with pytest.raises(DataError, match=r"the spine's column 'id' holds 2\.5"):
        one.training_set("notes", tmp_path / "spine.csv", timestamp="ts")
