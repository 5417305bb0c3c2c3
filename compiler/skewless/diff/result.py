"""What a comparison finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Kind(IntEnum):
    """How much of a change something is, the least first."""

    UNCHANGED = 0
    COSMETIC = 1
    """Texts, descriptions, owners: no value and no type is another one."""
    NEW_FEATURES = 2
    """Features, a whole view or service are added; what was there stays as it is."""
    VALUES = 3
    """The same columns hold other values, at some moment for some entity, as far as the definition says."""
    SCHEMA = 4
    """Whoever reads it finds something gone, of another type, or asked for in another way."""

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Kind.UNCHANGED: "unchanged",
    Kind.COSMETIC: "cosmetic",
    Kind.NEW_FEATURES: "new features only",
    Kind.VALUES: "values change",
    Kind.SCHEMA: "schema breaks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureValues:
    """A feature evaluated both ways at the same sampled moments."""

    name: str
    rows: int
    differ: int
    psi: float | None
    """Between the two versions; None where there is nothing to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One view or service, before and now."""

    name: str
    resource: str
    """`view` or `service`."""
    kind: Kind
    reasons: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    """Those of it whose values, types or presence change."""
    before: str | None = None
    now: str | None = None
    """Its fingerprints; None where it is not there."""
    values: tuple[FeatureValues, ...] = ()
    values_note: str = ""
    """Why no values were compared, if they were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything, changed or not, in the order of the project."""

    against: str
    """What it was compared with, for a person."""
    changes: tuple[Change, ...]
    touched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Changed view to the services that read it, through other views too."""

    @property
    def kind(self) -> Kind:
        return max((change.kind for change in self.changes), default=Kind.UNCHANGED)
