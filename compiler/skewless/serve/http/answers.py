"""The body of a request into the body of its answer: what a thread does, from the first byte to the last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from skewless.contract.artifact import Bundle
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.errors import EngineError, SkewlessError, StoreError
from skewless.ground.moments import utc
from skewless.serve.http import encode
from skewless.serve.http.catalogue import Catalogue
from skewless.serve.http.forms import Asked, decode, exact_numbers, readable
from skewless.serve.http.metrics import Metrics
from skewless.serve.http.note import Note
from skewless.serve.http.plans import Part, Plan, Plans
from skewless.serve.http.refusal import ERROR, NO_REQUEST_FIELD, Refusal
from skewless.serve.sieve import Errors, told
from skewless.serve.vector import Vector

_EPOCH = dt.datetime(1970, 1, 1)
Columns = Mapping[str, list[Any]]


class AnswerLog(Protocol):
    """Is told of every vector that is answered; it must neither wait nor raise."""

    def __call__(self, request_id: str, bundle: Bundle, vector: Vector) -> None: ...


class Answers:
    """Answers for everything in a catalogue. Safe to share between threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        most_rows: int,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
        log: AnswerLog | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._plans = Plans(catalogue)
        self._most_rows = most_rows
        self._metrics = metrics
        self._clock = clock
        self._log = log

    def warm(self) -> None:
        """Computes something, so that the first request does not wait for what is imported on first use."""
        for served in self._catalogue.services.values():
            if served.bundle.statement is not None:
                with suppress(SkewlessError):
                    served.server.get_columns({name: [None] for name in served.types}, partial=True)
                return

    def answer(self, note: Note, body: bytes) -> bytes:
        """Raises Refusal or a SkewlessError for what cannot be answered."""
        asked = decode(body)
        plan = self._plans.of(asked)
        note.service = plan.service
        note.rows = rows = self._check(plan, asked.entities)
        exact = exact_numbers(body) if plan.holds_decimals else None
        columns = [readable(asked.entities, part.served.types, exact) for part in plan.parts]
        vectors = self._vectors(plan, columns, asked)
        errors = _errors(plan, vectors)
        if errors and plan.values_are_present:
            # To clients that look at no status but PRESENT the value would be NULL. Keys stay out of the access log.
            raise EngineError(told(errors, keys={}))
        note.invalid = {name: len(failed) for name, failed in errors.items()}
        written = _written(plan, vectors, rows)
        if note.is_given_up:
            return written  # nobody has seen these values
        self._metrics.answered(plan, vectors, rows)
        if self._log is not None:
            for part, vector in zip(plan.parts, vectors, strict=True):
                self._log(note.request_id, part.served.bundle, vector)
        return written

    def _check(self, plan: Plan, entities: Columns) -> int:
        """The number of rows. Fields are checked here, because clients look for an error of another class for each."""
        rows = max(map(len, entities.values()), default=0)
        if rows > self._most_rows:
            raise Refusal(413, f"the request has {rows:,} rows, and the limit is {self._most_rows:,}")
        if entities.keys() != plan.types.keys():
            raise _wrong_fields(plan, entities)
        return rows

    def _vectors(self, plan: Plan, columns: list[dict[str, list[Any]]], asked: Asked) -> list[Vector]:
        """All parts at one moment."""
        moment = None if asked.as_of is None else _moment(asked.as_of)
        if moment is None and len(plan.parts) == 1:
            return [plan.parts[0].served.server.get_columns(columns[0], partial=True)]
        wanted = moment or self._clock()
        try:
            return _at(plan, columns, wanted)
        except StoreError as error:
            newest = self._newest(plan)
            if newest <= wanted:
                raise
            if moment is not None:
                raise Refusal(422, f"as_of: {error.message}") from error
            # The clock of `run` is ahead of this one: no moment is before the state.
            return _at(plan, columns, newest)

    def _newest(self, plan: Plan) -> dt.datetime:
        """The latest moment to which a state that the plan reads was loaded."""
        read = {one.version for part in plan.parts for one in part.served.bundle.instances}
        infos = [info for store in self._catalogue.stores for info in store.versions() if info.version in read]
        return _EPOCH + dt.timedelta(microseconds=max((info.as_of for info in infos), default=0))


def _at(plan: Plan, columns: list[dict[str, list[Any]]], moment: dt.datetime) -> list[Vector]:
    return [
        part.served.server.get_columns(own, as_of=moment, partial=True)
        for part, own in zip(plan.parts, columns, strict=True)
    ]


def _errors(plan: Plan, vectors: Sequence[Vector]) -> Errors:
    """What cannot be computed of the features that were asked for, by their full names."""
    return {
        feature.full_name: vector.errors[feature.name]
        for part, vector in zip(plan.parts, vectors, strict=True)
        if vector.errors
        for feature in part.features
        if feature.name in vector.errors
    }


def _moment(text: str) -> dt.datetime:
    try:
        return utc(text)
    except (ValueError, OverflowError) as error:
        raise Refusal(422, f"as_of must be a moment such as 2026-06-12T10:00:00Z, not '{text[:40]}'") from error


def _wrong_fields(plan: Plan, entities: Columns) -> Refusal:
    missing = [name for name in plan.types if name not in entities]
    extra = [name for name in entities if name not in plan.types]
    expected = f"fields: {', '.join(plan.types)}"
    if extra and (not missing or did_you_mean(extra[0], missing)):
        hint = did_you_mean(extra[0], missing) or expected
        return Refusal(422, f"'{extra[0]}' in entities is no field of what is asked for; {hint}")
    keys = {name for name, _ in plan.keys}
    kind = ERROR if missing[0] in keys else NO_REQUEST_FIELD
    return Refusal(422, f"entities lacks the field '{missing[0]}'; {expected}", kind=kind)


def _written(plan: Plan, vectors: Sequence[Vector], rows: int) -> bytes:
    """Keys first, then features: a result for each, with a value, a status and a time for each row."""
    keys = {name: column for vector in vectors for name, column in vector.keys.items()}
    present, epochs = encode.statuses(["PRESENT"] * rows), encode.epochs(rows)
    results = [_result(write(keys[name]), present, epochs) for name, write in plan.keys]
    for part, vector in zip(plan.parts, vectors, strict=True):
        results.extend(_features(part, vector, values_are_present=plan.values_are_present))
    return b'{"results":[' + b",".join(results) + plan.metadata


def _features(part: Part, vector: Vector, *, values_are_present: bool) -> list[bytes]:
    results: list[bytes] = []
    times, stamps = None, b""
    for feature in part.features:
        values, words = vector.values[feature.name], vector.statuses[feature.name]
        if values_are_present:
            words = [word if value is None else "PRESENT" for word, value in zip(words, values, strict=True)]
        # The features of a view mostly have the same times, and writing them costs more than comparing them.
        own = vector.event_timestamps[feature.name]
        if times is None or own != times:
            times, stamps = own, encode.event_timestamps(own)
        results.append(_result(feature.encode(values), encode.statuses(words), stamps))
    return results


def _result(values: bytes, statuses: bytes, stamps: bytes) -> bytes:
    return b'{"values":' + values + b',"statuses":' + statuses + b',"event_timestamps":' + stamps + b"}"
