"""What commands wrote to the target folder, and state that no view version uses, gone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from skewless.ground.errors import SkewlessError, UsageError
from skewless.stores.store import OnlineStore, StateInfo
from skewless.tasks.results import RESULTS, cause_and_help
from skewless.tasks.unchanged import FILE as UNCHANGED

PRODUCTS = ("compiled", "serving", "tmp", "manifest.json", RESULTS, UNCHANGED)
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


def drop_unused(store: OnlineStore, used: Collection[str]) -> tuple[StateInfo, ...]:
    """Drops the states whose version is not among `used`; returns them."""
    unused = tuple(info for info in store.versions() if info.version not in used)
    if unused:
        store.drop([info.version for info in unused])
    return unused


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
