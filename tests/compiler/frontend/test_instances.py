"""The names of a service's instances."""

from __future__ import annotations

from pathlib import Path

from serve.world import NOON, PROPERTIES, write_world

from skewless import Project


def test_a_view_may_begin_with_the_name_of_another(tmp_path: Path) -> None:
    """Relations are called as the instance, two underscores and a step: such a name would be another's step."""
    folder = tmp_path / "project"
    write_world(folder)
    (folder / "features" / "recent__daily.sql").write_text((folder / "features" / "daily.sql").read_text())
    (folder / "features" / "shop.yml").write_text(
        PROPERTIES
        + "  - {name: both, features: [recent, recent__daily, {view: recent, as: recent__own, on: {user_id: own}}]}\n"
    )
    project = Project.load(folder, environ={})
    project.run(as_of=NOON, views=["recent", "recent__daily"])
    vector = project.server("both", clock=lambda: NOON).get([{"user_id": 1, "own": 5}])
    assert (vector.values["recent__orders_1h"], vector.values["orders_30d"]) == ([2], [1])
    assert vector.values["recent__own__orders_1h"] == [0]
