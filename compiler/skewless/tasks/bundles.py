"""A service plan into the bundle that a serving process loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skewless.codegen.serving import ServingParts, serving_parts
from skewless.contract.artifact import CODEC_VERSION, FORMAT, Bundle, Column
from skewless.contract.instances import ServicePlan
from skewless.ground.version import VERSION


def bundle_of(
    service: ServicePlan, versions: Mapping[str, str], *, project: str, store: str, parts: ServingParts | None = None
) -> Bundle:
    """`versions` names the stored version of each view, `store` the address that servers use unless told otherwise.

    `parts` are those of the service if they are known, for any versions.
    """
    parts = parts or serving_parts(service, versions)
    columns = service.spine_columns
    return Bundle(
        format=FORMAT,
        codec=CODEC_VERSION,
        project=project,
        service=service.name,
        versions=package_versions(),
        store=store,
        keys=tuple(Column(name=name, type=columns[name]) for name in service.key_columns),
        fields=tuple(
            Column(name=name, type=dtype) for name, dtype in columns.items() if name not in service.key_columns
        ),
        instances=tuple(replace(one, version=versions[one.view]) for one in parts.instances),
        statement=parts.statement,
        outputs=parts.outputs,
    )


def package_versions() -> dict[str, str]:
    """The packages whose meaning compiled SQL depends on."""
    import duckdb
    from sqlglot._version import __version__ as sqlglot_version

    return {"skewless": VERSION, "duckdb": duckdb.__version__, "sqlglot": sqlglot_version}
