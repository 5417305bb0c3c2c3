"""`diff`: against the registry, a target folder and a revision of git; what it prints, and its exit code."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3
import subprocess
import zlib
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from cli_project import NOON, Shop

from skewless.tasks.bundles import package_versions
from skewless.tasks.train import training_set

_TWO_HOURS = (
    "features/user_totals.sql",
    "count(*) filter (where {{ last('1 day') }})",
    "count(*) filter (where {{ last('2 hours') }})",
)
_WHY = "window of orders_1d: 1 day -> 2 hours"


@pytest.fixture
def deployed(shop: Shop) -> Shop:
    """What the registry has is what the project is."""
    shop.ok("run", "--as-of", NOON)
    return shop


def _git(shop: Shop, *arguments: str) -> None:
    own = ["-c", "user.name=ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *own, *arguments], cwd=shop.root, check=True, capture_output=True)  # noqa: S603, S607


@pytest.fixture
def committed(shop: Shop) -> Shop:
    """A repository with the project in a folder of it, on the branch `main`."""
    _git(shop, "init", "--initial-branch=main", "..")
    _git(shop, "add", ".")
    _git(shop, "commit", "-m", "A shop")
    return shop


def _object(shop: Shop, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shop.run("diff", "--format", "json", *arguments).stdout)
    return found


def _kinds(found: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["kind"] for one in found["changes"] if one["kind"] != "unchanged"}


def test_nothing_has_changed_since_the_run(deployed: Shop) -> None:
    result = deployed.ok("diff", "--fail-on", "cosmetic")
    assert "unchanged" in result.stdout
    assert len(result.stdout.splitlines()) == 1


def test_it_is_compared_with_what_was_loaded_last(deployed: Shop) -> None:
    """A version that is loaded again is known as it is written now, and as this release compiles it."""
    deployed.replace("features/user_totals.sql", "select", "-- why\nselect")
    assert "its SQL is written in another way" in deployed.run("diff").stdout
    deployed.ok("run", "--as-of", NOON)
    assert len(deployed.ok("diff", "--fail-on", "cosmetic").stdout.splitlines()) == 1
    with closing(sqlite3.connect(deployed.root / "target/registry.db")) as connection, connection:
        connection.execute('UPDATE view_versions SET packages = \'{"skewless": "0.0", "duckdb": "0.0"}\'')
    refused = deployed.run("diff")
    assert refused.exit_code == 2
    assert "load the project with this release: skewless run" in refused.output
    deployed.ok("run", "--as-of", NOON)
    assert len(deployed.ok("diff", "--fail-on", "cosmetic").stdout.splitlines()) == 1


def test_what_is_written_in_another_way_is_told_until_the_next_run(deployed: Shop) -> None:
    deployed.replace("features/user_totals.sql", "tags=['money']", "tags=['money'], owner='ana'")
    deployed.replace("features/basket.sql", "as r\n", "as asked\n").replace(
        "features/basket.sql", "r.amount", "asked.amount"
    )
    kinds = {"user_totals": "cosmetic", "basket": "cosmetic"}
    assert _kinds(_object(deployed)) == kinds
    deployed.ok("run", "--as-of", NOON)
    assert _kinds(_object(deployed)) == {}


def test_what_another_release_of_a_package_compiled_is_compared_after_the_next_run(
    deployed: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = {**package_versions(), "sqlglot": "99.0"}
    for module in ("tasks.registering", "tasks.kept_writers", "diff.baseline"):
        monkeypatch.setattr(f"skewless.{module}.package_versions", lambda: newer)
    assert "and this is 99.0" in deployed.run("diff").output
    deployed.ok("run", "--as-of", NOON)
    deployed.ok("diff")


def test_a_change_is_told_with_its_reason_and_who_reads_it(deployed: Shop) -> None:
    result = deployed.replace(*_TWO_HOURS).run("diff")
    assert result.exit_code == 1
    assert "view user_totals: values change" in result.stdout
    assert f"    {_WHY}" in result.stdout
    assert "    read by view basket, service checkout_v1, service totals_v1" in result.stdout


def test_a_view_that_reads_another_feature_keeps_its_values(deployed: Shop) -> None:
    """`basket` reads amount_1d, and what changes is orders_1d."""
    deployed.replace(*_TWO_HOURS)
    kinds = _kinds(_object(deployed))
    changed = dict.fromkeys(("user_totals", "checkout_v1", "totals_v1"), "values change")
    assert kinds == {**changed, "basket": "cosmetic"}
    deployed.replace("features/user_totals.sql", "'1 day'", "'2 days'")
    assert _kinds(_object(deployed)) == {**changed, "basket": "values change"}


def test_a_target_folder_is_compared_with(shop: Shop) -> None:
    shop.ok("compile")
    shutil.copytree(shop.root / "target", shop.root / "before")
    shop.replace(*_TWO_HOURS)
    result = shop.run("diff", "--state", "before")
    assert result.exit_code == 1
    assert _WHY in result.stdout
    assert _object(shop, "--state", "before")["against"] == "what was compiled into before"


def test_a_revision_is_compared_with(committed: Shop) -> None:
    committed.replace(*_TWO_HOURS)
    result = committed.run("diff", "--against", "main")
    assert result.exit_code == 1
    assert _WHY in result.stdout
    _git(committed, "commit", "-am", "Two hours")
    assert committed.run("diff", "--against", "HEAD~1").exit_code == 1
    assert committed.ok("diff", "--against", "HEAD", "--fail-on", "cosmetic").stdout.count("\n") == 1
    assert not committed.exists("target/registry.db")


def test_the_working_tree_is_left_as_it_is(committed: Shop) -> None:
    committed.replace(*_TWO_HOURS)
    before = committed.files("features")
    committed.run("diff", "--against", "main")
    assert committed.files("features") == before
    assert "2 hours" in committed.read("features/user_totals.sql")


def test_values_are_evaluated_both_ways(deployed: Shop) -> None:
    """Of the three orders one lies between two hours and a day before another of its user: its row is counted else."""
    deployed.replace(*_TWO_HOURS)
    deployed.replace("data/orders.csv", "1,1,10.0,2026-01-01 09:00:00", "1,1,10.0,2026-01-01 01:00:00")
    found = {one["name"]: one for one in _object(deployed, "--values", "--rows", "200", "--seed", "1")["changes"]}
    values = {one["feature"]: one for one in found["user_totals"]["values"]}
    assert values["orders_1d"]["rows"] == 200
    assert 0 < values["orders_1d"]["differ"] < 200
    assert values["amount_1d"]["differ"] == 0
    assert found["user_profile"]["values"] == []
    text = deployed.run("diff", "--values", "--rows", "200", "--seed", "1").stdout
    share = f"{values['orders_1d']['differ']:,} ({values['orders_1d']['differ'] / 200:.1%}) differ"
    assert "200 sampled moments, evaluated both ways:" in text
    assert share in text
    assert text == deployed.run("diff", "--values", "--rows", "200", "--seed", "1").stdout


@pytest.mark.parametrize(
    ("was", "becomes", "is_other", "psi"),
    [
        ("{}", "cast({} as float)", True, 0),  # the FLOAT 0.07 is another number
        ("cast({} as float)", "{}", True, 0),
        ("cast({} as float)", "cast({} as decimal(10, 2))", True, 0),
        ("{}", "cast({} as decimal(10, 2))", False, 0),
        ("cast({} as decimal(10, 2))", "cast({} * 100 as bigint) / 100", False, 0),
        ("cast({} * 100 as integer)", "cast(cast({} * 100 as integer) as double)", False, 0),
        ("cast({} * 100 as bigint)", "cast({} * 100 as decimal(12, 4))", False, 0),
        (
            "date '2026-01-01' + cast({} as integer)",
            "timestamp '2026-01-01' + cast({} as integer) * interval '1 day'",
            False,
            0,
        ),
        ("[cast({} as decimal(10, 2))]", "[{}]", False, 0),
        ("{}", "cast({} as varchar)", True, None),
        ("{} > 0", "cast({} > 0 as integer)", True, None),
    ],
)
def test_values_of_two_types_are_compared(
    shop: Shop, was: str, becomes: str, is_other: bool, psi: float | None
) -> None:
    """At a third of the moments or so the user has no order of the last day: NULL is NULL in every type."""
    amounts = (0.07, 0.29, 1.13, 1.15, 2.01, 4.35, 8.19, 9.95)
    rows = [f"{place},{place},{amount},2026-01-01 09:00:00" for place, amount in enumerate(amounts)]
    shop.write("data/orders.csv", "\n".join(["order_id,user_id,amount,ordered_at", *rows, ""]))
    most = "max(amount) filter (where {{ last('1 day') }})"
    path, counted = "features/user_totals.sql", "as orders_1d,"
    text = shop.read(path)
    shop.replace(path, counted, f"{counted} {was.format(most)} as most_1d,").ok("compile")
    shutil.copytree(shop.root / "target", shop.root / "before")
    shop.write(path, text).replace(path, counted, f"{counted} {becomes.format(most)} as most_1d,")
    found = _object(shop, "--state", "before", "--values", "--rows", "300", "--seed", "1", "--select", "user_totals")
    values = {one["feature"]: one for one in found["changes"][0]["values"]}
    most_1d = values["most_1d"]
    assert 0 < most_1d["differ"] < 300 if is_other else most_1d["differ"] == 0
    assert most_1d["psi"] == psi
    assert values["orders_1d"]["differ"] == 0


def test_markdown_for_a_pull_request(deployed: Shop) -> None:
    text = deployed.replace(*_TWO_HOURS).run("diff", "--format", "markdown").stdout
    assert text.startswith("### Features: values change\n")
    assert f"| view | `user_totals` | values change | {_WHY} |" in text
    assert "- `user_totals` is read by view basket, service checkout_v1, service totals_v1" in text


def test_a_selection_is_compared_alone(deployed: Shop) -> None:
    deployed.replace(*_TWO_HOURS)
    assert deployed.ok("diff", "--select", "user_profile").stdout.strip() == "1 unchanged"
    assert _kinds(_object(deployed, "--select", "user_totals")) == {"user_totals": "values change"}


_NEW = (
    "features/user_totals.sql",
    "as orders_1d,",
    "as orders_1d, max(amount) filter (where {{ last('1 day') }}) as most_1d,",
)
_GONE = ("features/user_totals.sql", "    count(*) filter (where {{ last('1 day') }}) as orders_1d,\n", "")
_COSMETIC = ("features/user_totals.sql", "group by user_id", "group by user_id -- each of them")


@pytest.mark.parametrize(
    ("edit", "fails_from"),
    [(_COSMETIC, "cosmetic"), (_NEW, "new"), (_TWO_HOURS, "values"), (_GONE, "schema")],
    ids=["cosmetic", "new features", "values", "schema"],
)
def test_the_exit_code_says_how_much_changes(deployed: Shop, edit: tuple[str, str, str], fails_from: str) -> None:
    deployed.replace(*edit)
    if edit is _GONE:
        deployed.replace(
            "features/shop.yml",
            "{name: orders_1d, data_type: bigint, description: Orders of the last day., data_tests: [not_null]}",
            "{name: amount_1d, data_type: double}",
        )
    order = ["cosmetic", "new", "values", "schema"]
    failing = [level for level in order if deployed.run("diff", "--fail-on", level).exit_code == 1]
    assert failing == order[: order.index(fails_from) + 1]
    assert deployed.run("diff", "--fail-on", "never").exit_code == 0


# what cannot be compared with


_STREAM = "\n        stream: {type: redis, url: 'redis://127.0.0.1', land: first}"


@pytest.fixture
def landed(deployed: Shop) -> Shop:
    """A shop that was loaded with an order that a stream landed in `first`."""
    deployed.replace("features/shop.yml", "event_time: ordered_at", f"event_time: ordered_at{_STREAM}")
    folder = deployed.root / "first/known_date=2026-01-01"
    folder.mkdir(parents=True)
    row = {"order_id": [4], "user_id": [1], "amount": [7.0], "ordered_at": [dt.datetime(2026, 1, 1, 9, 30)]}
    pq.write_table(pa.table(row), folder / "one.parquet")
    deployed.ok("run", "--as-of", NOON)
    return deployed


def test_a_stream_that_is_landed_now_changes_nothing_that_is_there(deployed: Shop) -> None:
    deployed.replace("features/shop.yml", "event_time: ordered_at", f"event_time: ordered_at{_STREAM}")
    assert "land of shop.orders: none -> first" in deployed.ok("diff").stdout
    assert _kinds(_object(deployed))["user_totals"] == "cosmetic"


@pytest.mark.parametrize(
    ("old", "new", "way_out"),
    [
        ("land: first", "land: second", "to keep them move them to 'second'"),
        (_STREAM, "", "to keep them write `land: first` again"),
    ],
)
def test_landed_rows_that_are_left_behind_are_told_of_before_they_are_lost(
    landed: Shop, old: str, new: str, way_out: str
) -> None:
    """How rows come is no part of a version, but which there are is what is served after the next full load."""
    landed.replace("features/shop.yml", old, new)
    result = landed.run("diff")
    assert result.exit_code == 1
    assert "rows that were landed are read no more, unless their files are moved" in result.stdout
    assert way_out in landed.ok("run", "--as-of", NOON).output
    assert landed.ok("diff").exit_code == 0


def test_landed_rows_that_are_left_behind_with_another_change_are_told_of_too(landed: Shop) -> None:
    """The version that the registry noted is another one than the present."""
    landed.replace("features/shop.yml", _STREAM, "")
    landed.replace(
        "features/user_totals.sql", "from {{", ", min(amount) filter (where {{ last('1 day') }}) as least\nfrom {{"
    )
    result = landed.run("diff")
    assert result.exit_code == 1
    assert "least is new" in result.stdout
    assert "orders_1d: values change in user_totals" in result.stdout
    assert "land of shop.orders: first -> none; rows that were landed are read no more" in result.stdout
    assert "to keep them write `land: first` again" in landed.ok("run", "--as-of", NOON).output


def test_a_folder_that_is_spelled_in_another_way_is_the_same(landed: Shop) -> None:
    landed.replace("features/shop.yml", "land: first", "land: ./first/")
    assert len(landed.ok("diff", "--fail-on", "cosmetic").stdout.splitlines()) == 1


def test_landed_files_that_were_moved_are_not_missed(landed: Shop) -> None:
    (landed.root / "first").rename(landed.root / "second")
    landed.replace("features/shop.yml", "land: first", "land: second")
    assert "read no more" not in landed.ok("run", "--as-of", NOON).output


def test_an_empty_registry_has_nothing_to_compare_with(shop: Shop) -> None:
    result = shop.run("diff")
    assert result.exit_code == 2  # 1 would say that values change
    assert "has no version of a view of this target yet" in result.stderr
    assert "load the project first: skewless run; or compare with --state or --against" in result.stderr


@pytest.mark.parametrize("table", ["view_versions", "service_versions"])
@pytest.mark.parametrize("definition", [b"no packed text", zlib.compress(b"{}")])
def test_a_damaged_registry_is_nothing_to_compare_with(deployed: Shop, table: str, definition: bytes) -> None:
    with closing(sqlite3.connect(deployed.root / "target/registry.db", isolation_level=None)) as registry:
        registry.execute(f"UPDATE {table} SET definition = ?", [definition])
    result = deployed.run("diff")
    assert result.exit_code == 2
    assert re.search(r"registry .*holds of the version [\w@]+ cannot be read", result.stderr)
    assert "restore " in result.stderr


def test_an_unknown_revision_is_named(committed: Shop) -> None:
    result = committed.run("diff", "--against", "nowhere")
    assert result.exit_code == 2
    assert "git knows no revision 'nowhere'" in result.stderr


def test_a_revision_is_no_option_of_git(committed: Shop) -> None:
    result = committed.run("diff", "--against=--output=stolen")
    assert result.exit_code == 2
    assert not committed.exists("stolen")


def test_a_folder_that_is_in_no_repository(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.root.parent))
    result = shop.run("diff", "--against", "main")
    assert result.exit_code == 2
    assert "not a git repository" in result.stderr
    assert "compare with --state, or with the registry" in result.stderr


def test_a_revision_without_the_project(committed: Shop) -> None:
    _git(committed, "checkout", "--orphan", "empty")
    _git(committed, "rm", "-r", "--cached", ".")
    _git(committed, "commit", "--allow-empty", "-m", "Nothing")
    result = committed.run("diff", "--against", "empty")
    assert result.exit_code == 2
    assert "error: " in result.stderr
    assert "Traceback" not in result.output


def test_a_revision_that_does_not_compile(committed: Shop) -> None:
    committed.replace("features/basket.sql", "t.amount_1d", "t.amount_2d")
    _git(committed, "commit", "-am", "A mistake")
    committed.replace("features/basket.sql", "t.amount_2d", "t.amount_1d")
    result = committed.run("diff", "--against", "HEAD")
    assert result.exit_code == 2
    assert "the project does not compile at 'HEAD': " in result.stderr
    assert "features/basket.sql" in result.stderr


def test_a_folder_without_definitions(shop: Shop) -> None:
    shop.write("before/mine.txt", "mine")
    for folder in ("before", "nowhere"):
        result = shop.run("diff", "--state", folder)
        assert result.exit_code == 2
        assert f"'{folder}" in result.stderr
        assert "`skewless compile` writes definitions.json into it" in result.stderr


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '{"format": 1', "\x00\x01"])
def test_definitions_that_are_none(shop: Shop, text: str) -> None:
    result = shop.write("before/definitions.json", text).run("diff", "--state", "before")
    assert result.exit_code == 2
    assert "definitions.json' cannot be read" in result.stderr
    assert "compile that state of the project again, with this release" in result.stderr


def test_definitions_of_another_release(shop: Shop) -> None:
    shop.ok("compile")
    found = shop.json("target/definitions.json")
    shop.write("before/definitions.json", json.dumps({**found, "format": 0}))
    result = shop.run("diff", "--state", "before")
    assert result.exit_code == 2
    assert "is of another release" in result.stderr


def test_one_thing_is_compared_with(shop: Shop) -> None:
    result = shop.run("diff", "--state", "before", "--against", "main")
    assert result.exit_code == 2
    assert "name two things to compare with" in result.stderr


def test_a_view_whose_sources_cannot_be_read_has_a_note(deployed: Shop) -> None:
    deployed.replace(*_TWO_HOURS)
    (deployed.root / "data/orders.csv").unlink()
    result = deployed.run("diff", "--values")
    assert result.exit_code == 1
    assert "values are not compared: " in result.stdout
    assert "data/orders.csv" in result.stdout


def test_last_digits_of_sums_have_no_part_in_the_psi(deployed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are another each time, and bins end at values that there are."""
    sets = iter([False, True])

    def nudged(*arguments: Any) -> pa.Table:
        table = training_set(*arguments)
        if not next(sets):
            return table
        amounts = pc.multiply(table["amount_1d"], pa.scalar(1 - 1e-13))
        return table.set_column(table.column_names.index("amount_1d"), "amount_1d", amounts)

    monkeypatch.setattr("skewless.diff.values.training_set", nudged)
    found = _object(deployed.replace(*_TWO_HOURS), "--values", "--select", "user_totals")
    values = {one["feature"]: one for one in found["changes"][0]["values"]}
    assert values["amount_1d"]["differ"] == 0
    assert values["amount_1d"]["psi"] == 0
    assert values["orders_1d"]["psi"] > 0
