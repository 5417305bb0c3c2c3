"""What commands wrote to the target folder, and state that no view version uses, gone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skewless.contract.definition import FILE as DEFINITIONS
from skewless.ground.durations import MICROSECONDS, Duration
from skewless.ground.errors import SkewlessError, UsageError
from skewless.registry.records import ServiceVersion
from skewless.stores.store import OnlineStore, StateInfo
from skewless.tasks.cache_file import FILE as CACHE
from skewless.tasks.results import RESULTS, cause_and_help
from skewless.tasks.unchanged import FILE as UNCHANGED

if TYPE_CHECKING:
    from skewless.registry.registry import Registry

PRODUCTS = ("compiled", "serving", "tmp", "manifest.json", DEFINITIONS, RESULTS, UNCHANGED, CACHE)
"""Names in the target folder that are only ever written by commands. Data and the online store are not among them."""


def clean_target(target_path: Path, root: Path) -> tuple[Path, ...]:
    """Removes the products; returns what was there. Raises UsageError when the target folder is the project itself."""
    if root.resolve().is_relative_to(target_path.resolve()):
        raise UsageError(
            f"the target folder is {target_path}, which holds the project itself",
            help="give the project a target-path of its own; nothing was removed",
        )
    found = [path for name in PRODUCTS if os.path.lexists(path := target_path / name)]
    for path in found:
        _remove(path)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """Which versions of services are taken to be deployed nowhere any more, besides those that are said to be so."""

    named: tuple[tuple[str, str], ...] = ()
    """(service, version)."""
    after: Duration | None = None
    """How long a version has been superseded; None: none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """States that would be dropped; those that stay although the project does not have them, and why; versions of
    services that would be retired."""

    dropped: tuple[StateInfo, ...]
    kept: tuple[tuple[StateInfo, str], ...]
    retired: tuple[ServiceVersion, ...]


def cleaning(
    store: OnlineStore,
    registry: Registry,
    present: Collection[str],
    retirement: Retirement,
    now: int,
    *,
    unknown: bool = False,
) -> Cleaning:
    """What `clean --online` would do; `present` are the versions of the project's views that are online.

    With `unknown`, states of which the registry knows nothing are dropped, too. Raises UsageError for a version of a
    service that is not there, or is the current one.
    """
    services = registry.services()
    retired = tuple(_retired(services, retirement, now))
    readers = {version: [reader] for version, reader in registry.elsewhere().items()}
    for service in services:
        if service not in retired:
            for version in service.pins:
                readers.setdefault(version, []).append(_reader(service, now))
    states = [info for info in store.versions() if info.version not in present]
    known = registry.views([info.version for info in states])
    dropped: list[StateInfo] = []
    kept: list[tuple[StateInfo, str]] = []
    for info in states:
        if info.version in readers:
            kept.append((info, "; ".join(readers[info.version])))
        elif info.version not in known and not unknown:
            kept.append((info, "the registry does not know it, so a bundle of before may read it (--unknown)"))
        else:
            dropped.append(info)
    return Cleaning(dropped=tuple(dropped), kept=tuple(kept), retired=retired)


def carry_out(found: Cleaning, store: OnlineStore, registry: Registry) -> tuple[StateInfo, ...]:
    """Retires, then drops, and returns what was dropped: what a service has come to read since it was looked for stays.

    Whoever is stopped in between drops the next time. Raises RegistryError when a run loads one of the versions.
    """
    registry.retire((one.service, one.version) for one in found.retired)
    with registry.leased([info.version for info in found.dropped], "clean"):
        used = registry.elsewhere().keys() | {pin for service in registry.services() for pin in service.pins}
        dropped = tuple(info for info in found.dropped if info.version not in used)
        if dropped:
            store.drop([info.version for info in dropped])
    return dropped


def _retired(services: Sequence[ServiceVersion], retirement: Retirement, now: int) -> Iterator[ServiceVersion]:
    by_name = {(one.service, one.version): one for one in services}
    for service, version in retirement.named:
        one = by_name.get((service, version))
        if one is None:
            known = [f"{other.service}@{other.version}" for other in services if not other.is_current]
            raise UsageError(
                f"there is no version '{service}@{version}' of a service that could be retired",
                help=f"those that are superseded: {', '.join(known) or 'none'}",
            )
        if one.is_current:
            raise UsageError(
                f"'{service}@{version}' is the current version of {service}",
                help="only a version that another one has superseded can be retired",
            )
    for one in services:
        if (one.service, one.version) in retirement.named or _is_old(one, retirement.after, now):
            yield one


def _is_old(service: ServiceVersion, after: Duration | None, now: int) -> bool:
    if after is None or service.superseded_at is None:
        return False
    return service.superseded_at + after.microseconds <= now


def _reader(service: ServiceVersion, now: int) -> str:
    name = f"{service.service}@{service.version}"
    if service.superseded_at is None:
        return f"{name} reads it"
    return f"{name} reads it, superseded {_roughly(now - service.superseded_at)} ago (--retire {name})"


def _roughly(microseconds: int) -> str:
    """In whole days, hours, minutes or seconds, whichever is the largest of which there is one."""
    lengths = [MICROSECONDS[name] for name in ("day", "hour", "minute")]
    unit = next((length for length in lengths if microseconds >= length), MICROSECONDS["second"])
    return str(Duration(max(microseconds, 0) // unit * unit))


def _remove(path: Path) -> None:
    """A link is removed, not what it leads to."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        why, help_line = cause_and_help(error)
        raise SkewlessError(f"'{error.filename or path}' cannot be removed: {why}", help=help_line) from error
