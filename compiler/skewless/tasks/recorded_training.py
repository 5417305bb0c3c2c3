"""A training set that is written, with its manifest: the output first, then the manifest, each as a whole.

A former manifest goes before a new output takes its place, so none ever claims rows that it does not describe.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from skewless.contract.instances import Output, ServicePlan
from skewless.engines.engine import Engine
from skewless.tasks.bundles import package_versions
from skewless.tasks.manifest import redacted
from skewless.tasks.near_digests import NearColumn
from skewless.tasks.progress import Progress
from skewless.tasks.results import write_files
from skewless.tasks.row_digests import ColumnDigest, combined
from skewless.tasks.source_snapshots import shown_path, watch
from skewless.tasks.spine import is_file, is_query
from skewless.tasks.train import Terms, Written, write_training_set, write_training_table
from skewless.tasks.training_manifest import (
    FORMAT,
    KIND,
    ColumnRecord,
    FeatureRecord,
    InstanceRecord,
    Made,
    OutputRecord,
    SpineRecord,
    TrainingManifest,
    manifest_of_file,
    manifest_of_table,
)
from skewless.tasks.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

_DRIVERS: Mapping[str, str] = {"spark": "pyspark", "snowflake": "snowflake-connector-python"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `train` is asked for."""

    service: ServicePlan
    spine: str
    """A file, a query or a table."""
    timestamp: str
    terms: Terms
    output: Path | str | None
    """A file, the name of a table, or None if nothing is to be written."""
    tolerant: Mapping[str, tuple[int, ...] | None]
    """Features whose last digits may differ; the rows that the near digest of each leaves out, if they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The manifest, and where it is if anything was written."""

    manifest: TrainingManifest
    path: Path | None


def train_and_record(
    workspace: Workspace,
    engine: Engine,
    asked: Asked,
    *,
    progress: Progress,
    say: Callable[[str], None],
    started: dt.datetime,
) -> Recorded:
    """Writes what is asked for, and its manifest. `say` is told what goes on; `started` is naive UTC."""
    since = time.perf_counter()
    place = _manifest_place(workspace, asked.output)
    watched = watch(engine, asked.service, workspace.root)

    columns: list[ColumnRecord] = []

    def complete(rows: pa.RecordBatchReader | None) -> None:
        if rows is not None:
            columns.extend(_columns(rows, asked.tolerant))
        if place is not None:
            place.unlink(missing_ok=True)

    given = (engine, asked.service, asked.spine, asked.timestamp)
    if isinstance(asked.output, str):
        made = write_training_table(*given, asked.output, progress, asked.terms, complete)
    else:
        made = write_training_set(*given, asked.output, progress, asked.terms, complete)
    manifest = TrainingManifest(
        kind=KIND,
        format=FORMAT,
        project=workspace.files.name,
        target=workspace.target.name,
        engine=engine.dialect,
        service=asked.service.name,
        known_as_of=asked.terms.known_as_of.isoformat() if asked.terms.known_as_of is not None else None,
        features=tuple(map(_feature, asked.service.outputs)),
        views=_views(workspace, asked.service),
        packages=_packages(engine.dialect),
        sources=watched.snapshots(say),
        spine=_spine(workspace, asked, made, columns),
        instances=_instances(made),
        output=_output(workspace, asked, made, columns),
        made=Made(
            at=started.isoformat(timespec="seconds") + "Z",
            by=workspace.environment.get("USER") or workspace.environment.get("USERNAME") or "unknown",
            seconds=round(time.perf_counter() - since, 3),
        ),
    )
    manifest = msgspec.convert(redacted(msgspec.to_builtins(manifest), workspace.environment.redact), TrainingManifest)
    if place is not None:
        write_files({place: msgspec.json.format(msgspec.json.encode(manifest), indent=2).decode() + "\n"})
    return Recorded(manifest=manifest, path=place)


def _manifest_place(workspace: Workspace, output: Path | str | None) -> Path | None:
    if isinstance(output, str):
        return manifest_of_table(workspace.target_path, output)
    return manifest_of_file(output) if output is not None else None


def _feature(output: Output) -> FeatureRecord:
    view = output.instance.view
    return FeatureRecord(
        name=output.name, type=str(view.feature(output.feature).dtype), view=view.name, feature=output.feature
    )


def _views(workspace: Workspace, service: ServicePlan) -> dict[str, str]:
    names = dict.fromkeys(instance.view.name for instance in service.instances)
    return {name: workspace.fingerprints[name] for name in names}


def _packages(dialect: str) -> dict[str, str]:
    found = package_versions()
    if (driver := _DRIVERS.get(dialect)) is not None:
        try:
            found[driver] = version(driver)
        except PackageNotFoundError:  # Spark Connect has a client of another name
            found[driver] = "unknown"
    return found


def _columns(rows: pa.RecordBatchReader, tolerant: Mapping[str, tuple[int, ...] | None]) -> Iterator[ColumnRecord]:
    exact = {field.name: ColumnDigest(field.type) for field in rows.schema}
    near = {
        field.name: NearColumn(tolerant[field.name]) for field in rows.schema
        if field.name in tolerant and str(field.type) in ("float", "double")
    }  # fmt: skip
    for batch in rows:
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            exact[name].take(values)
            if name in near:
                near[name].take(values)
    for field in rows.schema:
        found = near[field.name].digest() if field.name in near else None
        yield ColumnRecord(name=field.name, type=str(field.type), digest=exact[field.name].digest(), near=found)


def _digest(columns: Iterable[ColumnRecord]) -> str | None:
    found = {one.name: one.digest for one in columns if one.digest is not None}
    return combined(found) if found else None


def _spine(workspace: Workspace, asked: Asked, made: Written, columns: Sequence[ColumnRecord]) -> SpineRecord:
    is_place = is_file(asked.spine)
    text = asked.spine if not is_place or "://" in asked.spine else shown_path(asked.spine, workspace.root)
    return SpineRecord(
        given="file" if is_place else "query" if is_query(asked.spine) else "table",
        text=text,
        timestamp=asked.timestamp,
        columns=made.spine,
        rows=made.rows,
        digest=_digest(columns[: len(made.spine)]),
    )


def _instances(made: Written) -> tuple[InstanceRecord, ...]:
    return tuple(
        InstanceRecord(
            name=one.instance.name,
            view=one.instance.view.name,
            on=dict(one.instance.on),
            plan=one.plan,
            reason=one.reason,
            sql=one.sql,
        )
        for one in made.evaluated
    )


def _output(workspace: Workspace, asked: Asked, made: Written, columns: Sequence[ColumnRecord]) -> OutputRecord:
    names = (*made.spine, *(one.name for one in asked.service.outputs))
    return OutputRecord(
        place=shown_path(asked.output, workspace.root) if isinstance(asked.output, Path) else asked.output,
        rows=made.rows,
        columns=tuple(columns) or tuple(ColumnRecord(name=name) for name in names),
        digest=_digest(columns),
    )
