"""What models were compiled to before, and is still right: because all that they read is as it was.

An entry is found by the model's own text and settings, and holds a digest of each thing that its template and its SQL
read: variables, environment variables, macros, sources, entities and other views. It counts when all of them are equal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from skewless.contract.definition import view_from_json, view_to_json
from skewless.contract.ir import FeatureView
from skewless.frontend.context import Environment as TemplateEnvironment
from skewless.frontend.lower import Lowered, ModelReads, source_tables
from skewless.frontend.render import macro_names
from skewless.project.environment import Environment
from skewless.project.model import Model, ProjectFiles, ViewProperties
from skewless.project.named_versions import candidates, version_free
from skewless.tasks.bundles import package_versions
from skewless.tasks.cache_file import CacheFile, Entry
from skewless.tasks.sql import CompiledView


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What an entry holds of a lowered model, besides the view itself."""

    view: msgspec.Raw
    fingerprint: str
    rendered: str
    config: Mapping[str, Any]
    reads: ModelReads


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The models that need not be compiled again."""

    lowered: Lowered
    fingerprints: Mapping[str, str]
    entries: Mapping[str, Entry]

    def compiled(self, name: str) -> CompiledView | None:
        """The SQL of a view, if it was written before."""
        entry = self.entries.get(name)
        if entry is None or entry.compiled is None:
            return None
        return msgspec.json.decode(entry.compiled, type=CompiledView)


NOTHING = Found(
    lowered=Lowered(
        views={}, references={}, sources_read={}, rendered={}, configs={}, diagnostics=(), models=frozenset(),
        messages=(), disabled=frozenset(), reads={},
    ),
    fingerprints={},
    entries={},
)  # fmt: skip


class CompileCache:
    """The cache of one target folder, as one project under one target sees it."""

    def __init__(self, folder: Path, files: ProjectFiles, outside: TemplateEnvironment, environ: Environment) -> None:
        self._file = CacheFile(folder)
        self._files, self._outside, self._environ = files, outside, environ
        self._properties = {known.name: known for known in reversed(files.properties)}

    def find(self) -> Found:
        """Every model of which an entry counts; none does that refers to a view of which none does."""
        keys = {model.name: self._key(model) for model in self._files.models if model.text}
        held = self._file.entries(keys.values())
        entries: dict[str, Entry] = {}
        kept: dict[str, _Kept] = {}
        waiting = {name: held[key] for name, key in keys.items() if key in held}
        while ready := {name: one for name, some in waiting.items() if (one := self._counting(some, entries))}:
            for name, entry in ready.items():
                entries[name], kept[name] = entry, msgspec.json.decode(entry.lowered, type=_Kept)
                del waiting[name]
        views = {name: view_from_json(bytes(one.view)) for name, one in kept.items()}
        return Found(
            lowered=Lowered(
                views=views,
                references={name: one.reads.references for name, one in kept.items()},
                sources_read={name: one.reads.sources for name, one in kept.items()},
                rendered={name: one.rendered for name, one in kept.items()},
                configs={name: one.config for name, one in kept.items()},
                diagnostics=(),
                models=frozenset(kept),
                messages=(),
                disabled=frozenset(),
                reads={name: one.reads for name, one in kept.items()},
            ),
            fingerprints={name: one.fingerprint for name, one in kept.items()},
            entries=entries,
        )

    def keep(
        self,
        lowered: Lowered,
        fingerprints: Mapping[str, str],
        found: Found,
        compiled: Mapping[str, CompiledView] | None = None,
    ) -> None:
        """Notes what has been made since. Models of which there is something to say are compiled each time."""
        told = {path for path, _ in lowered.messages} | {
            fault.span.file for fault in lowered.diagnostics if fault.span is not None
        }
        fresh: dict[str, Entry] = {}
        known = dict(found.entries)
        models = {model.name: model for model in self._files.models}
        for name, view in lowered.views.items():  # after those they refer to
            model = models[name]
            if model.path in told:
                continue
            made = compiled.get(model.name) if compiled is not None else None
            entry = known.get(model.name)
            if entry is not None and (made is None or entry.compiled is not None):
                continue
            lowered_bytes = entry.lowered if entry is not None else _encoded(view, fingerprints[model.name], lowered)
            reads = entry.reads if entry is not None else self._read(lowered.reads[model.name], known)
            if reads is None or self._has_secret(lowered_bytes):
                continue
            fresh[model.name] = known[model.name] = Entry(
                model=self._key(model),
                reads=reads,
                lowered=lowered_bytes,
                compiled=None if made is None else msgspec.json.encode(made),
            )
        if fresh or found.entries:
            self._file.put(fresh.values(), [entry for name, entry in found.entries.items() if name not in fresh])

    def _has_secret(self, text: bytes) -> bool:
        return self._environ.redact(decoded := text.decode()) != decoded

    def _counting(self, some: list[Entry], entries: Mapping[str, Entry]) -> Entry | None:
        """The first entry all of whose reads are as they were."""
        for entry in some:
            if all(self._digest(label, entries) == digest for label, digest in entry.reads.items()):
                return entry
        return None

    def _read(self, reads: ModelReads, entries: Mapping[str, Entry]) -> dict[str, str] | None:
        """A digest of each thing that was read; None where one must not be kept, or is not known."""
        if any(map(self._environ.holds_secret, reads.environment)):
            return None
        labels = [
            f"{kind}:{name}"
            for kind, names in (
                ("var", reads.variables),
                ("env", reads.environment),
                ("macro", reads.macros),
                ("entity", reads.entities),
                ("source", reads.sources),
                ("ref", reads.references),
                ("among", (version_free(name) for name in reads.references)),
            )
            for name in names
        ]
        found = {label: self._digest(label, entries) for label in labels}
        if None in found.values():
            return None
        return {label: digest for label, digest in found.items() if digest is not None}

    def _digest(self, label: str, entries: Mapping[str, Entry]) -> str | None:
        kind, _, name = label.partition(":")
        if kind == "var":
            variables = self._outside.variables
            return _of([name in variables, variables.get(name)])
        if kind == "env":
            return _of(self._environ.get(name))
        if kind == "among":
            return _of(candidates(name, self._names))
        if kind == "ref":
            return _meant(entries[name]) if name in entries else None
        return self._known[kind].get(name)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(model.name for model in self._files.models)

    @cached_property
    def _known(self) -> Mapping[str, Mapping[str, str]]:
        """Digests of macros, entities and sources. A macro's file counts as a whole: its parts may use each other."""
        files = self._files
        sound = {source.full_name: source.is_sound for source in files.sources}
        return {
            "macro": {name: _of(file.text) for file in files.macros for name in macro_names(file)},
            "entity": {
                one.name: _of([[(key.name, str(key.data_type)) for key in one.keys], one.is_sound])
                for one in files.entities
            },
            "source": {
                name: _of([repr(source), source.landed, sound[name]]) for name, source in source_tables(files).items()
            },
        }

    @cached_property
    def _base(self) -> str:
        """What every model depends on."""
        outside = self._outside
        return _of(
            [
                package_versions(),
                _code(),
                outside.dialect,
                dict(outside.target),
                outside.project_name,
                sorted(map(str, self._files.lost)),
                sorted((name, file.path) for file in self._files.macros for name in macro_names(file)),
            ]
        )

    def _key(self, model: Model) -> str:
        told = self._properties.get(model.name)
        described = None if told is None else _said(told)
        return _of([self._base, model.name, model.path, model.text, model.config, described])


def _said(properties: ViewProperties) -> list[Any]:
    """All but where it is written."""
    columns = [[one.name, str(one.data_type), one.description] for one in properties.columns]
    return [properties.description, properties.config, columns, properties.is_sound]


def _encoded(view: FeatureView, fingerprint: str, lowered: Lowered) -> bytes:
    kept = _Kept(
        view=msgspec.Raw(view_to_json(view)),
        fingerprint=fingerprint,
        rendered=lowered.rendered[view.name],
        config=lowered.configs[view.name],
        reads=lowered.reads[view.name],
    )
    return msgspec.json.encode(kept, enc_hook=_plain)


def _plain(value: Any) -> Any:
    return str(value)


def _code() -> str:
    """This release's own modules: whoever changes one must not be told what it did before."""
    folder = Path(__file__).parents[1]
    found = ((path, path.stat()) for path in sorted(folder.rglob("*.py")))
    return _of([(str(path.relative_to(folder)), status.st_size, status.st_mtime_ns) for path, status in found])


def _meant(entry: Entry) -> str:
    """A digest of a view that is referred to, and of those that it refers to: their SQL may be a part of the other's,
    and their versions do not say how they are written."""
    further = {label: digest for label, digest in sorted(entry.reads.items()) if label.startswith("ref:")}
    return _of([entry.lowered.decode(), further])


def _of(value: Any) -> str:
    return hashlib.sha256(json.dumps(_in_pairs(value), default=repr).encode()).hexdigest()


def _in_pairs(value: Any) -> Any:
    """The order of a mapping is its own, as a template may go through it, and its keys may be other than texts."""
    if isinstance(value, Mapping):
        return {"pairs": [[key, _in_pairs(item)] for key, item in value.items()]}
    return [_in_pairs(item) for item in value] if isinstance(value, list | tuple) else value
