"""A large project is compiled by several processes, to the same files and the same faults as by one."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from cli_project import Shop

from skewless.tasks import workers
from skewless.tasks.workers import Workers

MODELS = 90
TOTALS = "features/user_totals.sql"


@pytest.fixture
def large(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Views that refer to none, request views over them, one that is disabled; compiled by three processes."""
    model, basket = shop.read(TOTALS), shop.read("features/basket.sql")
    for number in range(MODELS):
        shop.write(f"features/totals_{number}.sql", model.replace("as orders_1d", f"as orders_{number}"))
    for number in range(5):
        shop.write(f"features/basket_{number}.sql", basket.replace("is_large", f"is_large_{number}"))
    shop.write("features/off.sql", model.replace("entity='user'", "entity='user', enabled=false"))
    shop.replace("profiles.yml", "threads: 1", "threads: 0")
    monkeypatch.setattr(workers, "_ENOUGH_MODELS", 10)
    monkeypatch.setattr(workers, "_SHARE", 5)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    return shop


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Workers]]:
    """The workers of every command of the test."""
    found: list[Workers] = []
    begin = Workers.__init__

    def noted(self: Workers, *arguments: Any) -> None:
        begin(self, *arguments)
        found.append(self)

    monkeypatch.setattr(Workers, "__init__", noted)
    yield found
    for one in found:
        assert all(worker._process is None or worker._process.poll() is not None for worker in one._workers)


def alone(shop: Shop, *arguments: str) -> str:
    """What the command says when one process does everything."""
    result = shop.run("--threads", "1", *arguments, "--target-path", "alone")
    return result.output


def written(shop: Shop, folder: str) -> dict[str, str]:
    files = {path: shop.read(f"{folder}/{path}") for path in shop.files(folder) if path.endswith((".sql", ".json"))}
    files.pop(".unchanged.json", None)
    files.pop("run_results.json", None)
    manifest = json.loads(files["manifest.json"])
    del manifest["metadata"]["generated_at"]
    return {**files, "manifest.json": json.dumps(manifest)}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What workers have done."""
    given: list[str] = []
    ask = workers._Worker._ask

    def noted(self: workers._Worker, verb: str, asked: list[str]) -> Any:
        answer = ask(self, verb, asked)
        given.append(verb)
        return answer

    monkeypatch.setattr(workers._Worker, "_ask", noted)
    return given


def test_several_processes_write_what_one_writes(large: Shop, started: list[Workers], given: list[str]) -> None:
    alone(large, "compile")
    assert not started
    large.ok("compile")
    assert len(started) == 1
    assert {"lower", "compile"} <= set(given)
    assert written(large, "target") == written(large, "alone")
    assert f"features/totals_{MODELS - 1}.training.sql" in {
        path.removeprefix("compiled/shop/") for path in written(large, "target")
    }
    assert not large.exists("target/compiled/shop/features/off.training.sql")


def test_several_processes_find_the_faults_that_one_finds(large: Shop, started: list[Workers]) -> None:
    large.replace("features/totals_1.sql", "amount", "amuont")
    large.replace("features/totals_50.sql", "{{ last('1 day') }}", "{{ lost('1 day') }}")
    large.replace("features/basket_2.sql", "ref('user_totals')", "ref('off')")
    large.replace("features/basket_3.sql", "ref('user_totals')", "ref('totals_50')")
    large.write("macros/broken.sql", "{% macro m() %}")
    result = large.run("compile")
    assert result.exit_code != 0
    assert started
    assert result.output == alone(large, "compile")
    assert result.output.count("amuont") > 1
    assert "is disabled" in result.output


def test_a_worker_that_dies_costs_nothing_but_time(
    large: Shop, started: list[Workers], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, killed = workers._Worker._ask, []

    def dying(self: workers._Worker, verb: str, asked: list[str]) -> Any:
        answer = ask(self, verb, asked)
        process = self._process
        if process is not None and (verb, process.pid) not in killed and len(killed) < 2:
            os.kill(process.pid, signal.SIGKILL)
            killed.append((verb, process.pid))
        return answer

    monkeypatch.setattr(workers._Worker, "_ask", dying)
    large.ok("compile")
    assert killed
    alone(large, "compile")
    assert written(large, "target") == written(large, "alone")


def test_what_a_worker_reads_of_the_environment_is_known(large: Shop, given: list[str]) -> None:
    for number in range(MODELS):
        large.replace(f"features/totals_{number}.sql", "'1 day'", "env_var('WINDOW', '1 day')")
    large.ok("compile", env={"WINDOW": "2 days"})
    assert given
    assert "Nothing has changed" in large.ok("compile", env={"WINDOW": "2 days"}).output
    assert "Nothing has changed" not in large.ok("compile", env={"WINDOW": "3 days"}).output


def test_what_no_worker_reads_of_the_environment_changes_nothing(large: Shop, started: list[Workers]) -> None:
    large.ok("compile", env={"WINDOW": "2 days", "API_KEY": "open-sesame"})
    assert started
    assert "Nothing has changed" in large.ok("compile", env={"WINDOW": "3 days", "API_KEY": "another"}).output


def test_a_secret_that_a_worker_meets_is_not_shown(large: Shop, given: list[str]) -> None:
    for number in range(MODELS):
        large.replace(f"features/totals_{number}.sql", "sum(amount)", "sum(\"{{ env_var('WORD') }}\")")
    large.replace(
        "profiles.yml", "dev: {", "dev: {registry: \"postgresql://ana:{{ env_var('DB_PASSWORD') }}@127.0.0.1:1/none\", "
    )
    result = large.run("compile", env={"DB_PASSWORD": "open-sesame", "WORD": "open-sesame"})
    assert result.exit_code != 0
    assert given
    assert "*****" in result.output
    assert "open-sesame" not in result.output
