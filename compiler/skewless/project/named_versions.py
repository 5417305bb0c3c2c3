"""Versions of views that are named by hand: `orders_v2.sql` with `config(version=2)` is version 2 of `orders`."""

from __future__ import annotations

import re
from collections.abc import Set

from skewless.ground.diagnostics import did_you_mean

_VERSIONED = re.compile(r"(?P<view>.+)_v(?P<version>\w+)")


def resolved(name: str, version: str | None, known: Set[str]) -> str:
    """The view that `ref(name, v=version)` means: `name_vN`, or, without a version, `name` itself or its newest one.

    What is meant by a name that nothing has is that name.
    """
    if version is not None:
        pinned = f"{name}_v{version}"
        return pinned if pinned in known else name
    if name in known:
        return name
    return max((one for one in known if _is_of(one, name)), key=_age, default=name)


def candidates(name: str, known: Set[str]) -> tuple[str, ...]:
    """The views among which `ref(name)` chooses, in whatever version."""
    return tuple(sorted(one for one in known if one == name or _is_of(one, name)))


def unknown_view(name: str, version: str | None, known: Set[str]) -> tuple[str, str]:
    """(what is wrong with a name that nothing has, what to do)."""
    there = [version_of_name(one) for one in candidates(name, known)]
    if version is not None and there:
        return f"there is no version {version} of '{name}'", f"its versions: {', '.join(map(str, there))}"
    hint = did_you_mean(name, known) or "a view is a .sql file in the features folder"
    return f"there is no feature view '{name}'", hint


def wrong_version(name: str, version: str, own: object, known: Set[str]) -> tuple[str, str]:
    """(what is wrong with a version of a view whose file names another one, `own`, or none; what to do)."""
    there = [str(own)] if own is not None else []
    there += [str(version_of_name(one)) for one in candidates(name, known) if one != name]
    if there:
        return f"there is no version {version} of '{name}'", f"its versions: {', '.join(there)}"
    return f"'{name}' is not version {version} of a view", f"name it in its own file: config(version={version})"


def version_free(name: str) -> str:
    """The view of which a name may be a version."""
    found = _VERSIONED.fullmatch(name)
    return found["view"] if found is not None else name


def version_of_name(name: str) -> str | None:
    """The version that the name of a view ends with."""
    found = _VERSIONED.fullmatch(name)
    return found["version"] if found is not None else None


def _is_of(name: str, view: str) -> bool:
    found = _VERSIONED.fullmatch(name)
    return found is not None and found["view"] == view


def _age(name: str) -> tuple[bool, int, str]:
    """Numbers count as numbers, and after words."""
    version = version_of_name(name) or ""
    return (version.isdigit(), int(version) if version.isdigit() else 0, version)
