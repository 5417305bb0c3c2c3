"""What is taken from the compile cache is what would be compiled, whatever was edited; and only what an edit touches is compiled."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from diff.edits import CHANGING, PRESERVING, Edit
from diff.shop import FILES, write
from skewless.tasks.cache_file import FILE
from skewless.tasks.compile import Compiled, compile_project
from skewless.tasks.workspace import Options, load_workspace

Environ = Mapping[str, str]


def _compiled(
    folder: Path,
    *,
    use_cache: bool = True,
    variables: Mapping[str, object] | None = None,
    environ: Environ | None = None,
) -> tuple[Compiled, set[str]]:
    """What a command makes of the project, and the views that it lowered."""
    options = Options(project_dir=folder, variables=variables, use_cache=use_cache)
    workspace = load_workspace(options, environ or {}, is_shared=True)
    workspace.check()
    made = compile_project(workspace, frozenset(workspace.views))
    workspace.keep_compiled({view.name: view for view in made.views})
    workspace.close()
    return made, set(workspace.views) - workspace.compiled_before.lowered.models


def _outcome(made: Compiled) -> dict[str, Any]:
    """Everything that is written."""
    return {
        "files": {view.name: view.files for view in made.views},
        "written": {view.name: (view.parts, view.written, view.retention) for view in made.views},
        "bundles": made.bundles,
        "view_bundles": made.view_bundles,
        "plans": made.source_plans,
        "manifest": made.manifest,
        "definitions": made.definitions,
    }


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, compiled once."""
    folder = tmp_path_factory.mktemp("warm")
    write(folder)
    _compiled(folder)
    return folder


@pytest.mark.parametrize("edit", [*PRESERVING, *CHANGING], ids=lambda edit: edit.name)
def test_an_edit_is_compiled_as_without_a_cache(warm: Path, tmp_path: Path, edit: Edit) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(warm, folder)
    for file, old, new in edit.replaced:
        text = (folder / file).read_text()
        (folder / file).write_text(text.replace(old, new))
    cached, _ = _compiled(folder, variables=edit.variables)
    anew, lowered = _compiled(folder, variables=edit.variables, use_cache=False)
    assert lowered == {"orders", "last_visit", "daily", "offer"}
    assert _outcome(cached) == _outcome(anew)
    again, lowered = _compiled(folder, variables=edit.variables)
    assert lowered == set()
    assert _outcome(again) == _outcome(anew)


def _edited(warm: Path, folder: Path, file: str, old: str, new: str) -> Path:
    shutil.copytree(warm, folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "lowered"),
    [
        ("features/daily.sql", "avg(", "median(", {"daily"}),
        ("features/orders.sql", "with paid", "-- a comment\nwith paid", {"orders", "offer"}),
        ("macros/amounts.sql", "{{ column }}", "({{ column }})", {"orders", "offer"}),
        ("features/shop.yml", "delay: 5 minutes", "delay: 6 minutes", {"daily", "last_visit", "offer"}),
        ("features/shop.yml", "How many.", "How many orders.", {"orders", "offer"}),
        ("skewless.yml", "least: 1", "least: 2", {"orders", "offer"}),
        ("skewless.yml", "least: 1", "least: 1, other: 2", set()),
        ("features/shop.yml", "name: offers", "name: other_offers", set()),
    ],
)
def test_only_what_an_edit_touches_is_compiled(
    warm: Path, tmp_path: Path, file: str, old: str, new: str, lowered: set[str]
) -> None:
    folder = _edited(warm, tmp_path / "shop", file, old, new)
    assert _compiled(folder)[1] == lowered


def test_a_variable_is_read_by_whom_it_concerns(warm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(warm, folder)
    assert _compiled(folder, variables={"least": 5})[1] == {"orders", "offer"}
    assert _compiled(folder, variables={"least": 5})[1] == set()
    assert _compiled(folder)[1] == set()  # and what was compiled before is there still
    assert _compiled(folder, variables={"least": "1"})[1] == {"orders", "offer"}  # a text is no number


def test_an_environment_variable_is_read_by_whom_it_concerns(tmp_path: Path) -> None:
    text = FILES["features/daily.sql"].replace("'30 days'", "env_var('DAYS', '30 days')")
    write(tmp_path, {**FILES, "features/daily.sql": text})
    _compiled(tmp_path)
    assert _compiled(tmp_path, environ={"OTHER": "x"})[1] == set()
    assert _compiled(tmp_path, environ={"DAYS": "20 days"})[1] == {"daily"}
    made, lowered = _compiled(tmp_path)
    assert lowered == set()
    assert "INTERVAL '30' DAYS" in next(view.training for view in made.views if view.name == "daily")


def test_what_a_secret_is_in_is_not_kept(tmp_path: Path) -> None:
    text = FILES["features/daily.sql"].replace("group by", "where page <> '{{ env_var('WORD') }}'\ngroup by")
    profile = FILES["profiles.yml"].replace("threads: 1", "path: \"{{ env_var('API_TOKEN') }}\", threads: 1")
    write(tmp_path, {**FILES, "features/daily.sql": text, "profiles.yml": profile})
    environ = {"API_TOKEN": "s3cr3t-value", "WORD": "s3cr3t-value"}
    assert _compiled(tmp_path, environ=environ)[1] == {"orders", "last_visit", "daily", "offer"}
    assert _compiled(tmp_path, environ=environ)[1] == {"daily"}
    assert b"s3cr3t" not in (tmp_path / "target" / FILE).read_bytes()


def test_a_macro_that_another_one_calls_is_read(tmp_path: Path) -> None:
    macros = {
        "macros/amounts.sql": "{% macro settled(column) %}{{ above(column) }}{% endmacro %}\n",
        "macros/above.sql": "{% macro above(column) %}{{ column }} > 1{% endmacro %}\n",
    }
    write(tmp_path, {**FILES, **macros})
    _compiled(tmp_path)
    (tmp_path / "macros/above.sql").write_text(macros["macros/above.sql"].replace("> 1", "> 2"))
    made, lowered = _compiled(tmp_path)
    assert lowered == {"orders", "offer"}
    assert "> 2" in next(view.training for view in made.views if view.name == "orders")


def test_a_newer_version_of_a_view_is_what_is_meant_from_now_on(tmp_path: Path) -> None:
    files = {path: text for path, text in FILES.items() if path != "features/last_visit.sql"}
    visit = FILES["features/last_visit.sql"]
    files["features/last_visit_v1.sql"] = visit.replace("ttl='30 days'", "version=1")
    write(tmp_path, files)
    _compiled(tmp_path)
    write(tmp_path, {"features/last_visit_v2.sql": visit.replace("ttl='30 days'", "version=2")})
    assert _compiled(tmp_path)[1] == {"last_visit_v2", "offer"}


WINDOWS = """\
{{ config(entity='user') }}
select user_id{% for name, length in var('windows').items() %},
    count(*) filter (where {{ last(length) }}) as n_{{ name }}{% endfor %}
from {{ source('shop', 'visits') }}
group by user_id
"""


def test_a_variable_in_another_order_is_another_one(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "features/windows.sql": WINDOWS})
    ways: tuple[dict[Any, str], ...] = (
        {"1": "1 day", "x": "2 days"},
        {"x": "2 days", "1": "1 day"},
        {1: "1 day", "x": "2 days"},  # --vars may have keys that are no texts
    )
    for windows in ways:
        made, _ = _compiled(tmp_path, variables={"windows": windows})
        anew, _ = _compiled(tmp_path, variables={"windows": windows}, use_cache=False)
        assert _outcome(made) == _outcome(anew)


def test_a_view_is_taken_with_what_it_refers_to_through_others(tmp_path: Path) -> None:
    """What limits or writes a view in another way gives it no other version, nor those between it and this one."""
    through = "select o.price_to_total + 1 as one_more from {{ request() }} as r left join {{ ref('offer') }} as o"
    text = "{{ config(entity='user', request={'price': 'double'}) }}\n" + through + " using (user_id)\n"
    orders = FILES["features/orders.sql"].replace("count(*)", "count(distinct paid.place)")  # no tiles
    write(tmp_path, {**FILES, "features/through.sql": text, "features/orders.sql": orders})
    for setting in ("owner='shop'", "owner='shop', max_events=50", "owner='shop'"):
        write(tmp_path, {"features/orders.sql": orders.replace("owner='shop'", setting)})
        made, _ = _compiled(tmp_path)
        anew, _ = _compiled(tmp_path, use_cache=False)
        assert _outcome(made) == _outcome(anew)


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_a_damaged_cache_is_an_empty_one(warm: Path, tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(warm, folder)
    (folder / "target" / FILE).write_bytes(content)
    assert len(_compiled(folder)[1]) == 4
    _compiled(folder)  # which makes a new file of one that is no database
    assert _compiled(folder)[1] == set()


def test_warnings_are_told_again(tmp_path: Path) -> None:
    text = "{{ log('said', info=true) }}" + FILES["features/daily.sql"]
    write(tmp_path, {**FILES, "features/daily.sql": text})
    _compiled(tmp_path)
    assert _compiled(tmp_path)[1] == {"daily"}
