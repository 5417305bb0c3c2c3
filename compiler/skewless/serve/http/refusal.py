"""Whatever goes wrong into a status and the form in which Feast's server tells its clients of errors.

That form is a JSON string which itself holds JSON. Feast's clients decode both and make an exception of the class that
is named there; they fail on any other body.
"""

from __future__ import annotations

import json

from skewless.ground.errors import DataError, EngineError, SkewlessError, StoreError

ERROR = "FeastError"
NO_SERVICE = "FeatureServiceNotFoundException"
NO_VIEW = "FeatureViewNotFoundException"
NO_PUSH_SOURCE = "PushSourceNotFoundException"
NO_REQUEST_FIELD = "RequestDataNotFoundInEntityRowsException"
NAME_COLLISION = "FeatureNameCollisionError"
NOT_ALLOWED = "FeastPermissionError"
KINDS = (ERROR, NO_SERVICE, NO_VIEW, NO_PUSH_SOURCE, NO_REQUEST_FIELD, NAME_COLLISION, NOT_ALLOWED)
"""Classes of `feast.errors` that are named in answers."""

_LONGEST = 1_000
"""Characters of a message: it may repeat what a client has sent."""


class Refusal(Exception):
    """A request that is not answered with a vector."""

    def __init__(self, status: int, message: str, *, kind: str = ERROR, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.headers = headers or {}


def refusal_of(error: Exception) -> Refusal:
    """The status of each of our exceptions; any other is a bug, of which the client is told no more than that."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, SkewlessError):
        return Refusal(_status(error), f"{error.message}; {error.help}" if error.help else error.message)
    return Refusal(500, "internal error; the server's log says more")


def _status(error: SkewlessError) -> int:
    match error:
        case DataError():
            return 422
        case StoreError():
            return 503
        case EngineError():
            return 500
        case _:
            return 500


def error_body(refusal: Refusal) -> bytes:
    """`FeastError.to_error_detail`, as Feast's server sends it."""
    words = refusal.message
    message = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
    detail = {"module": "feast.errors", "class": refusal.kind, "message": message}
    return json.dumps(json.dumps(detail)).encode()
