"""A second compile does nothing, unless anything that the first one read or wrote has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cli_project import Shop

from skewless.tasks import compile as tasks
from skewless.tasks.compile import Compiled, compile_project

UNCHANGED = "Nothing has changed since 3 views were compiled"


def test_a_second_compile_does_nothing(shop: Shop) -> None:
    assert UNCHANGED not in shop.ok("compile").stdout
    before = {path: shop.read(f"target/{path}") for path in shop.files("target") if path.endswith((".sql", ".json"))}
    assert UNCHANGED in shop.ok("compile").stdout
    assert before == {path: shop.read(f"target/{path}") for path in before}


CHANGES: dict[str, Callable[[Shop], object]] = {
    "a model": lambda shop: shop.replace("features/basket.sql", "is_large", "is_big"),
    "a comment": lambda shop: shop.replace("features/basket.sql", "select", "-- why\nselect"),
    "a new model": lambda shop: shop.write("features/more.sql", shop.read("features/people/user_profile.sql")),
    "a new macro": lambda shop: shop.write("macros/m.sql", "{% macro m() %}1{% endmacro %}"),
    "a property": lambda shop: shop.replace("features/shop.yml", "primary_key: [order_id]", "tie_break: [order_id]"),
    "the project file": lambda shop: shop.replace("skewless.yml", "large: 100", "large: 200"),
    "the profile": lambda shop: shop.replace("profiles.yml", "threads: 1", "threads: 2"),
    "an output": lambda shop: shop.write("target/manifest.json", "{}"),
    "a lost output": lambda shop: (shop.root / "target/manifest.json").unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(shop: Shop, change: str) -> None:
    shop.ok("compile")
    CHANGES[change](shop)
    assert UNCHANGED not in shop.run("compile").stdout


@pytest.mark.parametrize("change", ["a model", "a new model", "a property"])
def test_a_change_while_it_compiles_is_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    def compiled_meanwhile(*given: Any) -> Compiled:
        CHANGES[change](shop)
        return compile_project(*given)

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "compile_project", compiled_meanwhile)
        shop.ok("compile")
    assert UNCHANGED not in shop.run("compile").stdout


@pytest.mark.parametrize("name", ["more.sql", "MORE.SQL"])
def test_a_new_file_in_a_folder_behind_a_link_is_seen(shop: Shop, name: str) -> None:
    (shop.root / "elsewhere").mkdir()
    (shop.root / "features/link").symlink_to(shop.root / "elsewhere")
    shop.ok("compile")
    shop.write(f"elsewhere/{name}", shop.read("features/people/user_profile.sql"))
    assert UNCHANGED not in shop.ok("compile").stdout


def test_without_the_cache_everything_is_compiled_anew(shop: Shop) -> None:
    shop.ok("compile", "--no-cache")
    assert UNCHANGED not in shop.ok("compile", "--no-cache").stdout


def test_other_arguments_are_another_compilation(shop: Shop) -> None:
    shop.ok("compile")
    assert UNCHANGED not in shop.ok("compile", "--vars", "{large: 7}").stdout
    assert "> 7" in shop.read("target/compiled/shop/features/basket.training.sql")


def test_an_environment_variable_that_was_read_is_part_of_it(shop: Shop) -> None:
    shop.replace("features/basket.sql", "{{ var('large') }}", "{{ env_var('LARGE', '5') }}")
    shop.ok("compile", env={"LARGE": "6"})
    assert UNCHANGED in shop.ok("compile", env={"LARGE": "6"}).stdout
    assert UNCHANGED not in shop.ok("compile", env={"LARGE": "7"}).stdout


def test_a_project_that_reads_a_secret_compiles_each_time_and_keeps_no_trace_of_it(shop: Shop) -> None:
    shop.replace(
        "profiles.yml", "dev: {", "dev: {registry: \"postgresql://ana:{{ env_var('DB_PASSWORD') }}@127.0.0.1:1/none\", "
    )
    shop.replace("features/basket.sql", "{{ var('large') }}", "{{ env_var('LIMIT') }}")
    env = {"DB_PASSWORD": "31337", "LIMIT": "31337"}
    shop.ok("compile", env=env)
    assert UNCHANGED not in shop.ok("compile", env=env).stdout
    assert not shop.exists("target/.unchanged.json")


def test_no_file_that_is_written_holds_the_password_of_a_stream(shop: Shop) -> None:
    url = "redis://:hidden-word@127.0.0.1:6379"
    shop.ok("compile")
    nodes = json.loads(shop.read("target/manifest.json"))["nodes"]
    stream = """primary_key: [order_id]
        stream: {type: redis, url: "{{ env_var('EVENTS') }}"}"""
    shop.replace("features/shop.yml", "primary_key: [order_id]", stream)
    shop.ok("compile", env={"EVENTS": url})
    assert UNCHANGED not in shop.ok("compile", env={"EVENTS": url}).stdout
    assert [path for path in shop.files("target") if b"hidden-word" in (shop.root / "target" / path).read_bytes()] == []
    assert (
        json.loads(shop.read("target/manifest.json"))["nodes"] == nodes
    )  # no view is another one for how its rows come


def test_a_broken_project_is_never_unchanged(shop: Shop) -> None:
    shop.ok("compile")
    shop.replace("features/basket.sql", "r.amount >", "r.amuont >")
    assert shop.run("compile").exit_code == 2
    assert shop.run("compile").exit_code == 2
