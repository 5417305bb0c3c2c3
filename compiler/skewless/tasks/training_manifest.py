"""What a training set was made of, as JSON beside it: enough to make it again, or to say what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from skewless.ground.errors import DataError, UsageError
from skewless.tasks.near_digests import NearDigest
from skewless.tasks.source_snapshots import SourceSnapshot

FORMAT = 1
KIND = "training_set"
_SUFFIX = ".manifest.json"


class ColumnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the output. Its Arrow type and its digest are None of rows that stayed in a warehouse."""

    name: str
    type: str | None = None
    digest: str | None = None
    near: NearDigest | None = None
    """Of a feature whose last digits may differ from one evaluation to the next."""


class FeatureRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One feature of the service, in its place."""

    name: str
    type: str
    view: str
    feature: str


class SpineRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The spine: `given` is a file (from the project's root), a query or a table."""

    given: str
    text: str
    timestamp: str
    columns: tuple[str, ...]
    rows: int
    digest: str | None


class InstanceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One use of a view: the spine's column of each key, the plan and its reason, and the SQL that ran."""

    name: str
    view: str
    on: dict[str, str]
    plan: str | None
    reason: str
    sql: str


class OutputRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was written. `place` is a file (from the project's root), a table, or None if nothing was."""

    place: str | None
    rows: int
    columns: tuple[ColumnRecord, ...]
    digest: str | None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """When and by whom; in no digest."""

    at: str
    by: str
    seconds: float


class TrainingManifest(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of docs/reference/training-manifest.md."""

    kind: str
    format: int
    project: str
    target: str
    engine: str
    service: str
    known_as_of: str | None
    features: tuple[FeatureRecord, ...]
    views: dict[str, str]
    packages: dict[str, str]
    sources: dict[str, SourceSnapshot]
    spine: SpineRecord
    instances: tuple[InstanceRecord, ...]
    output: OutputRecord
    made: Made


def manifest_of_file(output: Path) -> Path:
    """`training.parquet.manifest.json`."""
    return output.with_name(output.name + _SUFFIX)


def manifest_of_table(target_path: Path, name: str) -> Path:
    """Below the target folder."""
    return target_path / "training" / f"{name}{_SUFFIX}"


def read_training_manifest(path: Path, project: str) -> TrainingManifest:
    """A manifest of this project. Raises UsageError if there is none there, DataError for what cannot be repeated."""
    raw = _json(path)
    if raw.get("kind") != KIND:
        raise DataError(f"'{path}' is no manifest of a training set", help=_name_it(path))
    if not isinstance(raw.get("format"), int) or raw["format"] > FORMAT:
        raise DataError(
            f"'{path}' has the format {raw.get('format')!r}, and this version of skewless reads up to {FORMAT}",
            help="repeat it with the version that is named in 'packages', or a newer one",
        )
    try:
        manifest = msgspec.convert(raw, TrainingManifest)
    except msgspec.ValidationError as error:
        raise DataError(
            f"'{path}' is damaged: {error}", help="take it from a backup; the training set itself is not touched"
        ) from error
    if manifest.project != project:
        raise DataError(
            f"'{path}' is of the project '{manifest.project}', and this is '{project}'",
            help="repeat it in its own project: --project-dir DIR",
        )
    return manifest


def _json(path: Path) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"the manifest '{path}' cannot be read: {error.strerror}", help=_name_it(path)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"'{path}' is not JSON: {error}", help=_name_it(path)) from error
    if not isinstance(found, dict):
        raise DataError(f"'{path}' is no manifest of a training set", help=_name_it(path))
    return found


def _name_it(path: Path) -> str:
    beside = manifest_of_file(path)
    name = beside if beside.is_file() else f"training.parquet{_SUFFIX}"
    return f"name the file that `train --output` left beside its output: {name}"
