"""A manifest into the same training set once more, and into what has changed if it is another."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from skewless.contract.instances import ServicePlan
from skewless.engines.engine import Engine
from skewless.ground.errors import SkewlessError
from skewless.ground.moments import utc
from skewless.project.environment import MASK
from skewless.tasks.progress import Progress
from skewless.tasks.recorded_training import Asked, Recorded, train_and_record
from skewless.tasks.source_snapshots import FileSnapshot, SourceSnapshot
from skewless.tasks.train import Terms
from skewless.tasks.training_manifest import ColumnRecord, TrainingManifest
from skewless.tasks.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """What came of it. `changes` are inputs that are not as they were, in words."""

    recorded: Recorded
    has_digests: bool
    """Whether both sides have any: rows that stayed in a warehouse have none."""
    differing: tuple[str, ...]
    """Columns whose values are others."""
    nearly: tuple[str, ...]
    """Columns that are equal but for the last digits, which the order of adding decides (semantics, section 4)."""
    changes: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        return self.has_digests and not self.differing


def service_of(workspace: Workspace, manifest: TrainingManifest) -> ServicePlan:
    """The service of a manifest. Raises SkewlessError if the project has not all that it was made of."""
    if manifest.service not in {service.name for service in workspace.files.services}:
        raise SkewlessError(
            f"the training set is of the service '{manifest.service}', which this project does not have any more",
            help="check out the revision of the project that has it",
        )
    service = workspace.service(manifest.service)
    gone = [version for name, version in manifest.views.items() if name not in workspace.views]
    if gone:
        raise SkewlessError(
            f"the training set was made of {', '.join(gone)}, and this project has no such view any more",
            help="check out the revision of the project that has it",
        )
    return service


def repeat(
    workspace: Workspace,
    engine: Engine,
    service: ServicePlan,
    manifest: TrainingManifest,
    *,
    spine: str | None,
    output: Path | str | None,
    tolerant: Iterable[str],
    progress: Progress,
    say: Callable[[str], None],
    started: dt.datetime,
) -> Repeated:
    """Trains as the manifest says: spine, timestamp, known-as-of and plans, with the service of now.

    `spine` takes the place of one that is elsewhere now; `tolerant` are the features whose last digits may differ.
    Raises SkewlessError for an input that is gone.
    """
    _check_files(manifest, workspace.root)
    given = _spine(manifest, workspace.root) if spine is None else spine
    moments = [source.as_of for source in manifest.sources.values() if source.as_of is not None]
    if moments and engine.clock() is not None:
        engine.read_as_of(min(moments))
    known_as_of = utc(manifest.known_as_of) if manifest.known_as_of is not None else None
    plans = {one.name: one.plan for one in manifest.instances if one.plan is not None}
    left_out = {one.name: one.near.rows for one in manifest.output.columns if one.near is not None}
    asked = Asked(
        service=service,
        spine=given,
        timestamp=manifest.spine.timestamp,
        terms=Terms(known_as_of=known_as_of, plans=plans),
        output=output,
        tolerant={**dict.fromkeys(tolerant), **left_out},
    )
    recorded = train_and_record(workspace, engine, asked, progress=progress, say=say, started=started)
    return compared(manifest, recorded)


def compared(before: TrainingManifest, recorded: Recorded) -> Repeated:
    """The two training sets and all that they were made of, side by side."""
    now = recorded.manifest
    old, new = ({one.name: one for one in side.output.columns} for side in (before, now))
    has_digests = before.output.digest is not None and now.output.digest is not None
    others = [name for name in {**old, **new} if not _same(old.get(name), new.get(name))] if has_digests else []
    nearly = tuple(name for name in others if _is_near(old.get(name), new.get(name)))
    return Repeated(
        recorded=recorded,
        has_digests=has_digests,
        differing=tuple(name for name in others if name not in nearly),
        nearly=nearly,
        changes=tuple(_changes(before, now)),
    )


def _same(old: ColumnRecord | None, new: ColumnRecord | None) -> bool:
    return old is not None and new is not None and old.digest == new.digest


def _is_near(old: ColumnRecord | None, new: ColumnRecord | None) -> bool:
    if old is None or new is None or old.type != new.type or old.near is None or new.near is None:
        return False
    return old.near.is_near(new.near)


def _check_files(manifest: TrainingManifest, root: Path) -> None:
    """A source of which no file is left cannot be read. One that has lost some is read, and told."""
    for name, source in manifest.sources.items():
        paths = [root / one.path for one in source.files or ()]
        if paths and not any(map(os.path.exists, paths)):
            raise SkewlessError(
                f"the source '{name}' was read from '{paths[0]}', which is gone",
                help="put the files back, or train on those of now without --from-manifest",
            )


def _spine(manifest: TrainingManifest, root: Path) -> str:
    spine = manifest.spine
    if MASK in spine.text:
        raise SkewlessError(
            "the spine's query holds a secret, which no manifest keeps", help="give the same query again: --spine SQL"
        )
    if spine.given != "file" or "://" in spine.text:
        return spine.text
    path = str(root / spine.text)
    if not os.path.exists(path) and not any(mark in path for mark in "*?["):
        raise SkewlessError(
            f"the spine file '{path}' is gone", help="put it back, or say where it is now: --spine FILE"
        )
    return path


def _changes(before: TrainingManifest, now: TrainingManifest) -> Iterator[str]:
    for name, (old, new) in _differing(before.views, now.views):
        yield f"definition of the view {name}: {old or 'not used'} -> {new or 'not used any more'}"
    yield from _feature_changes(before, now)
    if before.engine != now.engine:
        yield f"engine: {before.engine} -> {now.engine}"
    for name, (old, new) in _differing(before.packages, now.packages):
        yield f"package {name}: {old} -> {new}"
    yield from _spine_changes(before, now)
    for name in dict.fromkeys((*before.sources, *now.sources)):
        yield from _source_changes(name, before.sources.get(name), now.sources.get(name))
    plans = [{one.name: one.plan for one in side.instances} for side in (before, now)]
    for name, (old, new) in _differing(*plans):
        if old is not None and new is not None:
            yield f"plan of {name}: {old} -> {new}"


def _feature_changes(before: TrainingManifest, now: TrainingManifest) -> Iterator[str]:
    old, new = ({one.name: one.type for one in side.features} for side in (before, now))
    for name, (first, second) in _differing(old, new):
        yield f"feature {name} of the service: {first or 'not there'} -> {second or 'not there any more'}"
    if list(old) != list(new) and set(old) == set(new):
        yield "order of the service's features"


def _spine_changes(before: TrainingManifest, now: TrainingManifest) -> Iterator[str]:
    old, new = before.spine, now.spine
    if old.rows != new.rows:
        yield f"spine: {old.rows:,} rows -> {new.rows:,}"
    elif old.columns != new.columns:
        yield f"columns of the spine: {', '.join(old.columns)} -> {', '.join(new.columns)}"
    elif old.digest != new.digest and old.digest is not None and new.digest is not None:
        unordered = ", of which a query without ORDER BY makes any" if new.given == "query" else ""
        yield f"spine: other values, or another order of its rows{unordered}"


def _source_changes(name: str, old: SourceSnapshot | None, new: SourceSnapshot | None) -> Iterator[str]:
    if old is None or new is None:
        yield f"source {name}: {'not read before' if old is None else 'not read any more'}"
        return
    if old.place != new.place:
        yield f"source {name}: read from {old.place} -> {new.place}"
    if old.files is not None and new.files is not None:
        yield from _file_changes(name, old.files, new.files)
    elif old.rows != new.rows:
        yield f"source {name}: {_rows(old.rows)} -> {_rows(new.rows)}"
    elif _is_another(old.digest, new.digest):
        yield f"source {name}: {_rows(old.rows)} as before, with other values"
    for when, one in (("the first time", old), ("this time", new)):
        if one.changed_while_read:
            yield f"source {name}: its files changed while they were read {when}"


def _is_another(old: str | None, new: str | None) -> bool:
    """Digests of tables are DuckDB's, and those of two versions cannot be compared."""
    if old is None or new is None:
        return False
    return old.partition(":")[0] == new.partition(":")[0] and old != new


def _file_changes(name: str, before: Sequence[FileSnapshot], now: Sequence[FileSnapshot]) -> Iterator[str]:
    old, new = ({one.path: one for one in files} for files in (before, now))
    for path in dict.fromkeys((*old, *new)):
        first, second = old.get(path), new.get(path)
        if first is None and second is not None:
            yield f"source {name}: new file {path}, {_rows(second.rows)}"
        elif second is None and first is not None:
            yield f"source {name}: file {path} is gone, {_rows(first.rows)}"
        elif first is not None and second is not None and first.sha256 != second.sha256:
            yield f"source {name}: file {path}, {_amount(first)} -> {_amount(second)}"


def _amount(file: FileSnapshot) -> str:
    rows = f"{_rows(file.rows)}, " if file.rows is not None else ""
    return f"{rows}{file.bytes:,} bytes, SHA-256 {file.sha256[:12]}"


def _rows(count: int | None) -> str:
    return "an unknown number of rows" if count is None else f"{count:,} row{'' if count == 1 else 's'}"


def _differing(
    before: Mapping[str, str | None], now: Mapping[str, str | None]
) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    for name in dict.fromkeys((*before, *now)):
        if before.get(name) != now.get(name):
            yield name, (before.get(name), now.get(name))
