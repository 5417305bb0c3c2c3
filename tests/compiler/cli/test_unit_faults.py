"""Unit tests that are at fault themselves: each is told at its place, and none passes by accident."""

from __future__ import annotations

import pytest
from cli_project import Shop

ORDER = "{order_id: 1, user_id: 1, amount: 10.0, ordered_at: 2026-01-01 09:00:00}"
EXPECTED = "{user_id: 1, as_of: 2026-01-01 10:00:00, orders_1d: 1, amount_1d: 10.0}"
BASKET = """
unit_tests:
  - name: sizes
    model: basket
    given:
      - input: ref('user_totals')
        rows:
          - {user_id: 1, orders_1d: 2, amount_1d: 50}
      - input: request()
        rows:
          - {user_id: 1, amount: 100}
          - {user_id: 2, amount: 101}
    expect:
      rows:
        - {user_id: 1, is_large: false, amount_ratio: 2}
        - {user_id: 2, is_large: true, amount_ratio: null}
"""


def told(shop: Shop) -> str:
    """What `test` says of the one test that is at fault."""
    found = shop.run("test", "-s", "test_type:unit")
    assert found.exit_code == 1, found.output
    paragraph = found.stdout[found.stdout.index("Error in unit test") :]
    return paragraph[: paragraph.index("\n\n")]


def test_an_expected_row_without_a_moment_is_refused(shop: Shop) -> None:
    shop.replace("tests/shop.yml", "as_of: 2026-01-03 10:00:00, ", "")
    assert (
        told(shop)
        == """\
Error in unit test counts_the_last_day (user_totals)
  missing-key: an expected row needs 'as_of', the moment at which it is expected
    --> tests/shop.yml:12:11
      |
   12 |         - {user_id: 1, orders_1d: 0, amount_1d: null}
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    help: write as_of: 2026-06-12 10:00:00"""
    )


def test_a_moment_of_null_is_none(shop: Shop) -> None:
    shop.replace("tests/shop.yml", "as_of: 2026-01-03 10:00:00", "as_of: null")
    assert "an expected row needs 'as_of'" in told(shop)


def test_values_that_no_moment_changes_need_none(shop: Shop) -> None:
    shop.write("tests/shop.yml", BASKET)
    assert "PASS unit test sizes" in shop.ok("test", "-s", "test_type:unit").stdout


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("features/basket.sql", "r.amount > ", "{{ as_of() }} > timestamp '2026-01-01' and r.amount > "),
        ("tests/shop.yml", "      - input: ref('user_totals')\n        rows:\n" + " " * 10, "#"),
    ],
)
def test_a_request_view_that_looks_at_the_clock_or_at_rows_needs_one(shop: Shop, file: str, old: str, new: str) -> None:
    shop.write("tests/shop.yml", BASKET).replace(file, old, new)
    assert "an expected row needs 'as_of'" in told(shop)


@pytest.mark.parametrize("rows", ["[]", "|\n        user_id,as_of,orders_1d\n      format: csv"])
def test_a_test_that_expects_nothing_is_refused(shop: Shop, rows: str) -> None:
    text = shop.read("tests/shop.yml")
    shop.write("tests/shop.yml", text[: text.index("    expect:")] + f"    expect:\n      rows: {rows}\n")
    assert "invalid-value: a test that expects no rows tests nothing\n    --> tests/shop.yml:10:7" in told(shop)


def test_an_unknown_model_is_told_under_its_name(shop: Shop) -> None:
    shop.replace("tests/shop.yml", "model: user_totals", "model: user_totls")
    found = shop.run("compile")
    assert found.exit_code == 2
    assert (
        """\
error[unknown-view]: unit test: there is no feature view 'user_totls'
  --> tests/shop.yml:4:12
   |
 4 |     model: user_totls
   |            ^^^^^^^^^^
  help: did you mean 'user_totals'?
"""
        in found.stdout
    )


def test_an_input_that_is_given_twice_does_not_compile(shop: Shop) -> None:
    again = f'    given:\n      - input: source("shop","orders")\n        rows: [{ORDER}]\n'
    shop.replace("tests/shop.yml", "    given:\n", again)
    found = shop.run("compile")
    assert found.exit_code == 2
    assert (
        "error[duplicate-name]: source('shop', 'orders') is given twice, first in line 6\n  --> tests/shop.yml:8:16"
        in found.stdout
    )


@pytest.mark.parametrize("given", ["source('shop', 'profiles')", "ref('user_profile')", "request()"])
def test_an_input_that_the_view_does_not_read_is_refused(shop: Shop, given: str) -> None:
    shop.replace(
        "tests/shop.yml", "    given:\n", f"    given:\n      - input: {given}\n        rows: [{{user_id: 1}}]\n"
    )
    said = told(shop)
    assert f"invalid-value: 'user_totals' does not read {given}\n    --> tests/shop.yml:6:9" in said
    assert f"6 |       - input: {given}\n     |         ^^^^" in said
    assert said.endswith("help: it reads: shop.orders")


def test_a_source_below_a_given_view_is_not_read(shop: Shop) -> None:
    shop.write(
        "tests/shop.yml",
        BASKET.replace("given:\n", f"given:\n      - {{input: \"source('shop', 'orders')\", rows: [{ORDER}]}}\n"),
    )
    assert "'basket' does not read source('shop', 'orders')" in told(shop)


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        ("user_id: 2, amount: 101", "user_id: 1, amount: 101", "request() has two rows of user_id=1", "12:13"),
        ("amount_1d: 50}", "amount_1d: 50}\n          - {user_id: 1}", "ref('user_totals') has two rows of user_id=1", "9:13"),
        ("user_id: 2, is_large", "user_id: 3, is_large", "no request() row has the keys of this row", "16:11"),
        ("user_id: 2, is_large", "is_large", "an expected row needs the key 'user_id'", "16:11"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_told_apart_or_found_are_refused(
    shop: Shop, old: str, new: str, message: str, place: str
) -> None:
    shop.write("tests/shop.yml", BASKET.replace(old, new))
    assert f"invalid-value: {message}\n    --> tests/shop.yml:{place}".removeprefix("invalid-value: ") in told(shop)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("amount: 1.005", "1.005 has more decimals than DECIMAL(12,2) holds, and would be rounded"),
        ("order_id: 1.5", "1.5 has more decimals than BIGINT holds, and would be rounded"),
        ("amount: 12345678901.5", "'amount' must be DECIMAL(12,2), not '12345678901.5'"),
        ("ordered_at: soon", "'ordered_at' must be TIMESTAMP, not 'soon'"),
        ("amuont: 1", "there is no column 'amuont'"),
    ],
)
def test_a_given_value_that_is_not_of_its_type_is_refused(shop: Shop, written: str, message: str) -> None:
    shop.replace("features/shop.yml", "{name: amount, data_type: double", "{name: amount, data_type: 'decimal(12,2)'")
    shop.replace("tests/shop.yml", ORDER, f"{{user_id: 1, {written}}}")
    said = told(shop)
    assert f": {message}\n    --> tests/shop.yml:8:26" in said
    assert f"     |                          {'^' * len(written)}\n" in said + "\n"


def test_an_expected_value_that_would_be_rounded_is_refused(shop: Shop) -> None:
    shop.replace("tests/shop.yml", "orders_1d: 1,", "orders_1d: 0.5,")
    assert "0.5 has more decimals than BIGINT holds, and would be rounded\n    --> tests/shop.yml:11:52" in told(shop)


def test_a_fault_in_rows_of_text_names_the_row(shop: Shop) -> None:
    text = "order_id,user_id,amount,ordered_at\n1,1,10,2026-01-01 09:00:00\n2,one,10,2026-01-01 09:00:00\n"
    shop.write("tests/fixtures/two_orders.csv", text)
    shop.replace("tests/shop.yml", f"rows:\n          - {ORDER}", "fixture: two_orders")
    assert "row 2: 'user_id' must be BIGINT, not 'one'\n    --> tests/shop.yml:6:9" in told(shop)


def test_what_a_changed_variable_breaks_is_told_at_the_model(shop: Shop) -> None:
    shop.write("tests/shop.yml", BASKET.replace("    expect:", "    overrides: {vars: {large: ''}}\n    expect:"))
    assert "syntax-error: " in (said := told(shop))
    assert "--> features/basket.sql:2:" in said


def test_a_row_that_expects_nothing_is_refused(shop: Shop) -> None:
    shop.replace("tests/shop.yml", ", orders_1d: 0, amount_1d: null", "")
    assert "invalid-value: a row that expects no feature tests nothing\n    --> tests/shop.yml:12:11" in told(shop)


PROFILE = """
unit_tests:
  - name: where_from
    model: user_profile
    given:
      - input: source('shop', 'profiles')
        rows:
          - {user_id: 1, country: COUNTRY, changed_at: '2026-01-01 11:00:00+02:00'}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-01-01 09:30:00, country: '007'}
        - {user_id: 1, as_of: '2026-01-01 11:00:00+02:00', country: null}
"""


def test_texts_with_a_zone_are_moments_in_utc(shop: Shop) -> None:
    shop.write("tests/shop.yml", PROFILE.replace("COUNTRY", "'007'"))
    assert "PASS unit test where_from" in shop.ok("test", "-s", "test_type:unit").stdout


@pytest.mark.parametrize("written", ["007", "NO", "12:30", "1.10", "2026-01-01"])
def test_text_that_yaml_reads_as_something_else_is_refused(shop: Shop, written: str) -> None:
    shop.write("tests/shop.yml", PROFILE.replace("COUNTRY", written))
    shown = told(shop)
    assert "invalid-value: 'country' is text, and YAML has made" in shown
    assert "--> tests/shop.yml:8:" in shown
    assert "help: put it in quotes" in shown


def test_text_that_yaml_reads_as_something_else_is_not_expected_either(shop: Shop) -> None:
    shop.write("tests/shop.yml", PROFILE.replace("'007'", "007").replace("COUNTRY", "'007'"))
    assert "'country' is text, and YAML has made 7 of what is written\n    --> tests/shop.yml:11:" in told(shop)


def test_texts_in_lists_and_dates_are_read_alike(shop: Shop) -> None:
    """Elements are quoted, moments are in UTC, and NULL is no text."""
    shop.write(
        "features/asked.sql",
        "{{ config(entity='user', request={'codes': 'varchar[]', 'seen': 'timestamp[]', 'born': 'date'}) }}\n"
        "select r.codes[1] as code, r.seen[1] as first_seen, r.born + 0 as day from {{ request() }} as r\n",
    )
    test = """
unit_tests:
  - name: lists
    model: asked
    given:
      - input: request()
        rows:
          - {user_id: 1, codes: ['007', null], seen: ['2026-01-02 01:00:00+02:00', 2026-01-03], born: '2026-01-02 01:00:00+02:00'}
          - {user_id: 2, codes: null}
    expect:
      rows:
        - {user_id: 1, code: '007', first_seen: 2026-01-01 23:00:00, day: 2026-01-01}
        - {user_id: 2, code: null, first_seen: null, day: null}
"""
    shop.write("tests/shop.yml", test)
    assert "PASS unit test lists" in shop.ok("test", "-s", "test_type:unit").stdout
    shop.write("tests/shop.yml", test.replace("codes: ['007'", "codes: [007"))
    assert "'codes' is text, and YAML has made [7, None] of what is written" in told(shop)


def test_cells_of_csv_name_zones_and_are_text_already(shop: Shop) -> None:
    rows = "format: csv\n        rows: |\n          user_id,country,changed_at\n          1,007,2026-01-01 11:00:00"
    given = PROFILE[PROFILE.index("rows:") : PROFILE.index("    expect:")]
    test = PROFILE.replace(given, f"{rows}+02:00\n")
    shop.write("tests/shop.yml", test)
    assert "PASS unit test where_from" in shop.ok("test", "-s", "test_type:unit").stdout
    shop.write("tests/shop.yml", test.replace("00+02:00\n", "00 Europe/Nowhere\n"))
    assert "row 1: 'changed_at' must be TIMESTAMP, not '2026-01-01 11:00:00 Europe/Nowhere'" in told(shop)


def test_a_source_that_is_given_is_not_looked_for(shop: Shop) -> None:
    """Its file may be missing, whatever its form."""
    for path in ("data/gone.jsonl", "data/gone.csv", "data/gone.parquet"):
        shop.write("features/shop.yml", shop.read("features/shop.yml").replace("data/orders.csv", path))
        assert "PASS unit test counts_the_last_day" in shop.ok("test", "-s", "test_type:unit").stdout
        shop.write("features/shop.yml", shop.read("features/shop.yml").replace(path, "data/orders.csv"))


def test_only_sums_and_the_like_may_differ_in_the_last_digits(shop: Shop) -> None:
    shop.replace("tests/shop.yml", "amount: 10.0, ordered_at", "amount: 10.00000000001, ordered_at")
    assert "PASS unit test counts_the_last_day" in shop.ok("test", "-s", "test_type:unit").stdout
    shop.write("features/twice.sql", "{{ config(entity='user', request={'amount': 'double'}) }}\n"
               "select r.amount * 2 as doubled from {{ request() }} as r\n")  # fmt: skip
    shop.write(
        "tests/shop.yml",
        """
unit_tests:
  - name: exactly
    model: twice
    given: [{input: request(), rows: [{user_id: 1, amount: 1.00000000001}]}]
    expect: {rows: [{user_id: 1, doubled: 2}]}
""",
    )
    assert "2.0 -> 2.00000000002" in shop.run("test", "-s", "test_type:unit").stdout
