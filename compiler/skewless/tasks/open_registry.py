"""The registry of a target, opened. Nothing is compiled."""

from __future__ import annotations

import getpass
import socket
from typing import TYPE_CHECKING

from skewless.ground.version import VERSION
from skewless.project.environment import reveal
from skewless.project.model import ProjectFiles, Target
from skewless.registry.records import Author, Scope

if TYPE_CHECKING:
    from skewless.registry.registry import Registry


def open_registry(files: ProjectFiles, target: Target) -> Registry:
    """It is made if there is none yet. Raises RegistryError, DriverMissing."""
    from skewless.registry.registry import Registry

    scope = Scope(project=files.name, target=target.name, identity=files.identity)
    return Registry(reveal(target.registry), scope, author())


def author() -> Author:
    """Who runs this process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "unknown"
    return Author(user=user, host=socket.gethostname(), release=VERSION)
