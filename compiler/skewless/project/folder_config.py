"""`features:` of skewless.yml into the configuration of each folder, merged from the outside in as dbt does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from skewless.ground.diagnostics import did_you_mean
from skewless.ground.spans import Span
from skewless.project.checking import Checker
from skewless.project.places import UNREADABLE, Place
from skewless.project.view_config import ViewConfig, merged

_KEYS = frozenset(ViewConfig.model_fields)
_MAPPINGS = frozenset({"meta", "request"})

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderConfig:
    """Configuration by folder: `("risk", "cards")` is what is written for `features/risk/cards`."""

    layers: Mapping[Parts, Mapping[str, Any]] = field(default_factory=dict)
    spans: Mapping[Parts, Span] = field(default_factory=dict)

    def of(self, parts: Parts) -> Mapping[str, Any]:
        """The configuration of a view, by its folders below the feature path and its own name."""
        config: Mapping[str, Any] = {}
        for depth in range(len(parts) + 1):
            layer = self.layers.get(parts[:depth])
            if layer:
                config = merged(config, layer)
        return config

    def unused(self, views: Iterable[Parts]) -> dict[Parts, Span]:
        """The folders that have configuration and no view."""
        used = {parts[:depth] for parts in views for depth in range(len(parts) + 1)}
        return {parts: self.spans[parts] for parts in self.layers if parts and parts not in used}


def read_folder_config(checker: Checker, place: Place, *, project: str) -> FolderConfig:
    """The layers below `features:`. The first level may be the project's name, as dbt wants it, or a folder."""
    written = place.data.get("features")
    if written is None or written is UNREADABLE:
        return FolderConfig()
    layers: dict[Parts, dict[str, Any]] = {}
    spans: dict[Parts, Span] = {}
    _read(checker, place.at("features"), (), project, layers, spans)
    return FolderConfig(layers=layers, spans=spans)


def report_unused(checker: Checker, config: FolderConfig, views: Iterable[Parts]) -> None:
    """Configuration of a folder without views is a slip of the pen, as dbt also warns."""
    views = list(views)
    known = {part for parts in views for part in parts}
    for parts, span in config.unused(views).items():
        message = f"configuration is given for '{'.'.join(parts)}', where no feature view is"
        checker.report("unknown-key", message, span, did_you_mean(parts[-1], known), severity="warning")


def _read(
    checker: Checker,
    place: Place,
    parts: Parts,
    project: str | None,
    layers: dict[Parts, dict[str, Any]],
    spans: dict[Parts, Span],
) -> None:
    if not isinstance(place.data, dict):
        checker.report("invalid-value", "the configuration of a folder is a mapping of keys to values", place.span)
        return
    config: dict[str, str] = {}
    for key, value in place.data.items():
        if _is_config(key, value):
            config[key.removeprefix("+")] = key
        elif isinstance(value, dict):
            below = parts if key == project else (*parts, key)
            spans.setdefault(below, place.key(key))
            _read(checker, place.at(key), below, None, layers, spans)
        elif value is not None and value is not UNREADABLE:
            hint = did_you_mean(key, _KEYS) or f"configuration keys: {', '.join(ViewConfig.model_fields)}"
            checker.report("unknown-key", f"'{key}' is neither a folder nor a configuration key", place.key(key), hint)
    shape = checker.check(ViewConfig, place.only(config)) if config else None
    if shape is not None:
        layers[parts] = merged(shape.written(), layers.get(parts, {}))


def _is_config(key: str, value: Any) -> bool:
    """A folder may be called `online`: without a `+`, a mapping is a folder unless the key takes a mapping."""
    return key.startswith("+") or (key in _KEYS and (not isinstance(value, dict) or key in _MAPPINGS))
