"""`skewless.yml` into the settings of a project."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import UsageError
from skewless.project.checking import Checker, Shape
from skewless.project.fields import Name, Names, Written, spelled
from skewless.project.folder_config import FolderConfig, read_folder_config
from skewless.project.model import EVERYTHING
from skewless.project.places import Place

FILE = "skewless.yml"


class ProjectShape(Shape):
    noun: ClassVar[str] = "skewless.yml"
    habits: ClassVar[Mapping[str, str]] = {
        "models": "did you mean 'features'?",
        "model-paths": "did you mean 'feature-paths'?",
        "clean-targets": "`skewless clean` removes the target-path",
    }

    name: Annotated[str, spelled(r"[A-Za-z_]\w*", "a project's name: use letters, digits and underscores")]
    id: Written | None = None
    version: Written = ""
    config_version: int | None = Field(default=None, alias="config-version")
    profile: Name | None = None
    feature_paths: Names = Field(default=("features",), alias="feature-paths")
    macro_paths: Names = Field(default=("macros",), alias="macro-paths")
    test_paths: Names = Field(default=("tests",), alias="test-paths")
    target_path: Name = Field(default="target", alias="target-path")
    vars: dict[str, Any] = Field(default_factory=dict)
    features: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """What skewless.yml says, with the defaults for what it does not."""

    name: str
    identity: str | None
    """What tells the project from another of its name, where both use one registry."""
    version: str
    profile: str
    feature_paths: tuple[str, ...]
    macro_paths: tuple[str, ...]
    test_paths: tuple[str, ...]
    target_path: str
    variables: Mapping[str, Any]
    folders: FolderConfig


def new_identity(name: str) -> str:
    """An `id` that no other project has, of whatever name."""
    return f"{name}-{uuid.uuid4().hex[:12]}"


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, with a skewless.yml in it."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise UsageError(
        f"there is no {FILE} in {start} or in any folder above it",
        help="`skewless init NAME` makes a project; --project-dir says where one is",
    )


def read_settings(checker: Checker, place: Place | None, root: Path) -> ProjectSettings:
    """The settings; a file that cannot be read at all gives the defaults, so that the other files are read too."""
    written = checker.check(ProjectShape, place) if place else None
    shape = written or ProjectShape(name=_word(root.name))
    name = shape.name or _word(root.name)
    folders = FolderConfig()
    if place and written:
        folders = read_folder_config(checker, place, project=name)
        _missing_folders(checker, place, shape, root)
    return ProjectSettings(
        name=name,
        identity=shape.id,
        version=shape.version,
        profile=shape.profile or name,
        feature_paths=shape.feature_paths,
        macro_paths=shape.macro_paths,
        test_paths=shape.test_paths,
        target_path=shape.target_path,
        variables=_variables(shape.vars, name),
        folders=folders,
    )


def _word(text: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in text) or "project"


def _variables(written: Mapping[str, Any], project: str) -> dict[str, Any]:
    """dbt lets one write variables below the project's name; those are the nearer ones."""
    own = written.get(project)
    if not isinstance(own, Mapping):
        return dict(written)
    return {**{key: value for key, value in written.items() if key != project}, **own}


def _missing_folders(checker: Checker, place: Place, shape: ProjectShape, root: Path) -> None:
    """The default folders may be missing; one that is named must be there."""
    for key in ("feature-paths", "macro-paths", "test-paths"):
        folders = getattr(shape, key.replace("-", "_")) if place.data.get(key) else ()
        for folder, span in zip(folders, place.each_value(key), strict=False):
            if not (root / folder).is_dir():
                message = f"{key} names the folder '{folder}', which does not exist"
                hint = did_you_mean(folder, _folders(root)) or f"make the folder, or correct {key}"
                checker.report("invalid-value", message, span, hint)
                checker.lost.update(EVERYTHING)  # whatever is in the folder that is meant


def _folders(root: Path) -> list[str]:
    return [path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")]
