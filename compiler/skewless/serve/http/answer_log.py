"""Answered vectors into the serving log."""

from __future__ import annotations

from skewless.contract.artifact import Bundle
from skewless.serve.http.catalogue import Catalogue
from skewless.serve.http.settings import Settings
from skewless.serve.log import Counts, ServiceLog, ServingLog
from skewless.serve.vector import Vector


class Logged:
    """The serving log of one process, for everything in a catalogue."""

    def __init__(self, catalogue: Catalogue, log: ServingLog) -> None:
        self._log = log
        served = (*catalogue.services.values(), *catalogue.views.values())
        self._services: dict[int, ServiceLog] = {id(one.bundle): log.of(one.bundle) for one in served}

    def __call__(self, request_id: str, bundle: Bundle, vector: Vector) -> None:
        self._services[id(bundle)].record({**vector.keys, **vector.fields}, vector, request_id=request_id)

    @property
    def counts(self) -> Counts:
        return self._log.counts

    def close(self) -> None:
        self._log.close()


def answer_log(catalogue: Catalogue, settings: Settings) -> Logged | None:
    """The log that the settings ask for. Raises UsageError for a fraction that is none."""
    if settings.log_folder is None:
        return None
    return Logged(catalogue, ServingLog(settings.log_folder, fraction=settings.log_fraction))
