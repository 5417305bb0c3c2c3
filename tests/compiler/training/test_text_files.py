"""Sources in CSV and JSON: their text means what the declared types say, whatever a reader would guess."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

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
