"""What a project defines, as JSON and back, so that a definition outlives the files it was written in.

Trees are read by the release that wrote them: those of another sqlglot may have other nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlglot import exp, serde

from skewless.contract.fingerprint import MEANING
from skewless.contract.ir import FeatureView

_Kind = TypeVar("_Kind")

_NODES = "sqlglot.expressions."
FILE = "definitions.json"
"""Where `compile` leaves them, in the target folder."""
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewDefinition:
    """A view, and what tells it from other definitions of it."""

    view: FeatureView
    fingerprint: str
    text: str
    """A digest of its SQL after macros."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputDefinition:
    """One feature of a service."""

    name: str
    type: str
    view: str
    feature: str
    on: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDefinition:
    """What a service asks for and answers with, in order."""

    name: str
    spine: tuple[tuple[str, str], ...]
    """Keys and request fields, and their types."""
    outputs: tuple[OutputDefinition, ...]
    pins: tuple[tuple[str, str], ...]
    """Each view that it reads, through other views too, and its fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """One state of a project."""

    format: int = FORMAT
    meaning: str = MEANING
    packages: Mapping[str, str]
    """The versions of packages that its SQL depends on."""
    views: Mapping[str, ViewDefinition]
    services: Mapping[str, ServiceDefinition]

    def trees(self) -> dict[str, FeatureView]:
        """View to what it was lowered to."""
        return {name: one.view for name, one in self.views.items()}


def definitions_to_json(definitions: Definitions) -> bytes:
    """Some ten kilobytes a view."""
    return msgspec.json.encode(definitions, enc_hook=_dumped)


def definitions_from_json(text: bytes) -> Definitions:
    """Raises ValueError for what this release does not read."""
    return _decoded(text, Definitions)


def service_to_json(service: ServiceDefinition) -> bytes:
    """Equal services give equal texts."""
    return msgspec.json.encode(service, order="deterministic")


def service_from_json(text: bytes) -> ServiceDefinition:
    """Raises ValueError for what is no definition."""
    return _decoded(text, ServiceDefinition)


def view_to_json(view: FeatureView) -> bytes:
    """Some ten kilobytes, which compress to two."""
    return msgspec.json.encode(view, enc_hook=_dumped)


def view_from_json(text: bytes) -> FeatureView:
    """Raises ValueError for what is no definition."""
    return _decoded(text, FeatureView)


def _decoded(text: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(text, type=kind, dec_hook=_loaded)
    except (msgspec.MsgspecError, AttributeError, ImportError, KeyError, TypeError) as error:
        raise ValueError(f"this is no definition: {error}") from error


def _dumped(value: Any) -> Any:
    if isinstance(value, exp.Expr):
        return serde.dump(value)
    raise NotImplementedError(f"{type(value).__name__} is no part of a definition")


def _loaded(kind: type, value: Any) -> Any:
    if not issubclass(kind, exp.Expr):
        raise NotImplementedError(f"{kind.__name__} is no part of a definition")
    for node in value:
        name = node.get(serde.CLASS)
        if name not in (None, serde.DATA_TYPE) and not name.startswith(_NODES):
            raise ValueError(f"'{name}' is no node of a tree")  # it would be imported, whatever it is
    return serde.load(value)
