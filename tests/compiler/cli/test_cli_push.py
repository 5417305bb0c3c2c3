"""`skewless push`: rows of files and pipes are in the next answer, and what is refused is kept with its reason."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_project import NOON, Shop, log_lines

from skewless.ground.errors import DataError, StoreError, UsageError

COMPILER = str(Path(__file__).parents[3] / "compiler")
ONE = "2026-01-01T13:00:00Z"
HEADER = "order_id,user_id,amount,ordered_at\n"
LATER = [
    {"order_id": 4, "user_id": 1, "amount": 5.5, "ordered_at": "2026-01-01T12:10:00Z"},
    {"order_id": 5, "user_id": 7, "amount": 70, "ordered_at": "2026-01-01T13:20:00+01:00"},
    {"order_id": 3, "user_id": 2, "amount": 50.0, "ordered_at": "2026-01-01T10:00:00Z"},
]
"""The last one is there already."""
SUMS = [(3, 35.5), (1, 50.0), (1, 70.0)]
"""Count and sum of the orders of users 1, 2 and 7 after that."""


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Loaded at noon."""
    shop.ok("run", "--as-of", NOON)
    return shop


def sums(shop: Shop) -> list[tuple[int, float]]:
    entities = [part for user in (1, 2, 7) for part in ("--entity", f'{{"user_id": {user}}}')]
    found = shop.ok("get", "--service", "totals_v1", *entities, "--as-of", ONE, "--format", "json").stdout
    vectors = [one["features"] for one in json.loads(found)]
    return [(one["orders_1d"]["value"], one["amount_1d"]["value"]) for one in vectors]


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def as_csv(rows: list[dict[str, Any]]) -> str:
    return HEADER + "".join(",".join(map(str, row.values())) + "\n" for row in rows)


def kept(shop: Shop, path: str = "target/rejects/shop.orders.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in shop.read(path).splitlines()]


@pytest.mark.parametrize("file", ["later.jsonl", "later.ndjson", "later.json"])
def test_lines_of_json_are_pushed(shop: Shop, file: str) -> None:
    shop.write(file, "\n" + lines(LATER) + "\n\n")
    result = shop.ok("push", "shop.orders", file)
    assert "Pushed 3 rows of shop.orders; entities written: 3 of user_totals" in result.output
    assert sums(shop) == SUMS
    assert not shop.exists("target/rejects")


@pytest.mark.parametrize("file", ["later.csv", "later.csv.gz", "later.jsonl.gz"])
def test_files_may_be_csv_and_compressed(shop: Shop, file: str) -> None:
    text = as_csv(LATER) if "csv" in file else lines(LATER)
    (shop.root / file).write_bytes(gzip.compress(text.encode()) if file.endswith(".gz") else text.encode())
    shop.ok("push", "shop.orders", file)
    assert sums(shop) == SUMS


def test_tabs_separate_too(shop: Shop) -> None:
    shop.write("later.tsv", as_csv(LATER).replace(",", "\t"))
    shop.ok("push", "shop.orders", "later.tsv")
    assert sums(shop) == SUMS


def test_parquet_is_pushed(shop: Shop) -> None:
    table = pa.Table.from_pylist(LATER)
    moments = table["ordered_at"].cast(pa.timestamp("ns", "UTC"))
    pq.write_table(table.set_column(3, "ordered_at", moments), shop.root / "later.parquet")
    shop.ok("push", "shop.orders", "later.parquet")
    assert sums(shop) == SUMS


def test_standard_input_is_pushed(shop: Shop) -> None:
    result = shop.ok("push", "orders", "-", stdin=lines(LATER).removesuffix("\n"))
    assert "Pushed 3 rows of shop.orders" in result.output
    assert sums(shop) == SUMS


def test_a_file_again_changes_nothing(shop: Shop) -> None:
    shop.write("later.jsonl", lines([*LATER, *LATER]))
    for _ in range(2):
        shop.ok("push", "shop.orders", "later.jsonl")
    assert sums(shop) == SUMS


def test_many_rows_come_in_parts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skewless.tasks.push_files._AT_ONCE", 7)
    row = {"user_id": 7, "amount": 1.0, "ordered_at": "2026-01-01 12:30:00"}
    rows = [{"order_id": number, **row} for number in range(100, 150)]
    shop.write("many.jsonl", "\n" * 40 + lines(rows))
    shop.write("many.csv", as_csv(rows))
    pq.write_table(pa.Table.from_pylist(rows), shop.root / "many.parquet")
    for file in ("many.jsonl", "many.csv", "many.parquet"):
        assert "Pushed 50 rows of shop.orders" in shop.ok("push", "shop.orders", file).output
    assert "Pushed 50 rows" in shop.ok("push", "shop.orders", "-", stdin=lines(rows)).output
    assert sums(shop)[2] == (50, 50.0)


BAD = [
    ('{"order_id": 8, "user_id": 7, "amount": "much"}', "'amount' must be DOUBLE, not 'much'"),
    ('{"order_id": 9, "user_id": 7, "colour": "red", "ordered_at": "2026-01-01"}', "has no column 'colour'"),
    ('{"user_id": 7, "ordered_at": "2026-01-01"}', "'order_id' is missing or NULL"),
    ("[1, 2]", "line 5 is JSON, and not an object of column to value"),
    ('{"order_id": 1', "line 6 is not JSON"),
]


def test_refused_rows_are_kept_and_the_others_written(shop: Shop) -> None:
    shop.write("mixed.jsonl", lines(LATER[:1]) + "\n".join(line for line, _ in BAD) + "\n" + lines(LATER[1:]))
    result = shop.run("push", "shop.orders", "mixed.jsonl")
    assert result.exit_code == 1
    assert "Pushed 3 rows of shop.orders" in result.output
    assert "5 rows were refused, and kept in" in result.output
    assert sums(shop) == SUMS
    found = kept(shop)
    for reason in (reason for _, reason in BAD):
        assert sum(reason in one["reason"] for one in found) == 1
        assert reason in result.output
    rows = {one["reason"][:6]: one["row"] for one in found}
    assert rows["line 5"] == {"line": "[1, 2]"}
    assert rows["line 6"] == {"line": '{"order_id": 1'}
    assert {"order_id": 8, "user_id": 7, "amount": "much"} in [one["row"] for one in found]


def test_refused_rows_can_be_repaired_and_pushed(shop: Shop) -> None:
    shop.write("wrong.csv", HEADER + "4,1,5.5x,2026-01-01 12:10:00\n")
    assert shop.run("push", "shop.orders", "wrong.csv", "--rejects", "mine/wrong.jsonl").exit_code == 1
    [one] = kept(shop, "mine/wrong.jsonl")
    assert one["reason"] == "'amount' must be DOUBLE, not '5.5x'"
    assert one["row"] == {"order_id": 4, "user_id": 1, "amount": "5.5x", "ordered_at": "2026-01-01T12:10:00"}
    repaired = {**one["row"], "amount": 5.5}
    shop.ok("push", "shop.orders", "-", stdin=lines([repaired]))
    assert sums(shop)[0] == (3, 35.5)


@pytest.mark.parametrize("file", ["wrong.csv", "wrong.csv.gz"])
def test_a_refused_row_of_a_file_has_its_line(shop: Shop, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused by the type of a value, and by a rule of the source; what is sound stays a number."""
    monkeypatch.setattr("skewless.tasks.push_files._AT_ONCE", 2)
    text = (
        HEADER
        + '4,1,5.5,2026-01-01 12:10:00\n5,1,"x\ny ""z""",2026-01-01\n\n,1,2.5,2026-01-01\n7,1,,\n8,u,1,2026-01-01\n'
    )
    data = text.encode()
    (shop.root / file).write_bytes(gzip.compress(data) if file.endswith(".gz") else data)
    assert shop.run("push", "shop.orders", file).exit_code == 1
    assert [(one["line"], one["row"]["order_id"], one["row"]["amount"]) for one in sorted(kept(shop), key=lambda one: one["line"])] == [
        (3, 5, 'x\ny "z"'), (6, None, 2.5), (7, 7, None), (8, 8, 1.0),
    ]  # fmt: skip


def test_where_records_cannot_be_told_apart_no_line_is_told(shop: Shop) -> None:
    shop.write("wrong.csv", HEADER + '4,1,a"b,2026-01-01\n5,1,x,2026-01-01\n')
    assert shop.run("push", "shop.orders", "wrong.csv").exit_code == 1
    assert [("line" in one, one["row"]["order_id"]) for one in kept(shop)] == [(False, 4), (False, 5)]


def test_a_refused_line_of_json_has_its_number(shop: Shop) -> None:
    shop.write("mixed.jsonl", lines(LATER[:1]) + "\n" + "\n".join(line for line, _ in BAD) + "\n")
    shop.run("push", "shop.orders", "mixed.jsonl")
    assert sorted(one["line"] for one in kept(shop)) == [3, 4, 5, 6, 7]


def test_refused_rows_of_two_pushes_are_kept_together(shop: Shop) -> None:
    shop.write("bad.jsonl", BAD[0][0])
    for _ in range(2):
        assert shop.run("push", "shop.orders", "bad.jsonl").exit_code == 1
    assert len(kept(shop)) == 2


def test_of_many_reasons_the_most_frequent_are_shown(shop: Shop) -> None:
    rows = [{"order_id": number, "amount": f"x{number // 2}", "ordered_at": "2026-01-01"} for number in range(20)]
    result = shop.run("push", "shop.orders", "-", stdin=lines(rows))
    assert result.output.count("2 x 'amount' must be DOUBLE") == 5
    assert "10 for other reasons" in result.output


def test_json_log_lines_tell_all(shop: Shop) -> None:
    shop.write("mixed.jsonl", lines(LATER) + BAD[0][0])
    result = shop.run("push", "shop.orders", "mixed.jsonl", "--log-format", "json")
    found = {line["event"]: line for line in log_lines(result.stdout)}
    pushed = found["pushed"]
    assert (pushed["source"], pushed["rows"], pushed["rejected"]) == ("shop.orders", 3, 1)
    assert pushed["entities"] == {"user_totals": 3}
    warnings = [line for line in log_lines(result.stdout) if line["level"] == "warn"]
    assert warnings[0]["rejected"] == 1
    assert warnings[0]["file"].endswith("shop.orders.jsonl")


@pytest.mark.parametrize(
    ("arguments", "message", "help_line"),
    [
        (("shop.order", "x.csv"), "there is no source 'shop.order'", "did you mean 'shop.orders'?"),
        (("order", "x.csv"), "there is no source 'order'", "did you mean 'shop.orders'?"),
        (("unknown", "x.csv"), "there is no source 'unknown'", "sources: shop.orders, shop.profiles"),
        (("shop.orders", "none.csv"), "there is no file 'none.csv'", None),
        (("shop.orders", "features"), "'features' has no format that can be read", "give a file that ends in"),
        (("shop.orders", "skewless.yml"), "'skewless.yml' has no format that can be read", "give a file that ends in"),
    ],
)
def test_what_cannot_be_pushed_is_told(
    shop: Shop, arguments: tuple[str, ...], message: str, help_line: str | None
) -> None:
    result = shop.run("push", *arguments)
    assert result.exit_code == UsageError.exit_code
    assert message in result.output
    assert help_line is None or help_line in result.output


@pytest.mark.parametrize("file", ["wrong.csv", "wrong.parquet"])
def test_a_file_of_something_else_is_refused_as_a_whole(shop: Shop, file: str) -> None:
    table = pa.Table.from_pylist([{"order_id": 1, "amuont": 2.0}])
    if file.endswith("parquet"):
        pq.write_table(table, shop.root / file)
    else:
        shop.write(file, "order_id,amuont\n1,2.0\n")
    result = shop.run("push", "shop.orders", file)
    assert result.exit_code == DataError.exit_code
    assert f"'{file}' has a column 'amuont', which shop.orders has not" in result.output
    assert "did you mean 'amount'?" in result.output
    assert not shop.exists("target/rejects")


@pytest.mark.parametrize("file", ["broken.parquet", "broken.jsonl.gz"])
def test_a_broken_file_is_told(shop: Shop, file: str) -> None:
    shop.write(file, "this is something else")
    result = shop.run("push", "shop.orders", file)
    assert result.exit_code == DataError.exit_code
    assert f"'{file}' cannot be read" in result.output


@pytest.mark.parametrize("file", ["empty.csv", "empty.jsonl"])
def test_a_file_without_rows_is_pushed(shop: Shop, file: str) -> None:
    shop.write(file, HEADER if file.endswith("csv") else "")
    assert "Pushed 0 rows of shop.orders" in shop.ok("push", "shop.orders", file).output


def test_a_static_source_is_read_by_run(shop: Shop) -> None:
    text = "\n      - {name: colours, path: data/colours.csv, static: true, columns: [{name: c, data_type: varchar}]}"
    shop.replace("features/shop.yml", "    tables:\n", f"    tables:{text}\n")
    result = shop.run("push", "shop.colours", "data/orders.csv")
    assert result.exit_code == UsageError.exit_code
    assert "'shop.colours' is static" in result.output
    assert "load them: skewless run" in result.output


def test_a_source_that_no_view_reads_is_told(shop: Shop) -> None:
    (shop.root / "features/people/user_profile.sql").unlink()
    shop.replace("features/shop.yml", "[user_totals, user_profile, basket]", "[user_totals, basket]")
    result = shop.ok("push", "shop.profiles", "data/profiles.parquet")
    assert "of user_profile@" in result.output  # the version that a deployed service still reads
    (shop.root / "target/registry.db").unlink()
    result = shop.run("push", "shop.profiles", "data/profiles.parquet")
    assert result.exit_code == UsageError.exit_code
    assert "no view that is online keeps state of 'shop.profiles'" in result.output


def test_a_view_that_cannot_follow_is_named_with_the_reason(shop: Shop) -> None:
    shop.replace("features/people/user_profile.sql", "ttl='30 days'", "ttl='30 days', refresh='1 day'")
    result = shop.ok("push", "shop.profiles", "data/profiles.parquet")
    assert "warning: user_profile is left as it is: " in result.output
    assert "of user_profile@" in result.output  # the version that a deployed service still reads
    (shop.root / "target/registry.db").unlink()
    result = shop.run("push", "shop.profiles", "data/profiles.parquet")
    assert result.exit_code == UsageError.exit_code
    assert "no view that reads shop.profiles is written row by row (user_profile: " in result.output
    shop.write("features/twice.sql", shop.read("features/user_totals.sql").replace("tags", "refresh='1 day', tags"))
    shop.write("later.jsonl", lines(LATER))
    result = shop.ok("push", "shop.orders", "later.jsonl")
    assert "warning: twice is left as it is: " in result.output


def test_a_view_that_is_not_loaded_is_told(shop: Shop) -> None:
    shop.write("features/other.sql", shop.read("features/user_totals.sql").replace("_1d", "_1d_other"))
    shop.write("later.jsonl", lines(LATER))
    result = shop.ok("push", "shop.orders", "later.jsonl")
    assert "warning: other has no state that rows could be added to; load it: skewless run" in result.output
    assert sums(shop) == SUMS
    result = shop.run("push", "shop.orders", "later.jsonl", "--target", "other")
    assert result.exit_code == StoreError.exit_code
    assert "skewless run" in result.output


def test_rejects_that_cannot_be_kept_stop_the_push(shop: Shop) -> None:
    result = shop.run("push", "shop.orders", "-", "--rejects", "skewless.yml/x.jsonl", stdin=BAD[0][0])
    assert result.exit_code == UsageError.exit_code
    assert "rows that were refused cannot be kept in 'skewless.yml/x.jsonl'" in result.output


class Pipe:
    """`skewless push shop.orders -` in a process of its own."""

    def __init__(self, shop: Shop) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "skewless", "push", "shop.orders", "-"],
            cwd=shop.root,
            env={**os.environ, "PYTHONPATH": COMPILER},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def send(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def end(self) -> tuple[int, str]:
        output, _ = self.process.communicate(timeout=20)
        return self.process.returncode, output.decode()


def test_a_pipe_is_written_as_it_comes(shop: Shop) -> None:
    """As `tail -f` sends it; and a line may come in two pieces."""
    pipe = Pipe(shop)
    text = lines(LATER[:2])
    pipe.send(text[:-20])
    deadline = time.monotonic() + 20
    while sums(shop)[0] != (3, 35.5):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert sums(shop)[2] == (0, None)
    pipe.send(text[-20:])
    assert pipe.end()[0] == 0
    assert sums(shop) == SUMS


def test_a_pipe_that_is_quick_is_not_written_line_by_line(shop: Shop) -> None:
    row = {"user_id": 7, "amount": 1.0, "ordered_at": "2026-01-01 12:30:00"}
    pipe = Pipe(shop)
    since = time.monotonic()
    pipe.send(lines([{"order_id": number, **row} for number in range(100, 30_100)]))
    code, output = pipe.end()
    assert (code, "Pushed 30,000 rows" in output) == (0, True), output
    assert time.monotonic() - since < 20
    assert sums(shop)[2] == (30_000, 30_000.0)


def test_a_pipe_that_is_interrupted_keeps_what_was_written(shop: Shop) -> None:
    import signal

    pipe = Pipe(shop)
    pipe.send(lines(LATER))
    deadline = time.monotonic() + 20
    while sums(shop) != SUMS:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    pipe.process.send_signal(signal.SIGINT)
    code, output = pipe.end()
    assert code != 0
    assert "Traceback" not in output
    assert "Fatal" not in output
    assert sums(shop) == SUMS
