"""What a view means: all that its values and its state depend on, and nothing of how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from skewless.codegen.canonical import canonical, canonical_rows
from skewless.codegen.state import state_shape
from skewless.codegen.tiles import has_tiles, tiles_of
from skewless.contract.fingerprint import MEANING, version_of
from skewless.contract.ir import FeatureView, Field, Scan


def fingerprint(view: FeatureView, references: Mapping[str, str]) -> str:
    """`name@digest`: another one whenever the view's values or its state would be others.

    `references` are the fingerprints of the views it refers to. It is made of the definition, not of the SQL that is
    generated: that may become faster without a new version.
    """
    return version_of(view.name, _parts(view, references))


def fingerprints(views: Mapping[str, FeatureView], known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Those of views, each of which refers to views among them. `known` are some that have been made before."""
    found = dict(known or {})

    def of(name: str) -> str:
        if name not in found:
            view = views[name]
            found[name] = fingerprint(view, {one.view: of(one.view) for one in view.dependencies})
        return found[name]

    return {name: of(name) for name in views}


def _parts(view: FeatureView, references: Mapping[str, str]) -> Iterator[str]:
    yield f"meaning {MEANING}"
    yield f"{view.kind} of {_typed(view.keys)} with {_typed(sorted(view.requests, key=lambda field: field.name))}"
    yield f"ttl {view.ttl} refresh {view.refresh}"
    aliases = {one.alias: f"{references[one.view]} on {sorted(one.on)}" for one in view.dependencies}
    for feature in sorted(view.features, key=lambda feature: feature.name):
        yield f"{feature.name} {feature.dtype} {canonical(_with_references(feature.expression, aliases))}"
    if view.kind == "request":
        return
    shape = state_shape(view)
    yield f"{shape.layout} {_typed(shape.columns)} {_typed(shape.kept)} {[str(dtype) for dtype in view.rows.tie_types]}"
    if has_tiles(view):
        for known, made in tiles_of(view).parts:
            yield f"{known.name} {known.dtype} {canonical(made)}"
    for scan in sorted(view.rows.scans, key=lambda scan: scan.source.name):
        yield f"{scan.source.name} {source_rules(scan)}"
    yield canonical_rows(view.rows)


def source_rules(scan: Scan) -> dict[str, str]:
    """What a source says of its rows, as far as it matters to who reads them, by the names of its properties."""
    source = scan.source
    place = source.path or ".".join(
        _quoted(part) for part in (source.database, source.schema, source.identifier) if part
    )
    return {
        "path" if source.path else "relation": place,
        "event_time": source.event_time or "none",
        "known_at": source.known_at or "none",
        "delay": str(source.delay),
        "primary_key": ", ".join(source.primary_key) or "none",
        "append_only": str(source.append_only).lower(),
        "tie_break": ", ".join(_tie_break(scan)) or "none",
        "deleted": source.deleted or "none",
        "inclusive": str(source.inclusive).lower(),
        "columns": _typed(_columns(scan)),
    }


def _quoted(name: str) -> str:
    """A part of a relation's name, told from two parts."""
    return '"' + name.replace('"', '""') + '"' if {".", '"'} & set(name) else name


def _columns(scan: Scan) -> list[Field]:
    """Those that are read. All in their order, where that decides what tie_break leaves open: which of the versions
    that became known at once is the last, or which of a view's rows."""
    source = scan.source
    is_versioned = source.has_versions and not source.is_static
    if is_versioned or (scan.tie_count and not source.primary_key):
        return list(source.columns)
    rules = {source.event_time, source.known_at, source.deleted, *source.primary_key, *_tie_break(scan)}
    read = {*scan.columns, *rules}
    return sorted((known for known in source.columns if known.name in read), key=lambda known: known.name)


def _tie_break(scan: Scan) -> tuple[str, ...]:
    """The tie-break, where it decides anything: which version is the last, or which of a view's rows."""
    return scan.source.tie_break if scan.tie_count or scan.source.has_versions else ()


def _typed(fields: tuple[Field, ...] | list[Field]) -> str:
    return ", ".join(f"{known.name} {known.dtype}" for known in fields)


def _with_references(expression: exp.Expr, aliases: Mapping[str, str]) -> exp.Expr:
    """The expression with views in the places of their aliases."""
    if not aliases:
        return expression
    copied = expression.copy()
    for column in copied.find_all(exp.Column):
        if column.table in aliases:
            column.set("table", exp.Identifier(this=aliases[column.table]))
    return copied
