"""`get`: online vectors, and requests that cannot be answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_project import NOON, Shop, write_shop

ENTITY = '{"user_id": 1, "amount": 60}'


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that is loaded; its tests only read."""
    shop = write_shop(Path(tmp_path_factory.mktemp("loaded")))
    shop.ok("run", "--as-of", NOON)
    return shop


def get(shop: Shop, *entities: str, more: tuple[str, ...] = ("--as-of", NOON), stdin: str | None = None):  # type: ignore[no-untyped-def]
    given = [part for entity in entities for part in ("--entity", entity)]
    return shop.run("get", "--service", "checkout_v1", *given, *more, stdin=stdin)


def test_one_entity_is_a_row_for_each_feature(loaded: Shop) -> None:
    result = get(loaded, ENTITY)
    rows = [line.split("  ") for line in result.stdout.splitlines()]
    assert [cell.strip() for cell in rows[0] if cell] == ["feature", "value", "status", "event_timestamp"]
    assert result.stdout.splitlines()[2].split() == ["orders_1d", "2", "PRESENT", "2026-01-01", "11:00:00"]
    assert "as of 2026-01-01 12:00:00 UTC" in result.stderr


def test_quietly_it_prints_the_vector_and_nothing_else(loaded: Shop) -> None:
    result = get(loaded, ENTITY, more=("--as-of", NOON, "--quiet"))
    assert result.stdout == get(loaded, ENTITY).stdout
    assert result.stderr == ""


def test_several_entities_are_a_row_each(loaded: Shop) -> None:
    lines = get(loaded, ENTITY, '[{"user_id": 2, "amount": 1}, {"user_id": 3, "amount": 1}]').stdout.splitlines()
    assert lines[0].split()[:3] == ["user_id", "orders_1d", "amount_1d"]
    assert [line.split()[:3] for line in lines[2:]] == [["1", "2", "30.0"], ["2", "1", "50.0"], ["3", "0", "NULL"]]


def test_json_has_values_and_statuses(loaded: Shop) -> None:
    result = get(loaded, ENTITY, '{"user_id": 9, "amount": 1.5}', more=("--as-of", NOON, "--format", "json"))
    first, second = json.loads(result.stdout)
    assert first["entity"] == {"user_id": 1, "amount": 60}
    assert first["as_of"] == "2026-01-01T12:00:00Z"
    expected = {"value": 2, "status": "PRESENT", "event_timestamp": "2026-01-01T11:00:00Z"}
    assert first["features"]["orders_1d"] == expected
    assert second["features"]["country"] == {"value": None, "status": "NOT_FOUND", "event_timestamp": None}
    assert result.stderr == ""


def test_csv_has_a_row_for_each_entity(loaded: Shop) -> None:
    result = get(loaded, ENTITY, '{"user_id": 3, "amount": 1}', more=("--as-of", NOON, "--output", "csv"))
    assert result.stdout.splitlines() == [
        "user_id,orders_1d,amount_1d,country,is_large,amount_ratio",
        "1,2,30.0,DE,false,2.0",
        "3,0,,,false,",
    ]


@pytest.mark.parametrize("columns", [40, 200])
def test_several_entities_that_are_too_wide_for_the_terminal_have_a_record_each(
    loaded: Shop, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setattr("skewless.cli.console.Console.is_terminal", lambda _, *, err: not err)
    monkeypatch.setenv("COLUMNS", str(columns))
    text = get(loaded, ENTITY, '{"user_id": 3, "amount": 1}').stdout
    assert ("user_id = 1\n" in text) is ("user_id = 3\n" in text) is (text.count("PRESENT") > 0) is (columns == 40)


def test_entities_may_be_in_a_file_or_on_stdin(loaded: Shop, tmp_path: Path) -> None:
    file = tmp_path / "entities.json"
    file.write_text(f"[{ENTITY}]")
    expected = get(loaded, ENTITY).stdout
    assert get(loaded, f"@{file}").stdout == expected
    assert get(loaded, "@-", stdin=ENTITY).stdout == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"user_id": 1,',
            "--entity is not JSON: Expecting property name enclosed in double quotes at line 1, column 15",
        ),
        ("42", "--entity must be an object of field to value, not 42"),
        ("[[]]", "must be an object"),
        ("@nowhere.json", "the file 'nowhere.json' cannot be read: No such file or directory"),
        ('{"user_id": 1}', "row 1 lacks the field 'amount'"),
        ('{"user_id": 1, "amount": 1, "x": 2}', "row 1 has a field 'x'"),
        ('{"user_id": "one", "amount": 1}', "'user_id' must be BIGINT, not 'one'"),
        ('{"user_id": 1, "amount": true}', "'amount' must be DOUBLE"),
    ],
)
def test_a_request_that_cannot_be_read_names_the_place(loaded: Shop, text: str, message: str) -> None:
    result = get(loaded, text)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "help:" in result.stderr
    assert result.stdout == ""


def test_the_broken_one_of_several_entities_is_named(loaded: Shop) -> None:
    assert "--entity number 2 is not JSON" in get(loaded, ENTITY, "{").stderr


def test_a_moment_before_the_state_cannot_be_answered(loaded: Shop) -> None:
    result = get(loaded, ENTITY, more=("--as-of", "2025-06-01"))
    assert result.exit_code == 1
    assert "run --as-of" in result.stderr


def test_an_unknown_service_is_a_usage_error(loaded: Shop) -> None:
    result = loaded.run("get", "--service", "chekout_v1", "--entity", "{}")
    assert result.exit_code == 2
    assert "did you mean 'checkout_v1'?" in result.stderr


def test_a_service_that_is_not_compiled_says_what_to_run(shop: Shop) -> None:
    result = get(shop, ENTITY)
    assert result.exit_code == 2
    assert "the service 'checkout_v1' is not compiled" in result.stderr
    assert "help: skewless run" in result.stderr


def test_a_store_that_is_not_there_says_what_to_run_and_is_not_made(shop: Shop) -> None:
    shop.ok("compile")
    result = get(shop, ENTITY)
    assert result.exit_code == 1
    assert (
        f"there is no online store '{shop.root / 'target/online.db'}'\n  help: load it: skewless run" in result.stderr
    )
    assert not shop.exists("target/online.db")


def test_a_store_without_state_says_what_to_run(shop: Shop) -> None:
    shop.ok("compile")
    shop.ok("run", "--select", "user_profile")
    result = get(shop, ENTITY)
    assert result.exit_code == 1
    assert "holds no state of 'user_totals'" in result.stderr
    assert "skewless run" in result.stderr


def test_a_bundle_that_is_broken_says_so(shop: Shop) -> None:
    shop.ok("run", "--as-of", NOON)
    shop.write("target/serving/checkout_v1.json", '{"format": 1,')
    result = get(shop, ENTITY)
    assert result.exit_code == 2
    assert "is not JSON" in result.stderr


def test_the_store_is_that_of_the_target(loaded: Shop) -> None:
    result = get(loaded, ENTITY, more=("--target", "other"))
    assert result.exit_code == 1
    assert f"there is no online store '{loaded.root / 'other/online.db'}'" in result.stderr
