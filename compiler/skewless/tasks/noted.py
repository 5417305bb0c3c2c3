"""What the registry noted of a version, read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from skewless.ground.errors import RegistryError


@contextmanager
def reading_noted(version: str) -> Iterator[None]:
    """Reads what was noted of a version. Raises RegistryError where no release has written it."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise RegistryError(
            f"what the registry holds of the version {version} cannot be read ({type(error).__name__}: {error})",
            help="restore the registry, or name a new one and run again",
        ) from error
