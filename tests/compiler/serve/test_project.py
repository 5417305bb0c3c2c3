"""Project: arguments that cannot be used are told, not ignored."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from serve.world import NOON, write_world
from skewless import Project
from skewless.ground.errors import DataError, UsageError


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return write_world(tmp_path_factory.mktemp("shop") / "project")


@pytest.mark.parametrize("spine", [[], [{}]])
def test_an_empty_list_is_no_spine(project: Project, spine: list[Any]) -> None:
    with pytest.raises(DataError, match="an empty list, which has no columns") as error:
        project.training_set("stored_only", spine, timestamp="at")
    assert error.value.help == "give an Arrow table or a frame with: user_id, at"


def test_a_list_of_something_else_is_no_spine(project: Project) -> None:
    with pytest.raises(DataError, match="row 2 of the spine is int") as error:
        project.training_set("stored_only", [{"user_id": 1, "at": NOON}, 2], timestamp="at")
    assert error.value.help == "give mappings of: user_id, at"


@pytest.mark.parametrize(
    ("views", "message", "help_line"),
    [
        (["recent", "nope"], "there is no feature view 'nope'", None),
        (["recnt"], "there is no feature view 'recnt'", "did you mean 'recent'?"),
        ("recnt", "there is no feature view 'recnt'", "did you mean 'recent'?"),
        ("recent", "views must be a list of names, not the text 'recent'", "write views=['recent']"),
    ],
)
def test_views_that_do_not_exist_are_not_left_out(
    project: Project, views: Any, message: str, help_line: str | None
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        project.run(as_of=NOON, views=views)
    assert error.value.help == help_line


@pytest.mark.parametrize("as_of", ["foo", 7, dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=1)))])
def test_a_run_needs_a_moment(project: Project, as_of: Any) -> None:
    with pytest.raises(UsageError, match="as_of must be a moment") as error:
        project.run(as_of=as_of)
    assert error.value.help == "write it as 2026-06-12T10:00:00Z"


def test_a_run_loads_the_views_that_are_named_and_keep_state(project: Project) -> None:
    assert [one.view for one in project.run(as_of=NOON, views=["recent", "ratio"])] == ["recent"]
    assert project.run(as_of=NOON, views=[]) == ()
    assert {one.view for one in project.run(as_of=NOON)} == {"recent", "last_order", "daily", "nightly"}
