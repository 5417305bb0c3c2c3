"""One view or service, before and now, into what kind of change that is and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from skewless.codegen.lineage import feature_meanings, rows_of
from skewless.contract.definition import Definitions, ViewDefinition
from skewless.contract.ir import FeatureView
from skewless.diff.result import Change, Kind
from skewless.diff.words import changed, of_expression, of_landings, of_rows, of_sources, shown, typed

_TOLD = ("description", "owner", "tags", "meta", "plan", "max_events", "version")
"""Settings that change no value."""


def compare_views(before: Definitions, now: Definitions) -> list[Change]:
    """Every view, those that are gone last."""
    gone = [name for name in before.views if name not in now.views]
    return [*(_compare(before, now, name) for name in now.views), *(_gone(before.views[name]) for name in gone)]


def _gone(before: ViewDefinition) -> Change:
    return Change(
        name=before.view.name,
        resource="view",
        kind=Kind.SCHEMA,
        reasons=("the view is gone",),
        features=tuple(feature.name for feature in before.view.features),
        before=before.fingerprint,
    )


def _compare(before: Definitions, now: Definitions, name: str) -> Change:
    new, old = now.views[name], before.views.get(name)
    if old is None:
        return Change(
            name=name, resource="view", kind=Kind.NEW_FEATURES, reasons=("the view is new",), now=new.fingerprint
        )
    found = _Found(old, new, before, now)
    kind, reasons = found.verdict()
    return Change(
        name=name,
        resource="view",
        kind=kind,
        reasons=tuple(dict.fromkeys(reasons)),
        features=found.touched if kind >= Kind.NEW_FEATURES else (),
        before=old.fingerprint,
        now=new.fingerprint,
    )


class _Found:
    """What two definitions of one view differ in."""

    def __init__(self, old: ViewDefinition, new: ViewDefinition, before: Definitions, now: Definitions) -> None:
        self._old, self._new = old, new
        self._before, self._now = before.trees(), now.trees()
        self._is_recompiled = before.meaning != now.meaning
        self._was = {feature.name: feature for feature in old.view.features}
        self._is = {feature.name: feature for feature in new.view.features}
        self._common = [name for name in self._was if name in self._is]
        self._values: tuple[str, ...] = ()
        self._types = tuple(name for name in self._common if self._was[name].dtype != self._is[name].dtype)

    def verdict(self) -> tuple[Kind, list[str]]:
        """The kind of change, and its reasons, the gravest first."""
        if self._old.fingerprint != self._new.fingerprint:
            self._values = tuple(self._other_values())
        if self._left_behind():
            self._values = tuple(self._common)
        breaks, values, added = list(self._breaks()), list(self._why()), list(self._added())
        reasons = [*breaks, *values, *added, *self._cosmetic()]
        if breaks:
            return Kind.SCHEMA, reasons
        if self._values:
            return Kind.VALUES, reasons
        if added:
            return Kind.NEW_FEATURES, reasons
        reasons += self._unseen()
        return (Kind.COSMETIC, reasons) if reasons else (Kind.UNCHANGED, [])

    @property
    def touched(self) -> tuple[str, ...]:
        """The features that are gone, new, of another type or of other values, in order."""
        gone = [name for name in self._was if name not in self._is]
        new = [name for name in self._is if name not in self._was]
        return tuple(dict.fromkeys((*gone, *self._types, *self._values, *new)))

    def _other_values(self) -> Iterator[str]:
        if self._is_recompiled:
            return iter(self._common)
        old, new = feature_meanings(self._old.view, self._before), feature_meanings(self._new.view, self._now)
        return (name for name in self._common if old[name] != new[name])

    def _breaks(self) -> Iterator[str]:
        old, new = self._old.view, self._new.view
        if old.keys != new.keys:
            yield changed("keys", typed(old.keys), typed(new.keys))
        if _by_name(old) != _by_name(new):
            yield changed("request", typed(old.requests), typed(new.requests))
        if old.online != new.online:
            yield changed("online", str(old.online).lower(), str(new.online).lower())
        for name, feature in self._was.items():
            if name not in self._is:
                yield f"{name} is gone"
            elif name in self._types:
                yield changed(f"type of {name}", feature.dtype, self._is[name].dtype)

    def _why(self) -> Iterator[str]:
        """Why values change. What changes none of them is no reason."""
        if not self._values:
            return
        if self._is_recompiled:
            yield "it was compiled by another release, in which definitions mean other values"
        old, new = self._old.view, self._new.view
        for setting in ("kind", "ttl"):
            if getattr(old, setting) != getattr(new, setting):
                yield changed(setting, getattr(old, setting) or "none", getattr(new, setting) or "none")
        yield from self._of_refresh()
        for name in self._values:
            yield from of_expression(self._was[name], self._is[name])
        if old.pipeline is not None and new.pipeline is not None:
            yield from of_sources(old.pipeline, new.pipeline)
            yield from self._left_behind().values()
            for name in self._values:
                yield from of_rows(rows_of(old, self._was[name]), rows_of(new, self._is[name]))
        yield from self._of_references()

    def _left_behind(self) -> dict[str, str]:
        """Sources whose landed rows are read no more, unless their files are moved. How rows come is no part of a
        version, but which there are decides what is served after the next full load."""
        old, new = self._old.view.pipeline, self._new.view.pipeline
        if old is None or new is None:
            return {}
        landed = {scan.source.name for scan in old.scans if scan.source.landed is not None}
        return {
            name: f"{words}; rows that were landed are read no more, unless their files are moved"
            for name, words in of_landings(old, new).items()
            if name in landed
        }

    def _of_refresh(self) -> Iterator[str]:
        old, new = self._old.view.refresh, self._new.view.refresh
        if old is None or new is None:
            if old is not new:
                yield changed("refresh", *("none" if one is None else one.interval for one in (old, new)))
            return
        for setting, was, is_ in (
            ("refresh", old.interval, new.interval),
            ("offset", old.offset, new.offset),
            ("lag", old.lag, new.lag),
        ):
            if was != is_:
                yield changed(setting, was, is_)

    def _of_references(self) -> Iterator[str]:
        old, new = ({(one.view, one.on) for one in side.view.dependencies} for side in (self._old, self._new))
        for view, on in sorted(new - old):
            yield f"{view} is joined on {', '.join(f'{key} = {field}' for key, field in on)}"
        for view, on in sorted(old - new):
            yield f"{view} is not joined any more on {', '.join(f'{key} = {field}' for key, field in on)}"
        for view in sorted({view for view, _ in old & new}):
            was, is_ = (feature_meanings(side[view], side) for side in (self._before, self._now))
            other = [name for name in self._read_of(view) if name in was and was[name] != is_[name]]
            if other:
                yield f"{view} has other values: {', '.join(other)}"

    def _read_of(self, view: str) -> list[str]:
        """The features of another view that this one reads."""
        aliases = {one.alias for one in self._new.view.dependencies if one.view == view}
        read = (
            found.name
            for feature in self._new.view.features
            for found in feature.expression.find_all(exp.Column)
            if found.table in aliases
        )
        return list(dict.fromkeys(read))

    def _added(self) -> Iterator[str]:
        for name, feature in self._is.items():
            if name not in self._was:
                yield f"{name} is new: {shown(feature.expression)}"

    def _cosmetic(self) -> Iterator[str]:
        old, new = self._old.view, self._new.view
        was, is_ = _settings(old), _settings(new)
        for setting in _TOLD:
            if was.get(setting) != is_.get(setting):
                yield changed(setting, was.get(setting) or "none", is_.get(setting) or "none")
        for name in self._common:
            if self._was[name].description != self._is[name].description:
                yield f"the description of {name}"
        if old.pipeline is not None and new.pipeline is not None:
            landings = of_landings(old.pipeline, new.pipeline).items()
            yield from (words for name, words in landings if name not in self._left_behind())
        if self._common != (order := [name for name in self._is if name in self._was]):
            yield changed("order of features", ", ".join(self._common), ", ".join(order))

    def _unseen(self) -> Iterator[str]:
        """Differences of what changes neither values nor what is told of them."""
        if self._old.text != self._new.text:
            yield "its SQL is written in another way"
        elif self._old.fingerprint != self._new.fingerprint:
            yield "what it refers to has another version, in which all that it reads is the same"


def _by_name(view: FeatureView) -> dict[str, Any]:
    return {known.name: known.dtype for known in view.requests}


def _settings(view: FeatureView) -> dict[str, Any]:
    config = {key: list(value) if isinstance(value, tuple) else value for key, value in view.config.items()}
    return {**config, "description": view.description, "plan": view.plan}
