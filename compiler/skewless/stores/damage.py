"""What is said of states that cannot be used: bytes that are no rows of the schema that reads them, or none at all."""

from __future__ import annotations

from skewless.ground.errors import StoreError


def damaged() -> StoreError:
    """Never a wrong value: bytes that another version wrote, or that are damaged, answer nothing."""
    return StoreError(
        "the online store holds bytes that are no rows of the version that is read",
        help="load the state again with the version that serves it: skewless run --full-refresh",
    )


def not_loaded(version: str) -> StoreError:
    return StoreError(f"the online store holds no state of '{version}'", help="load it: skewless run")


def loading(view: str) -> StoreError:
    """Rows that are written while a state is loaded beside the one that is there would be lost with that."""
    return StoreError(
        f"the state of '{view}' is being loaded, and takes no rows meanwhile", help="send them again when it is done"
    )
