"""Which entities are in the serving log."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from serve.logged import SCORES, bundle, record, rows
from skewless.ground.errors import UsageError
from skewless.serve.log import Counts, Roll, ServingLog


def _sampled(tmp_path: Path, fraction: float, users: list[int | None]) -> set[int | None]:
    log = ServingLog(tmp_path, fraction=fraction)
    sampler = log.of(SCORES)._sampler
    return {users[row] for row in sampler.rows({"user_id": users})}


@pytest.mark.parametrize("fraction", [0.01, 0.25, 0.9])
def test_the_fraction_is_that_of_entities(tmp_path: Path, fraction: float) -> None:
    count = 50_000
    found = len(_sampled(tmp_path, fraction, list(range(0, count * 64, 64))))
    spread = 5 * math.sqrt(count * fraction * (1 - fraction))
    assert abs(found - count * fraction) < spread


def test_a_larger_sample_holds_the_smaller_one(tmp_path: Path) -> None:
    users: list[int | None] = list(range(5_000))
    small, large = (_sampled(tmp_path, fraction, users) for fraction in (0.1, 0.3))
    assert small < large


def test_an_entity_is_in_or_out_in_every_process(tmp_path: Path) -> None:
    """The users that this release samples are those of the next one."""
    assert _sampled(tmp_path, 0.02, list(range(200))) == {148, 190}


def test_rows_of_a_batch_are_sampled_each_by_itself(tmp_path: Path) -> None:
    users: list[int | None] = list(range(1_000))
    log = ServingLog(tmp_path, fraction=0.1)
    record(log.of(SCORES), users, "batch")
    log.close()
    logged = rows(tmp_path, "user_id, log_row, score")
    assert {user for user, _, _ in logged} == _sampled(tmp_path, 0.1, users)
    assert all(row == user and score == 10.0 * user for user, row, score in logged)


def test_keys_are_sampled_alike_whatever_their_order_and_their_service(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, fraction=0.3)
    one = log.of(bundle({"x": "DOUBLE"}, keys={"user_id": "BIGINT", "shop": "VARCHAR"}))
    other = log.of(bundle({"y": "DOUBLE"}, keys={"shop": "VARCHAR", "user_id": "INTEGER"}, service="other"))
    columns: dict[str, list[Any]] = {"user_id": [*range(500), None], "shop": [str(n % 7) for n in range(500)] + ["0"]}
    assert list(one._sampler.rows(columns)) == list(other._sampler.rows(columns))
    assert 0 < len(one._sampler.rows(columns)) < 300


def test_null_keys_are_decided_by_what_else_there_is(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, fraction=0.5)
    sampler = log.of(bundle({"x": "DOUBLE"}, keys={"a": "BIGINT", "b": "BIGINT"}))._sampler
    columns: dict[str, list[Any]] = {"a": [None] * 400, "b": list(range(400))}
    decided = list(sampler.rows(columns))
    assert 100 < len(decided) < 300
    assert decided == list(sampler.rows(columns))
    alone = {len(_sampled(tmp_path, fraction / 10, [None])) for fraction in range(11)}
    assert alone == {0, 1}


def test_a_service_without_keys_samples_what_is_asked(tmp_path: Path) -> None:
    log = ServingLog(tmp_path, fraction=0.5)
    sampler = log.of(bundle({"x": "DOUBLE"}, keys={}, fields={"words": "VARCHAR[]"}))._sampler
    columns = {"words": [[str(n)] for n in range(400)]}
    assert 100 < len(sampler.rows(columns)) < 300
    assert list(sampler.rows(columns)) == list(sampler.rows(columns))


class Unread:
    """A vector that must not be looked at."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"'{name}' was read")


@pytest.mark.parametrize("fraction", [0, 1e-12])
def test_nothing_is_read_of_an_answer_that_is_not_sampled(tmp_path: Path, fraction: float) -> None:
    log = ServingLog(tmp_path, fraction=fraction)
    log.of(SCORES).record({"user_id": [1, 2, None]}, Unread())  # type: ignore[arg-type]
    log.of(SCORES).record({"user_id": []}, Unread())  # type: ignore[arg-type]
    log.close()
    assert not list(tmp_path.iterdir())
    assert log.counts == Counts(written=0, waiting=0, dropped=0, failed=0)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
def test_a_fraction_out_of_range_is_refused(tmp_path: Path, fraction: float) -> None:
    with pytest.raises(UsageError, match="fraction"):
        ServingLog(tmp_path, fraction=fraction)


@pytest.mark.parametrize("roll", [Roll(rows=0), Roll(bytes=-1), Roll(seconds=float("nan"))])
def test_a_roll_that_never_ends_is_refused(tmp_path: Path, roll: Roll) -> None:
    with pytest.raises(UsageError, match="of the serving log is"):
        ServingLog(tmp_path, roll=roll)
    with pytest.raises(UsageError, match="queue_rows"):
        ServingLog(tmp_path, queue_rows=0)
