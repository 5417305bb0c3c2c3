"""A workspace into the manifest: every node of the project as plain JSON, and what changed since an earlier one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from skewless.codegen.retention import retention
from skewless.codegen.state import state_shape
from skewless.codegen.training.plans import choose
from skewless.contract.instances import ServicePlan
from skewless.contract.ir import FeatureView, Field
from skewless.ground.errors import UsageError
from skewless.project.model import Source, UnitTest, ViewProperties, data_tests_of

if TYPE_CHECKING:
    from skewless.tasks.workspace import Workspace

FILE = "manifest.json"
FORMAT = 2
_NODES = ("nodes", "sources", "services")
_PARTS: Mapping[str, tuple[str, ...]] = {
    "body": ("text",),
    "config": ("config",),
    "schema": ("keys", "requests", "features", "spine", "outputs", "columns"),
}
"""Parts of a node that may be modified, by the fields that hold them."""


def manifest_of(workspace: Workspace) -> dict[str, Any]:
    """The manifest of a project that compiles; the same project gives the same manifest. It holds no secret."""
    from skewless.tasks.bundles import package_versions

    project = workspace.files.name
    tested = {one.name: _data_tests(one) for one in workspace.files.properties}
    views = [_view(workspace, view, tested.get(view.name, [])) for view in workspace.views.values()]
    sources = [_source(source, project) for source in workspace.files.sources]
    services = [_service(plan, workspace) for plan in workspace.services.values()]
    tests = [_unit_test(test, project) for test in workspace.files.unit_tests]
    manifest = {
        "metadata": {
            "schema_version": FORMAT,
            "project_name": project,
            "project_version": workspace.files.version,
            "target": workspace.target.name,
            "engine": workspace.target.type,
            "versions": package_versions(),
        },
        "nodes": _by_id(views),
        "sources": _by_id(sources),
        "services": _by_id(services),
        "unit_tests": _by_id(tests),
        "parent_map": {one["unique_id"]: one["depends_on"] for one in (*views, *services, *tests)},
    }
    return cast("dict[str, Any]", redacted(manifest, workspace.environment.redact))


def unique_id(kind: str, project: str, name: str) -> str:
    """dbt's way to name a node: `view.shop.user_totals`."""
    return f"{kind}.{project}.{name}"


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest that was written before: the file, or the folder it is in. Raises UsageError."""
    file = path / FILE if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        text = f"there is no manifest in '{path}': {error.strerror}"
        raise UsageError(text, help="`skewless compile` writes one") from error
    except ValueError as error:
        raise UsageError(f"'{file}' is not JSON: {error}", help="write it again: skewless compile") from error
    if not isinstance(found, dict) or found.get("metadata", {}).get("schema_version") != FORMAT:
        raise UsageError(f"'{file}' is no manifest that this version reads", help="write it again: skewless compile")
    return found


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The unique ids behind `state:new`, `state:unmodified`, `state:modified` and its parts. What is new is in each.

    A view is modified when its meaning is: its fingerprint is another one. Other nodes are by their content.
    """
    old, new = _nodes(before), _nodes(now)
    modified = frozenset(key for key, node in new.items() if key not in old or old[key]["checksum"] != node["checksum"])
    parts = {
        f"modified.{part}": frozenset(
            name for name, node in new.items() if name not in old or _part(old[name], fields) != _part(node, fields)
        )
        for part, fields in _PARTS.items()
    }
    return {
        "new": frozenset(new.keys() - old.keys()),
        "unmodified": frozenset(new) - modified,
        "modified": modified,
        "modified.tests": _with_other_tests(before, now),
        **parts,
    }


def _with_other_tests(before: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
    """The views and sources of which a unit test or a data test is new or says something else."""
    old = {name: test["checksum"] for name, test in before["unit_tests"].items()}
    units = [test for name, test in now["unit_tests"].items() if old.get(name) != test["checksum"]]
    known, generic = _nodes(before), ("data_tests",)
    changed = (
        name
        for name, node in _nodes(now).items()
        if node.get("data_tests") and _part(known.get(name, {}), generic) != _part(node, generic)
    )
    return frozenset([*(view for test in units for view in test["depends_on"]), *changed])


def _nodes(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {name: node for part in _NODES for name, node in manifest.get(part, {}).items()}


def _part(node: Mapping[str, Any], fields: tuple[str, ...]) -> Any:
    """As JSON has it, without what is only told."""
    return json.loads(json.dumps([_untold(node.get(field)) for field in fields], default=str))


def _untold(value: Any) -> Any:
    if isinstance(value, list | tuple) and all(isinstance(item, Mapping) for item in value):
        return [{key: item for key, item in one.items() if key != "description"} for one in value]
    return value


def _by_id(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    return {node["unique_id"]: node for node in nodes}


def _view(workspace: Workspace, view: FeatureView, tests: list[dict[str, Any]]) -> dict[str, Any]:
    project, lowered = workspace.files.name, workspace.lowered
    node = {
        "unique_id": unique_id("view", project, view.name),
        "resource_type": "view",
        "name": view.name,
        "path": view.path,
        "kind": view.kind,
        "description": view.description,
        "keys": _fields(view.keys),
        "requests": _fields(view.requests),
        "features": [
            {"name": one.name, "type": str(one.dtype), "description": one.description} for one in view.features
        ],
        "config": dict(view.config),
        "tags": list(view.config.get("tags") or ()),
        "depends_on": [
            *(unique_id("view", project, name) for name in lowered.references.get(view.name, ())),
            *(unique_id("source", project, name) for name in lowered.sources_read.get(view.name, ())),
        ],
        "version": workspace.versions.get(view.name),
        "horizon": _text(view.horizon),
        "ttl": _text(view.ttl),
        "refresh": _refresh(view),
        "online": view.online,
        **_rows_of(view),
        "data_tests": tests,
        "text": _checksum(lowered.rendered[view.name]),
    }
    return {**node, "checksum": workspace.fingerprints[view.name]}


def _rows_of(view: FeatureView) -> dict[str, Any]:
    """The plan and the stored state of a view that has rows of its own."""
    if view.kind == "request":
        return {"plan": None, "state": None}
    choice, shape, kept = choose(view, None), state_shape(view), retention(view)
    return {
        "plan": {"name": choice.plan.name, "reason": choice.reason},
        "state": {
            "layout": shape.layout,
            "columns": _fields(shape.columns),
            "kept": _fields(shape.kept),
            "bytes_a_row": kept.bytes_a_row,
            "by_run": kept.by_run,
        },
    }


def _refresh(view: FeatureView) -> dict[str, str] | None:
    if view.refresh is None:
        return None
    refresh = view.refresh
    return {"interval": str(refresh.interval), "offset": str(refresh.offset), "lag": str(refresh.lag)}


def _source(source: Source, project: str) -> dict[str, Any]:
    node = {
        "unique_id": unique_id("source", project, source.full_name),
        "resource_type": "source",
        "name": source.full_name,
        "path": source.span.file,
        "description": source.description,
        "relation": {"database": source.database, "schema": source.schema, "identifier": source.identifier},
        "files": source.path,
        "landed": source.stream.land if source.stream is not None else None,
        "event_time": source.event_time,
        "known_at": source.known_at,
        "delay": str(source.delay),
        "primary_key": list(source.primary_key),
        "append_only": source.append_only,
        "tie_break": list(source.tie_break),
        "deleted": source.deleted,
        "inclusive": source.inclusive,
        "columns": [
            {"name": one.name, "type": str(one.data_type), "description": one.description} for one in source.columns
        ],
        "data_tests": _data_tests(source),
        "tags": list(source.tags),
        "meta": dict(source.meta),
    }
    told = ("path", "description", "data_tests", "tags", "meta")
    meaning = {key: value for key, value in node.items() if key not in told}
    return {**node, "checksum": _checksum({**meaning, "columns": _untold(node["columns"])})}


def _data_tests(owner: Source | ViewProperties) -> list[dict[str, Any]]:
    """The generic tests of a view or a source, and of its columns."""
    return [
        {"column": column, "name": test.name, "arguments": dict(test.arguments), "severity": test.severity}
        for column, test in data_tests_of(owner)
    ]


def _service(plan: ServicePlan, workspace: Workspace) -> dict[str, Any]:
    project = workspace.files.name
    declared = next(service for service in workspace.files.services if service.name == plan.name)
    node = {
        "unique_id": unique_id("service", project, plan.name),
        "resource_type": "service",
        "name": plan.name,
        "path": declared.span.file,
        "description": plan.description,
        "spine": [{"name": name, "type": dtype} for name, dtype in plan.spine_columns.items()],
        "keys": list(plan.key_columns),
        "outputs": [
            {
                "name": output.name,
                "type": str(output.instance.view.feature(output.feature).dtype),
                "view": output.instance.view.name,
                "feature": output.feature,
                "on": dict(output.instance.on),
            }
            for output in plan.outputs
        ],
        "depends_on": list(dict.fromkeys(unique_id("view", project, use.view) for use in declared.views)),
    }
    meaning = {key: value for key, value in node.items() if key not in ("path", "description")}
    return {**node, "checksum": _checksum(meaning)}


def _unit_test(test: UnitTest, project: str) -> dict[str, Any]:
    return {
        "unique_id": unique_id("unit_test", project, f"{test.model}.{test.name}"),
        "resource_type": "unit_test",
        "name": test.name,
        "path": test.span.file,
        "line": test.span.line,
        "model": test.model,
        "description": test.description,
        "depends_on": [unique_id("view", project, test.model)],
        "checksum": _checksum(_content(test)),
    }


def _content(test: UnitTest) -> list[Any]:
    """All of a test but where it is written."""
    given = [[one.input, one.rows.format, one.rows.rows, one.comes] for one in test.given]
    return [given, test.expect.format, test.expect.rows, test.variables, test.delivered]


def _fields(fields: tuple[Field, ...]) -> list[dict[str, str]]:
    return [{"name": one.name, "type": str(one.dtype)} for one in fields]


def redacted(value: Any, redact: Callable[[str], str]) -> Any:
    """Plain data with each text as `redact` leaves it."""
    if isinstance(value, Mapping):
        return {key: redacted(item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item, redact) for item in value]
    return redact(value) if isinstance(value, str) else value


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _checksum(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
