"""POST /push over a real server: as Feast's clients send it, and whatever may go wrong with it."""

from __future__ import annotations

import itertools
import json
import math
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from stores.redis_server import RedisServer

from serve.http.kiosk import ago, frame, sale, visit, write_kiosk
from serve.http.serving import ask, columns, error, running, serving
from skewless.ground.errors import UsageError
from skewless.serve.http.app import make_app
from skewless.serve.http.catalogue import load_catalogue
from skewless.serve.http.settings import Limits, Settings

USERS = itertools.count(1_000)
"""Each test has users of its own."""
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def kiosk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kiosk") / "project"
    if request.param == "sqlite":
        return write_kiosk(folder, "{type: sqlite, path: target/online.db}")
    server: RedisServer = request.getfixturevalue("redis_server")
    return write_kiosk(folder, f"{{type: redis, url: '{server.url}', prefix: pushes, timeout: 0.5}}")


@pytest.fixture(scope="module")
def settings(kiosk: Path) -> Settings:
    limits = Limits(rows=1_000, body_bytes=100_000)
    return Settings(bundles=kiosk, access_log=False, limits=limits, rejects_folder=kiosk.parent / "rejects")


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(make_app(settings)) as client:
        yield client


@pytest.fixture
def user() -> int:
    return next(USERS)


@pytest.fixture
def rejects(settings: Settings) -> Path:
    assert settings.rejects_folder is not None
    path = settings.rejects_folder / "kiosk.sales.jsonl"
    path.unlink(missing_ok=True)
    return path


def push(client: httpx.Client, *rows: dict[str, Any], source: str = "kiosk.sales", **more: Any) -> httpx.Response:
    return client.post("/push", content=json.dumps({"push_source_name": source, "df": frame(*rows), **more}))


def taken(response: httpx.Response) -> bool:
    assert response.status_code == 200, response.text
    return response.content == b""


def features(client: httpx.Client, user: int, service: str = "all_of_it") -> dict[str, Any]:
    found = columns(ask(client, {"user_id": [user]}, feature_service=service))
    return {name: values[0] for name, values in found.items()}


def counted(client: httpx.Client, metric: str, source: str = "kiosk.sales") -> float:
    for line in client.get("/metrics").text.splitlines():
        if line.startswith(f'{metric}{{source="{source}"}} '):
            return float(line.split()[-1])
    return 0.0


def test_a_pushed_row_is_in_the_next_answer(client: httpx.Client, user: int) -> None:
    assert features(client, user)["sales_1h"] == 0
    assert taken(push(client, sale(next(NUMBERS), user, price="12345678901234567890.12")))
    found = features(client, user)
    assert (found["sales_1h"], found["amount_1h"], found["price_1h"]) == (1, 2.5, "12345678901234567890.12")
    assert found["whole"] == 2


def test_the_body_of_feasts_documentation_is_taken(client: httpx.Client, user: int) -> None:
    """As `requests` sends it: text without a content type, moments as Python writes them, every field."""
    body = {
        "push_source_name": "sales",
        "df": {
            "sale_id": [next(NUMBERS)], "user_id": [user], "sold_at": [ago(1)], "amount": [1.0], "price": [None],
        },
        "to": "online",
        "allow_registry_cache": True,
        "transform_on_write": True,
    }  # fmt: skip
    response = client.post("/push", content=json.dumps(body))
    assert (response.status_code, response.content) == (200, b"")
    assert features(client, user)["sales_1h"] == 1


def test_the_same_push_again_changes_nothing(client: httpx.Client, user: int) -> None:
    row, other = sale(next(NUMBERS), user), sale(next(NUMBERS), user)
    for _ in range(3):
        assert taken(push(client, row, other, row))
    assert features(client, user)["sales_1h"] == 2


def test_late_rows_count_where_they_belong(client: httpx.Client, user: int) -> None:
    assert taken(push(client, sale(next(NUMBERS), user, 1, amount=9.0)))
    assert taken(push(client, sale(next(NUMBERS), user, 50, amount=4.0), sale(next(NUMBERS), user, 70)))
    found = features(client, user)
    assert (found["sales_1h"], found["amount_1h"], found["whole"]) == (2, 13.0, 9)


def test_a_correction_and_a_retraction_replace_what_was_known(client: httpx.Client, user: int) -> None:
    number, other = next(NUMBERS), next(USERS)
    for row, expected in (
        (visit(number, user, told=40), (1, 0)),
        (visit(number, other, told=30), (0, 1)),
        (visit(number, user, told=35), (0, 1)),
        (visit(number, other, told=20, is_gone=True), (0, 0)),
    ):
        assert taken(push(client, row, source="kiosk.visits"))
        assert (features(client, user)["visits_1d"], features(client, other)["visits_1d"]) == expected


def test_moments_come_with_and_without_zones(client: httpx.Client, user: int) -> None:
    rows = [sale(next(NUMBERS), user) for _ in range(4)]
    rows[0]["sold_at"] = rows[0]["sold_at"].replace(" ", "T")
    rows[1]["sold_at"] += "Z"
    rows[2]["sold_at"] += "+00:00"
    assert taken(push(client, *rows))
    assert features(client, user)["sales_1h"] == 4


def test_digits_and_nan_are_kept(client: httpx.Client, user: int) -> None:
    number = next(NUMBERS)
    text = json.dumps({"push_source_name": "sales", "df": frame(sale(number, user, amount="NaN", price=0))})
    text = text.replace('"price": [0]', '"price": [12345678901234567890.12]')
    told = client.post("/push", content=text)
    assert (told.status_code, told.json()["accepted"]) == (200, 0), "the view 'last_sale' makes whole numbers of it"
    assert [one["row"] for one in told.json()["rejected"]] == [0]
    found = features(client, user)
    assert (found["amount_1h"], found["price_1h"]) == ("NaN", "12345678901234567890.12")


def test_rows_that_are_refused_are_told_kept_and_counted(client: httpx.Client, user: int, rejects: Path) -> None:
    before = counted(client, "skewless_pushed_rows_total"), counted(client, "skewless_rejected_rows_total")
    good, bad, without_key = sale(next(NUMBERS), user), sale(next(NUMBERS), user, amount="much"), sale(1, user)
    response = push(client, bad, good, {**without_key, "sale_id": None})
    assert response.status_code == 200
    key = "'sale_id' is missing or NULL, and it is part of the primary key of kiosk.sales"
    assert response.json() == {
        "accepted": 1,
        "rejected": [{"row": 0, "reason": "'amount' must be DOUBLE, not 'much'"}, {"row": 2, "reason": key}],
    }
    assert features(client, user)["sales_1h"] == 1
    first, second = map(json.loads, rejects.read_text().splitlines())
    assert (first["reason"], first["row"]["amount"]) == ("'amount' must be DOUBLE, not 'much'", "much")
    assert (second["reason"], second["row"]["user_id"]) == (key, user)
    assert first["at"].endswith("Z")
    after = counted(client, "skewless_pushed_rows_total"), counted(client, "skewless_rejected_rows_total")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 2)


def test_where_no_row_is_taken_the_push_is_refused(client: httpx.Client, user: int, rejects: Path) -> None:
    rows = [sale(next(NUMBERS), user, amount=word) for word in ("a", "b", "c", "d", "d")]
    status, kind, message = error(push(client, *rows))
    assert (status, kind) == (422, "FeastError")
    assert message == (
        "no row was taken: 'amount' must be DOUBLE, not 'a' (row 0); 'amount' must be DOUBLE, not 'b' (row 1); "
        "'amount' must be DOUBLE, not 'c' (row 2); and 1 other reasons"
    )
    assert len(rejects.read_text().splitlines()) == 5


def test_a_column_that_is_not_declared_is_refused_by_name(client: httpx.Client, user: int) -> None:
    rows = [{**sale(next(NUMBERS), user), "created": ago(1)} for _ in range(2)]
    assert error(push(client, *rows)) == (
        422,
        "FeastError",
        "no row was taken: kiosk.sales has no column 'created'; its columns: sale_id, user_id, sold_at, amount, price "
        "(row 0 and 1 more)",
    )


def test_a_row_that_one_view_cannot_take_is_in_the_others(client: httpx.Client, user: int, rejects: Path) -> None:
    huge = sale(next(NUMBERS), user, amount=1e300)
    response = push(client, sale(next(NUMBERS), user), huge, huge)
    told = response.json()
    assert told["accepted"] == 1
    assert [one["row"] for one in told["rejected"]] == [1, 2]
    assert told["rejected"][0]["reason"].startswith("the view 'last_sale' cannot take it: ")
    assert len(told["rejected"][0]["reason"]) <= 303
    assert (features(client, user)["sales_1h"], features(client, user)["whole"]) == (2, 2)
    assert {json.loads(line)["view"] for line in rejects.read_text().splitlines()} == {"last_sale"}


def test_what_is_told_is_bounded(client: httpx.Client, user: int) -> None:
    bad = [sale(next(NUMBERS), user, amount="x" * 50) for _ in range(400)]
    told = push(client, sale(next(NUMBERS), user), *bad).json()
    assert (told["accepted"], len(told["rejected"]), told["not_shown"]) == (1, 100, 300)


def test_a_push_without_rows_is_taken(client: httpx.Client) -> None:
    for df in ({}, {"sale_id": [], "user_id": []}):
        assert taken(client.post("/push", json={"push_source_name": "sales", "df": df}))


WRONG: dict[str, tuple[Any, int, str, str]] = {
    "an unknown source": (
        {"push_source_name": "kiosk.sale", "df": {}},
        422, "PushSourceNotFoundException", "there is no source 'kiosk.sale'; did you mean 'kiosk.sales'?",
    ),
    "another unknown source": (
        {"push_source_name": "driver_stats_push_source", "df": {}},
        422, "PushSourceNotFoundException",
        "there is no source 'driver_stats_push_source'; sources: kiosk.sales, kiosk.scores, kiosk.visits",
    ),
    "the warehouse": (
        {"push_source_name": "sales", "df": {}, "to": "offline"},
        422, "FeastError",
        "to is 'offline', and this server writes the online state only: send 'online'. Rows get to the warehouse by "
        "what loads the table or the files of kiosk.sales there",
    ),
    "both": (
        {"push_source_name": "sales", "df": {}, "to": "online_and_offline"},
        422, "FeastError",
        "to is 'online_and_offline', and this server writes the online state only: send 'online'. Rows get to the "
        "warehouse by what loads the table or the files of kiosk.sales there",
    ),
    "elsewhere": (
        {"push_source_name": "sales", "df": {}, "to": "moon"},
        422, "FeastError",
        "the body is not of the right form: Invalid enum value 'moon' - at `$.to`; "
        "to is online, offline or online_and_offline",
    ),
    "a source that no view follows": (
        {"push_source_name": "scores", "df": {}},
        422, "FeastError", "no view follows the rows of kiosk.scores, skewless run keeps them: scored: ",
    ),
    "no source": ({"df": {}}, 422, "FeastError", "Object missing required field `push_source_name`"),
    "no rows": ({"push_source_name": "sales"}, 422, "FeastError", "Object missing required field `df`"),
    "rows instead of columns": (
        {"push_source_name": "sales", "df": [{"sale_id": 1}]},
        422, "FeastError", "df must be an object with a list of values for each column",
    ),
    "NULL instead of columns": (
        {"push_source_name": "sales", "df": None},
        422, "FeastError", "df must be an object with a list of values for each column",
    ),
    "a value instead of a list": (
        {"push_source_name": "sales", "df": {"sale_id": 1}},
        422, "FeastError", "'sale_id' in df must be a list, one value for each row",
    ),
    "columns of different lengths": (
        {"push_source_name": "sales", "df": {"sale_id": [1, 2], "user_id": [1]}},
        422, "FeastError", "'user_id' has 1 values, and 'sale_id' has 2; give each column one value a row",
    ),
    "a name that is none": ({"push_source_name": 7, "df": {}}, 422, "FeastError", "Expected `str`, got `int`"),
    "a list": ([], 422, "FeastError", "Expected `object`, got `array`"),
    "too many rows": (
        {"push_source_name": "sales", "df": {"sale_id": [1] * 1_001}},
        413, "FeastError", "the request has 1,001 rows, and the limit is 1,000",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(client: httpx.Client, what: str) -> None:
    body, status, kind, message = WRONG[what]
    found = error(client.post("/push", json=body))
    assert found[:2] == (status, kind)
    assert message in found[2]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "the body is empty; send JSON such as"),
        ('{"push_source_name": "sales", "df": {"sale_id": [1', "the body is not JSON: Input data was truncated"),
        ('{"push_source_name": "sales", "df": {"amount": [NaN]}}', 'write NaN and infinities as text: "NaN"'),
        (b'{"push_source_name": "sales", "df": {"\xe9": []}}', "the body is not JSON: "),
        ('{"push_source_name": "sales", "df": ' + "[" * 20_000 + "]" * 20_000 + "}", "the body is not JSON: "),
    ],
)
def test_a_body_that_is_no_json_is_refused(client: httpx.Client, body: str | bytes, message: str) -> None:
    status, kind, found = error(client.post("/push", content=body))
    assert (status, kind) == (400, "FeastError")
    assert message in found


@pytest.mark.parametrize(
    "value",
    [{"a": 1}, [[1]], True, 2**70, -1e300, "9999-99-99", "\ud800", "x" * 5_000, json.loads("[" * 90 + "]" * 90)],
)
@pytest.mark.parametrize("name", ["sale_id", "sold_at", "amount", "price"])
def test_any_value_is_answered_without_a_fault(client: httpx.Client, user: int, name: str, value: Any) -> None:
    response = push(client, sale(next(NUMBERS), user, **{name: value}), sale(next(NUMBERS), user))
    assert response.status_code in (200, 400), response.text
    assert features(client, user)["sales_1h"] in (0, 1, 2)


@pytest.mark.parametrize("depth", [500, 900, 960, 990])
@pytest.mark.parametrize(("head", "end"), [("[", "]"), ('{"a":', "}")])
def test_a_value_that_is_nested_deep_is_refused(
    client: httpx.Client, user: int, head: str, end: str, depth: int
) -> None:
    rows = frame(sale(next(NUMBERS), user, amount="HERE"), sale(next(NUMBERS), user))
    body = json.dumps({"push_source_name": "sales", "df": rows}).replace('"HERE"', head * depth + "1" + end * depth)
    response = client.post("/push", content=body)
    assert response.status_code in (200, 400, 422)
    assert features(client, user)["sales_1h"] == (1 if response.status_code == 200 else 0)


def test_a_body_that_is_too_long_is_refused(client: httpx.Client) -> None:
    assert error(client.post("/push", content=b"x" * 100_001))[0] == 413


def test_a_token_is_needed_where_there_is_one(settings: Settings, user: int) -> None:
    from skewless.serve.http.security import digests_of

    with running(make_app(replace(settings, token_digests=digests_of(["word"])))) as client:
        assert error(push(client, sale(next(NUMBERS), user)))[:2] == (401, "FeastPermissionError")
        headers = {"Authorization": "Bearer word"}
        body = {"push_source_name": "sales", "df": frame(sale(next(NUMBERS), user))}
        assert client.post("/push", json=body, headers=headers).status_code == 200


def test_the_access_log_tells_of_pushes_and_not_of_rows(
    settings: Settings, user: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(make_app(replace(settings, access_log=True))) as client:
        push(client, sale(next(NUMBERS), user), sale(next(NUMBERS), user, amount="a secret"), source="sales")
    output = capfd.readouterr().out
    line = json.loads(output)
    told = {name: line[name] for name in ("path", "status", "service", "source", "rows", "refused")}
    assert told == {
        "path": "/push", "status": 200, "service": None, "source": "kiosk.sales", "rows": 2, "refused": 1,
    }  # fmt: skip
    assert "a secret" not in output


@pytest.mark.parametrize("wrong", ["a file", "is full"])
def test_rows_that_cannot_be_kept_are_told_all_the_same(
    settings: Settings, user: int, tmp_path: Path, wrong: str, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path / "rejects"
    if wrong == "a file":
        folder.write_text("in the way")
    else:
        monkeypatch.setattr("skewless.serve.http.pushes._REJECTS_BYTES", 10)
        folder.mkdir()
        (folder / "kiosk.sales.jsonl").write_text("more than enough")
    with running(make_app(replace(settings, access_log=True, rejects_folder=folder))) as client:
        told = push(client, sale(next(NUMBERS), user), sale(next(NUMBERS), user, amount="x"))
        assert told.json()["accepted"] == 1
    output = capfd.readouterr()
    assert "1 refused rows are not kept: '" in json.loads(output.out)["error"]
    assert "1 refused rows are not kept: '" in output.err


def test_what_can_be_pushed_is_told(client: httpx.Client) -> None:
    sources = {one["name"]: one for one in client.get("/services").json()["sources"]}
    assert set(sources) == {"kiosk.sales", "kiosk.visits", "kiosk.scores"}
    assert sources["kiosk.sales"]["views"] == ["last_sale", "sold"]
    assert sources["kiosk.sales"]["columns"][0] == {"name": "sale_id", "type": "BIGINT"}
    assert (sources["kiosk.scores"]["views"], sources["kiosk.scores"]["not_followed_by"]) == ([], ["scored"])
    assert "curl SERVER/push" in client.get("/docs").text


def test_the_examples_can_be_sent(client: httpx.Client) -> None:
    content = client.get("/openapi.json").json()["paths"]["/push"]["post"]["requestBody"]["content"]
    examples = content["application/json"]["examples"]
    assert set(examples) == {"kiosk.sales", "kiosk.visits"}
    for name, example in examples.items():
        assert taken(client.post("/push", json=example["value"])), name


def test_clients_that_push_to_one_entity_at_once_lose_nothing(client: httpx.Client, user: int) -> None:
    def one(_: int) -> list[bool]:
        return [taken(push(client, sale(next(NUMBERS), user), sale(next(NUMBERS), user))) for _ in range(10)]

    with ThreadPoolExecutor(6) as pool:
        assert all(itertools.chain.from_iterable(pool.map(one, range(6))))
    assert features(client, user)["sales_1h"] == 120


def test_processes_that_push_to_one_entity_at_once_lose_nothing(kiosk: Path, user: int) -> None:
    """Two servers of two workers each."""
    options = ("--project-dir", str(kiosk.parents[1]), "--workers", "2", "--no-access-log")
    with serving(*options) as first, serving(*options) as second:

        def one(number: int) -> None:
            url = (first if number % 2 else second).url
            with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
                for _ in range(15):
                    assert taken(push(client, sale(next(NUMBERS), user)))

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(one, range(6)))
        with httpx.Client(base_url=first.url, trust_env=False) as client:
            assert features(client, user)["sales_1h"] == 90
            assert features(client, user)["amount_1h"] == 225.0
        assert (first.stop()[0], second.stop()[0]) == (0, 0)


def test_rows_go_where_the_server_reads(kiosk: Path, user: int, tmp_path: Path) -> None:
    """Without the project, and refused rows in the folder that was named."""
    options = ("--bundles", str(kiosk), "--rejects", str(tmp_path / "mine"), "--no-access-log")
    with serving(*options) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        response = push(client, sale(next(NUMBERS), user), sale(next(NUMBERS), user, amount="x"))
        assert response.json()["accepted"] == 1
        assert features(client, user)["sales_1h"] == 1
    assert len((tmp_path / "mine" / "kiosk.sales.jsonl").read_text().splitlines()) == 1


def test_a_plan_for_another_duckdb_is_refused_at_start(settings: Settings, kiosk: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(kiosk, tmp_path / "bundles")
    plan = tmp_path / "bundles" / "sources" / "kiosk.sales.json"
    data = json.loads(plan.read_text())
    plan.write_text(json.dumps({**data, "versions": {**data["versions"], "duckdb": "1.4.0"}}))
    with pytest.raises(UsageError, match=r"the plan of 'kiosk\.sales' was compiled for DuckDB 1\.4\.0"):
        load_catalogue(replace(settings, bundles=tmp_path / "bundles"))


def test_bundles_without_plans_are_served(settings: Settings, kiosk: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(kiosk, tmp_path / "bundles")
    shutil.rmtree(tmp_path / "bundles" / "sources")
    with running(make_app(replace(settings, bundles=tmp_path / "bundles"))) as client:
        found = error(client.post("/push", json={"push_source_name": "sales", "df": {}}))
        assert found == (422, "PushSourceNotFoundException", "there is no source 'sales'; sources: none")
        assert client.get("/openapi.json").status_code == 200


# Stores that fail, each of its own kind.


def test_redis_that_hangs_is_503_and_takes_the_same_rows_later(tmp_path: Path, user: int) -> None:
    redis = RedisServer(tmp_path / "redis").start()
    try:
        bundles = write_kiosk(tmp_path / "project", f"{{type: redis, url: '{redis.url}', timeout: 0.3}}")
        with running(make_app(Settings(bundles=bundles, access_log=False))) as client:
            row = sale(next(NUMBERS), user)
            assert taken(push(client, row))
            redis.pause()
            since = time.monotonic()
            assert error(push(client, sale(next(NUMBERS), user)))[:2] == (503, "FeastError")
            assert time.monotonic() - since < 5
            redis.resume()
            assert _taken_within(client, sale(next(NUMBERS), user), seconds=10)
            redis.stop()
            assert error(push(client, row))[:2] == (503, "FeastError")
            redis.start()
            status, _, message = error(push(client, row))
            assert (status, "load it: skewless run" in message) == (503, True)
    finally:
        redis.stop()


def _taken_within(client: httpx.Client, row: dict[str, Any], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if push(client, row).status_code == 200:
            return True
        time.sleep(0.05)
    return False


def test_a_push_that_waits_for_sqlites_lock_keeps_no_look_up_waiting(tmp_path: Path, user: int) -> None:
    bundles = write_kiosk(tmp_path / "project", "{type: sqlite, path: target/online.db}")
    limits = Limits(seconds=1.0, threads=2, requests=20)
    with (
        running(make_app(Settings(bundles=bundles, access_log=False, limits=limits))) as client,
        closing(sqlite3.connect(bundles.parent / "online.db", isolation_level=None, check_same_thread=False)) as other,
        ThreadPoolExecutor(24) as pool,
    ):
        assert taken(push(client, sale(next(NUMBERS), user)))
        features(client, user)
        other.execute("BEGIN IMMEDIATE")
        pushes = [pool.submit(push, client, sale(next(NUMBERS), user)) for _ in range(24)]
        time.sleep(0.2)
        since = time.monotonic()
        assert [features(client, user)["sales_1h"] for _ in range(20)] == [1] * 20
        assert time.monotonic() - since < 0.6
        answers = sorted(error(one.result())[::2] for one in pushes)
        assert answers[0] == (503, "the server is busy; try again")
        assert answers[-1] == (504, "there was no answer within 1 seconds")
        other.execute("COMMIT")
        assert _taken_within(client, sale(next(NUMBERS), user), seconds=10)
        found = features(client, user)["sales_1h"]
        assert found in (2, 3), "what had begun was written, and what waited behind it was not"


def test_look_ups_go_on_while_others_push(client: httpx.Client, user: int) -> None:
    over = threading.Event()

    def keep_pushing() -> int:
        done = 0
        while not over.is_set():
            done += taken(push(client, *(sale(next(NUMBERS), user) for _ in range(200))))
        return done

    with ThreadPoolExecutor(2) as pool:
        pushing = [pool.submit(keep_pushing) for _ in range(2)]
        seen = [features(client, user, "sold")["sales_1h"] for _ in range(100)]
        over.set()
        done = sum(one.result() for one in pushing)
    assert seen == sorted(seen), "what was seen once stays"
    assert features(client, user, "sold")["sales_1h"] == 200 * done
    assert not math.isnan(features(client, user, "sold")["amount_1h"])
