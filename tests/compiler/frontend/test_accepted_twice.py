"""Whatever model is accepted, serving answers what training computes, and rows of the future change nothing."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from skewless import Project

from .shop_data import at, write_data
from .small_project import written
from .test_accepted import CONFIG, MACROS, SHAPES, VALUES, with_sources

MODELS = [*(model for model, _ in VALUES.values()), *(CONFIG + model for *_, model in SHAPES)]
USERS = (1, 2, 3, None)
MOMENTS = (at("09:30"), at("10:00"), at("11:30"))


def project_of_all_models(root: Path) -> Project:
    files = {f"features/v{number}.sql": with_sources(model) for number, model in enumerate(MODELS)}
    services = [f"  - {{name: s{number}, features: [v{number}]}}" for number in range(len(MODELS))]
    write_data(written(root, {**files, "features/s.yml": "\n".join(["services:", *services]), "macros/m.sql": MACROS}))
    return Project.load(root)


def trained(project: Project, number: int, moment: datetime) -> list[tuple[Any, ...]]:
    spine = [{"user_id": user, "at": moment} for user in USERS]
    table = project.training_set(f"s{number}", spine, timestamp="at").drop_columns(["user_id", "at"])
    return [tuple(row.values()) for row in table.to_pylist()]


def served(project: Project, number: int, moment: datetime) -> list[tuple[Any, ...]]:
    table = project.server(f"s{number}").get([{"user_id": user} for user in USERS], as_of=moment).to_arrow()
    names = [feature.name for feature in project.workspace.view(f"v{number}").features]
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


def same(left: Any, right: Any) -> bool:
    """Equal, to the last digits of sums (semantics, section 4)."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(left, tuple | list) and isinstance(right, tuple | list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_serving_answers_what_training_computes(moment: datetime, tmp_path: Path) -> None:
    project = project_of_all_models(tmp_path)
    project.run(as_of=moment)
    for number, model in enumerate(MODELS):
        assert same(served(project, number, moment), trained(project, number, moment)), model


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_rows_that_become_known_later_change_nothing(moment: datetime, tmp_path: Path) -> None:
    project = project_of_all_models(tmp_path)
    with_future = [trained(project, number, moment) for number in range(len(MODELS))]
    write_data(tmp_path, before=moment)
    for number, model in enumerate(MODELS):
        assert same(trained(project, number, moment), with_future[number]), model
