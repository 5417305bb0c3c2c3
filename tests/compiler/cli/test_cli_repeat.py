"""A training set that is written, its manifest, and the same training set once more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from cli_project import Shop

from skewless.tasks.row_digests import ColumnDigest, combined

SPINE = (
    "user_id,amount,at,label\n1,40.0,2026-01-01 12:00:00,0\n1,40.0,2026-01-01 12:00:00,0\n2,5.0,2026-01-01 10:30:00,1\n"
)
MANIFEST = "set.parquet.manifest.json"


@pytest.fixture
def made(shop: Shop) -> Shop:
    shop.write("spine.csv", SPINE)
    train(shop, "--output", "set.parquet")
    return shop


def train(shop: Shop, *more: str, spine: str = "spine.csv") -> str:
    return shop.ok("train", "--service", "checkout_v1", "--spine", spine, "--timestamp", "at", *more).output


def repeat(shop: Shop, *more: str, manifest: str = MANIFEST, **settings: Any):  # type: ignore[no-untyped-def]
    return shop.run("train", "--from-manifest", manifest, *more, **settings)


def differs(shop: Shop, *more: str) -> str:
    result = repeat(shop, *more)
    assert result.exit_code == 1, result.output
    assert "Not equal to the manifest's values" in result.output
    return result.output


def test_an_output_has_a_manifest_beside_it(made: Shop) -> None:
    found = made.json(MANIFEST)
    assert found["service"] == "checkout_v1"
    assert [one["name"] for one in found["features"]][:2] == ["orders_1d", "amount_1d"]
    assert set(found["views"]) == {"user_totals", "user_profile", "basket"}
    assert all(version.startswith(f"{name}@") for name, version in found["views"].items())
    assert set(found["packages"]) == {"skewless", "duckdb", "sqlglot"}
    assert found["spine"] | {"digest": ""} == {
        "given": "file", "text": "spine.csv", "timestamp": "at", "columns": ["user_id", "amount", "at", "label"],
        "rows": 3, "digest": "",
    }  # fmt: skip
    assert [(one["name"], one["plan"]) for one in found["instances"]] == [
        ("user_totals", "range_join"), ("user_profile", "asof"), ("basket", None),
    ]  # fmt: skip
    assert "read_csv" in found["instances"][0]["sql"].lower()
    (orders,), (profiles,) = (found["sources"][name]["files"] for name in ("shop.orders", "shop.profiles"))
    assert orders["path"] == "data/orders.csv"
    assert orders["rows"] is None
    assert profiles["rows"] == found["sources"]["shop.profiles"]["rows"] == 2
    assert found["output"]["place"] == "set.parquet"
    assert found["output"]["rows"] == 3


def test_the_same_inputs_make_the_same_values(made: Shop) -> None:
    before = made.json(MANIFEST)
    result = repeat(made, "--output", "again.csv")
    assert result.exit_code == 0, result.output
    assert "Equal to the manifest's values" in result.output
    assert "changed" not in result.output
    again = made.json("again.csv.manifest.json")
    for part in ("views", "packages", "sources", "spine", "instances", "known_as_of", "features"):
        again_part = again[part]
        if part == "instances":  # which say why a plan was chosen, and it is that of the manifest now
            assert all(one["reason"] in ("as it was made before", "row-level expressions") for one in again_part)
        else:
            assert again_part == before[part]
    assert again["output"]["digest"] == before["output"]["digest"]
    assert repeat(made).exit_code == 0  # and without writing anything
    assert made.json(MANIFEST) == before


def digest_of(shop: Shop, name: str) -> str:
    table = pq.read_table(shop.root / name)
    digests = {name: ColumnDigest(table[name].type) for name in table.column_names}
    for name, one in digests.items():
        one.take(table[name].combine_chunks())
    return combined({name: one.digest() for name, one in digests.items()})


def test_the_digest_is_of_the_values_in_the_file(made: Shop) -> None:
    assert digest_of(made, "set.parquet") == made.json(MANIFEST)["output"]["digest"]


def test_last_digits_of_sums_are_no_difference(made: Shop) -> None:
    manifest = made.json(MANIFEST)
    columns = {one["name"]: one for one in manifest["output"]["columns"]}
    assert [name for name, one in columns.items() if one["near"] is not None] == ["amount_1d", "amount_ratio"]
    columns["amount_1d"]["digest"] = manifest["output"]["digest"] = "sha256:of other last digits"
    made.write(MANIFEST, json.dumps(manifest))
    result = repeat(made)
    assert result.exit_code == 0, result.output
    assert "Equal to the manifest's values, but for the last digits of sums, in amount_1d" in result.output
    made.replace("features/user_totals.sql", "sum(amount)", "(1 + 1e-8) * sum(amount)")
    assert "in amount_1d" in differs(made)


def test_a_row_that_was_added_to_a_source_is_told(made: Shop) -> None:
    made.write("data/orders.csv", made.read("data/orders.csv") + "4,1,7.0,2026-01-01 11:30:00\n")
    output = differs(made)
    assert "in orders_1d, amount_1d" in output
    assert "changed: source shop.orders: file data/orders.csv, " in output
    assert "user_profile" not in output.split("Not equal")[1]


def test_a_change_without_effect_is_told_and_no_fault(made: Shop) -> None:
    made.write("data/orders.csv", made.read("data/orders.csv") + "4,9,7.0,2026-01-01 11:30:00\n")
    result = repeat(made)
    assert result.exit_code == 0
    assert "changed, without effect on the values: source shop.orders: file data/orders.csv" in result.output


def test_another_definition_is_told_with_both_versions(made: Shop) -> None:
    before = made.json(MANIFEST)["views"]["user_totals"]
    made.replace("features/user_totals.sql", "sum(amount)", "2 * sum(amount)")
    output = differs(made)
    assert f"changed: definition of the view user_totals: {before} -> user_totals@" in output
    assert "changed: definition of the view basket: basket@" in output  # it reads the other
    assert "definition of the view user_profile" not in output


def test_another_spine_is_told(made: Shop) -> None:
    made.write("spine.csv", SPINE.replace("5.0", "6.0"))
    assert "changed: spine: other values, or another order of its rows" in differs(made)
    made.write("spine.csv", SPINE + "2,5.0,2026-01-01 10:30:00,1\n")
    assert "changed: spine: 3 rows -> 4" in differs(made)


def test_another_order_of_the_spine_is_another_training_set(made: Shop) -> None:
    header, *rows = SPINE.splitlines()
    made.write("spine.csv", "\n".join([header, *reversed(rows)]) + "\n")
    assert "another order of its rows" in differs(made)


def test_a_feature_that_was_added_to_the_service_is_told(made: Shop) -> None:
    made.replace(
        "features/user_totals.sql", "    count(*)", "    max(amount) filter (where {{ last('1 day') }}) as most,\n    count(*)"
    )  # fmt: skip
    assert "changed: feature most of the service: not there -> DOUBLE" in differs(made)


def test_another_version_of_a_package_is_told(made: Shop) -> None:
    manifest = made.json(MANIFEST)
    manifest["packages"]["duckdb"] = "1.9.9"
    made.write(MANIFEST, json.dumps(manifest))
    assert "package duckdb: 1.9.9 -> " in repeat(made).output


def test_plans_are_those_of_the_manifest(made: Shop) -> None:
    manifest = made.json(MANIFEST)
    manifest["instances"][0]["plan"] = "window_union"
    made.write(MANIFEST, json.dumps(manifest))
    result = repeat(made)
    assert result.exit_code == 0, result.output
    assert "window_union: as it was made before" in result.output


def test_a_moved_spine_may_be_given(made: Shop) -> None:
    (made.root / "spine.csv").rename(made.root / "elsewhere.csv")
    result = repeat(made)
    assert result.exit_code == 1
    assert "the spine file" in result.output
    assert "is gone" in result.output
    assert "--spine FILE" in result.output
    assert repeat(made, "--spine", "elsewhere.csv").exit_code == 0


def test_a_query_is_run_again(shop: Shop) -> None:
    spine = "select 1 as user_id, 40.0 as amount, timestamp '2026-01-01 12:00:00' as at"
    train(shop, "--output", "set.parquet", spine=spine)
    assert shop.json(MANIFEST)["spine"]["given"] == "query"
    assert repeat(shop).exit_code == 0


def test_a_source_that_is_gone_is_one_message(made: Shop) -> None:
    (made.root / "data" / "orders.csv").unlink()
    result = repeat(made)
    assert result.exit_code == 1
    assert "the source 'shop.orders' was read from" in result.output
    assert "put the files back" in result.output


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"service": "old_v1"}, "service 'old_v1', which this project does not have any more"),
        ({"views": {"gone": "gone@0123456789ab"}}, "made of gone@0123456789ab, and this project has no such view"),
    ],
)
def test_what_the_project_has_no_more_is_one_message(made: Shop, change: dict[str, Any], message: str) -> None:
    made.write(MANIFEST, json.dumps(made.json(MANIFEST) | change))
    result = repeat(made)
    assert result.exit_code == 1
    assert message in result.output
    assert "check out the revision" in result.output


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "has the format 2, and this version of skewless reads up to 1"),
        ({"project": "other"}, "is of the project 'other', and this is 'shop'"),
        ({"kind": "bundle"}, "is no manifest of a training set"),
        ({"spine": {"text": 7}}, "is damaged"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_one_message(made: Shop, change: dict[str, Any], message: str) -> None:
    made.write(MANIFEST, json.dumps(made.json(MANIFEST) | change))
    result = repeat(made)
    assert result.exit_code == 2
    assert message in result.output
    assert "help: " in result.output


@pytest.mark.parametrize(
    ("name", "message"),
    [("set.parquet", "is not JSON"), ("nowhere.json", "cannot be read"), ("features", "cannot be read")],
)
def test_a_file_that_is_no_manifest_is_one_message(made: Shop, name: str, message: str) -> None:
    result = repeat(made, manifest=name)
    assert result.exit_code == 2
    assert message in result.output
    assert "training.parquet.manifest.json" in result.output or MANIFEST in result.output


def test_json_of_other_things_is_no_manifest(made: Shop) -> None:
    made.write("list.json", "[1]")
    assert "is no manifest of a training set" in repeat(made, manifest="list.json").output


@pytest.mark.parametrize("option", ["--service", "--timestamp", "--known-as-of"])
def test_what_the_manifest_says_cannot_be_said_again(made: Shop, option: str) -> None:
    result = repeat(made, option, "x")
    assert result.exit_code == 2
    assert f"{option} is told by the manifest" in result.output


def test_a_secret_is_in_no_manifest(shop: Shop) -> None:
    shop.replace(
        "profiles.yml", "dev: {", "dev: {registry: \"postgresql://ana:{{ env_var('DB_PASSWORD') }}@127.0.0.1:1/none\", "
    )
    shop.replace("features/basket.sql", "r.amount >", "'{{ env_var('WORD') }}' <> '' and r.amount >")
    env = {"DB_PASSWORD": "hunter22", "WORD": "hunter22"}
    spine = "select 1 as user_id, 40.0 as amount, timestamp '2026-01-01 12:00:00' as at, 'hunter22' as p"
    given = ["train", "--service", "checkout_v1", "--spine", spine, "--timestamp", "at", "--output", "set.parquet"]
    shop.ok(*given, env=env)
    assert "hunter22" not in shop.read(MANIFEST)
    result = repeat(shop, env=env)
    assert result.exit_code == 1
    assert "holds a secret, which no manifest keeps" in result.output
    assert repeat(shop, "--spine", spine, env=env).exit_code == 0


def test_an_interrupted_train_leaves_no_manifest_that_claims_an_output(
    made: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skewless.tasks import recorded_training

    before = (made.read(MANIFEST), (made.root / "set.parquet").read_bytes())
    given = ("train", "--service", "totals_v1", "--spine", "spine.csv", "--timestamp", "at", "--output", "set.parquet")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:  # before the output is there
        patched.setattr(recorded_training, "_columns", interrupted)
        assert made.run(*given).exit_code == 130
    assert (made.read(MANIFEST), (made.root / "set.parquet").read_bytes()) == before
    with monkeypatch.context() as patched:  # after
        patched.setattr(recorded_training, "write_files", interrupted)
        assert made.run(*given).exit_code == 130
    assert not made.exists(MANIFEST)
    assert (made.root / "set.parquet").read_bytes() != before[1]
    assert not [name for name in made.files(".") if name.endswith(".partial")]


KILLED = """
import os, sys
left = int(sys.argv.pop(1))
def count(event, arguments):
    global left
    if event in ("os.remove", "os.rename", "open") and any("set.parquet" in str(one) for one in arguments[:2]):
        left -= 1
        if left < 0:
            os._exit(9)
from skewless.cli.main import cli
sys.addaudithook(count)
cli(prog_name="skewless")
"""


def test_a_train_that_is_killed_at_any_step_leaves_no_manifest_of_other_rows(made: Shop) -> None:
    """Before each file that is opened, renamed or removed; by a process that ends there."""
    before = {name: (made.root / name).read_bytes() for name in ("set.parquet", MANIFEST)}
    given = ["train", "--service", "totals_v1", "--spine", "spine.csv", "--timestamp", "at", "--output", "set.parquet"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "compiler")}
    kept = []
    for steps in range(20):
        for name, content in before.items():
            (made.root / name).write_bytes(content)
        command = [sys.executable, "-c", KILLED, str(steps), *given]
        done = subprocess.run(command, cwd=made.root, env=environment, capture_output=True, check=False)  # noqa: S603
        assert done.returncode in (0, 9), done.stderr
        kept.append(made.exists(MANIFEST))
        assert not made.exists(MANIFEST) or made.json(MANIFEST)["output"]["digest"] == digest_of(made, "set.parquet")
        if done.returncode == 0:
            break
    assert done.returncode == 0
    assert kept[0]
    assert kept[-1]
    assert not all(kept)  # one was killed when the former manifest was gone


def test_a_file_that_changes_while_it_is_read_is_told(made: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from skewless.tasks import recorded_training

    original = recorded_training.write_training_set

    def meanwhile(*arguments: Any) -> Any:
        found = original(*arguments)
        made.write("data/orders.csv", made.read("data/orders.csv") + "4,9,7.0,2026-01-01 11:30:00\n")
        return found

    monkeypatch.setattr(recorded_training, "write_training_set", meanwhile)
    assert "files of the source 'shop.orders' changed while they were read" in train(made, "--output", "set.parquet")
    assert made.json(MANIFEST)["sources"]["shop.orders"]["changed_while_read"] is True


def on_disk(shop: Shop) -> Shop:
    """The orders as a table of a database file."""
    shop.write(
        "profiles.yml",
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb, "
        "online: {type: sqlite, path: target/online.db}}}}",
    )
    shop.replace("features/shop.yml", "  - name: shop\n", "  - name: shop\n    schema: main\n")
    shop.replace("features/shop.yml", "path: data/orders.csv", "identifier: orders")
    with duckdb.connect(shop.root / "shop.duckdb") as connection:
        connection.execute(f"create table orders as from '{shop.root}/data/orders.csv'")
    return shop.write("spine.csv", SPINE)


def test_tables_are_counted_and_digested(shop: Shop) -> None:
    on_disk(shop)
    train(shop, "--output", "set.parquet")
    assert shop.json(MANIFEST)["sources"]["shop.orders"]["rows"] == 3
    with duckdb.connect(shop.root / "shop.duckdb") as connection:  # another order of rows is the same table
        connection.execute("create or replace table orders as from orders order by order_id desc")
    result = repeat(shop)
    assert (result.exit_code, "changed" in result.output) == (0, False)
    with duckdb.connect(shop.root / "shop.duckdb") as connection:
        connection.execute("update orders set amount = 11 where order_id = 1")
    assert "source shop.orders: 3 rows as before, with other values" in differs(shop)
    with duckdb.connect(shop.root / "shop.duckdb") as connection:
        connection.execute("insert into orders select 9, 1, 5.0, timestamp '2026-01-01 11:00:00'")
    assert "source shop.orders: 3 rows -> 4 rows" in differs(shop)


def test_a_table_has_its_manifest_below_the_target_folder(shop: Shop) -> None:
    on_disk(shop)
    output = train(shop, "--output", "training_v1")
    place = "target/training/training_v1.manifest.json"
    assert f"left in the table training_v1; manifest: {place}" in output
    assert shop.json(place)["output"]["place"] == "training_v1"
    assert repeat(shop, "--output", "training_v1", manifest=place).exit_code == 0


def test_known_as_of_leaves_later_rows_out(made: Shop) -> None:
    train(made, "--output", "set.parquet", "--known-as-of", "2026-01-01T11:00:00Z")
    rows = pq.read_table(made.root / "set.parquet").to_pylist()
    assert [row["orders_1d"] for row in rows] == [1, 1, 1]  # that of 11:00 itself was not known yet
    assert made.json(MANIFEST)["known_as_of"] == "2026-01-01T11:00:00"
    made.write("data/orders.csv", made.read("data/orders.csv") + "4,1,7.0,2026-01-01 11:30:00\n")
    assert repeat(made).exit_code == 0  # what came later has no effect


def test_known_as_of_that_is_no_moment_is_one_message(made: Shop) -> None:
    given = ("train", "--service", "checkout_v1", "--spine", "spine.csv", "--timestamp", "at")
    result = made.run(*given, "--known-as-of", "yesterday")
    assert result.exit_code == 2
    assert "--known-as-of: 'yesterday' is no moment" in result.output


def test_json_lines_say_whether_it_is_equal(made: Shop) -> None:
    lines = [json.loads(line) for line in repeat(made, "--log-format", "json").output.splitlines()]
    (found,) = [line for line in lines if line["event"] == "repeated"]
    assert (found["equal"], found["changes"], found["columns"]) == (True, [], [])


def test_a_manifest_may_lie_anywhere(made: Shop, tmp_path: Path) -> None:
    moved = tmp_path / "moved.json"
    (made.root / MANIFEST).rename(moved)
    assert repeat(made, manifest=str(moved)).exit_code == 0
