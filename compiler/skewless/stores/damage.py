"""What is said of bytes in a store that are no rows of the schema that reads them."""

from __future__ import annotations

from skewless.ground.errors import StoreError


def damaged() -> StoreError:
    """Never a wrong value: bytes that another version wrote, or that are damaged, answer nothing."""
    return StoreError(
        "the online store holds bytes that are no rows of the version that is read",
        help="load the state again with the version that serves it: skewless run --full-refresh",
    )
