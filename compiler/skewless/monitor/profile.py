"""A baseline, counted: the bins of each feature and how many rows each has; and the JSON file in which it is frozen."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from hashlib import sha256
from pathlib import Path

import msgspec

from skewless.ground.errors import DataError
from skewless.monitor.bins import NULL_BIN, Bins
from skewless.monitor.tallies import Tally
from skewless.tasks.results import cause_and_help, write_files

FORMAT = 1


class FeatureProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One feature of the baseline. `counts` are the rows of each bin."""

    name: str
    type: str
    bins: Bins
    counts: tuple[int, ...]
    nulls: int
    statuses: dict[str, int] = {}

    @property
    def tally(self) -> Tally:
        numbered = {number: count for number, count in enumerate(self.counts) if count}
        return Tally(bins=Counter({**numbered, NULL_BIN: self.nulls}), statuses=Counter(self.statuses))


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A baseline of a service. It holds counts, cuts and the most frequent texts, and no rows."""

    format: int
    service: str
    baseline: str
    """The file, table or query that it was made of."""
    made_at: dt.datetime
    rows: int
    features: tuple[FeatureProfile, ...]

    def feature(self, name: str) -> FeatureProfile | None:
        return next((one for one in self.features if one.name == name), None)

    @property
    def digest(self) -> str:
        """What the comparison depends on, in twelve letters: values compared with equal baselines go together."""
        return sha256(msgspec.json.encode(self.features, order="deterministic")).hexdigest()[:12]


def write_profile(profile: Profile, path: Path) -> None:
    """Writes the file as a whole or not at all."""
    write_files({path: msgspec.json.format(msgspec.json.encode(profile), indent=1).decode() + "\n"})


def read_profile(path: Path) -> Profile:
    """Raises DataError for what is no profile."""
    remedy = "freeze it again: skewless monitor SERVICE --baseline FILE --freeze FILE.json"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Profile)
    except FileNotFoundError as error:
        raise DataError(f"the profile '{path}' does not exist", help=remedy) from error
    except OSError as error:
        why, help_line = cause_and_help(error)
        raise DataError(f"the profile '{path}' cannot be read: {why}", help=help_line) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"'{path}' is no profile of a baseline: {error}", help=remedy) from error
    if found.format != FORMAT:
        raise DataError(f"the profile '{path}' has format {found.format}, and this release reads {FORMAT}", help=remedy)
    for one in found.features:
        if fault := _fault(one):
            raise DataError(f"the profile '{path}' is damaged: {fault} of '{one.name}'", help=remedy)
    return found


def _fault(one: FeatureProfile) -> str | None:
    cuts = one.bins.cuts
    if list(cuts) != sorted(set(cuts)) or (one.bins.has_floor and not cuts):
        return "the cuts"
    if len(one.counts) != one.bins.count:
        return "the number of counts"
    return "a count" if min((*one.counts, one.nulls, *one.statuses.values())) < 0 else None
