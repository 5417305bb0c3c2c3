"""The registry of a target, opened. Nothing is compiled."""

from __future__ import annotations

import getpass
import socket
from typing import TYPE_CHECKING

from skewless.ground.errors import UsageError
from skewless.ground.version import VERSION
from skewless.project.environment import reveal
from skewless.project.model import ProjectFiles, Target
from skewless.project.project_file import new_identity
from skewless.project.target import own_registry
from skewless.registry.records import Author, Scope

if TYPE_CHECKING:
    from skewless.registry.registry import Registry


def open_registry(files: ProjectFiles, target: Target, *, make: bool = True) -> Registry:
    """It is made if there is none yet, or is one to be there. Raises RegistryError, DriverMissing, UsageError.

    One that others may use, too, is refused to a project without an id: two of one name would take each other's
    versions for superseded, and `clean --online` would drop what the other's services read.
    """
    from skewless.registry.registry import Registry

    address = reveal(target.registry)
    if files.identity is None and address != own_registry(files):
        raise UsageError(
            f"the target '{target.name}' names a registry, where another project may be called '{files.name}', too, "
            "and skewless.yml gives this one no id",
            help=f"write `id: {new_identity(files.name)}` into skewless.yml, and keep it for good",
        )
    scope = Scope(project=files.name, target=target.name, identity=files.identity)
    return Registry(address, scope, author(), make=make)


def author() -> Author:
    """Who runs this process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "unknown"
    return Author(user=user, host=socket.gethostname(), release=VERSION)
