"""What the online store holds, asked by a thread of its own: a store that hangs must not keep /health waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from skewless.contract.artifact import CODEC_VERSION
from skewless.ground.errors import StoreError
from skewless.serve.http.catalogue import Catalogue
from skewless.stores.store import StateInfo


class States:
    """One look at a time, shared by all who want to know; whoever waits too long is told that it failed."""

    def __init__(self, catalogue: Catalogue, *, seconds: float) -> None:
        self._catalogue = catalogue
        self._needed = catalogue.versions()
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="skewless-states")
        self._looking: asyncio.Future[Sequence[StateInfo]] | None = None

    async def found(self) -> Sequence[StateInfo]:
        """Everything that is loaded. Raises StoreError when the store fails or does not answer in time."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().run_in_executor(self._thread, self._look)
        try:
            return await asyncio.wait_for(asyncio.shield(self._looking), self._seconds)
        except TimeoutError as error:
            raise StoreError(f"the online store did not answer within {self._seconds:g} seconds") from error

    async def check(self) -> None:
        """Raises StoreError unless the store holds all that the services read."""
        readable = {info.version for info in await self.found() if info.codec == CODEC_VERSION}
        for version, view in self._needed.items():
            if version not in readable:
                raise StoreError(f"the online store holds no state of '{view}' ({version})")

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> Sequence[StateInfo]:
        return [info for store in self._catalogue.stores for info in store.versions()]
