"""What becomes known of one request on its way; the access log and the metrics tell it."""

from __future__ import annotations

NOTE = "skewless"
"""Where a request's scope has its note."""


class Note:
    """Belongs to one request. `route` is empty where no path matches, `service` where none was asked for, `error`
    where the server is not at fault. `invalid` has the features that cannot be computed, and for how many rows; it does
    not say why, since that holds what the client has sent. `source` is what rows were pushed to, `refused` how many of
    them were, and `unloaded` the views that follow the source and have no state.

    `is_given_up` is set when the client has been told that there is no answer in time: a thread may still make one.
    """

    __slots__ = (
        "error", "invalid", "is_given_up", "refused", "request_id", "route", "rows", "service", "source", "status",
        "unloaded",
    )  # fmt: skip

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.is_given_up = False
        self.route = ""
        self.service = ""
        self.rows: int | None = None
        self.status = 0
        self.error = ""
        self.invalid: dict[str, int] = {}
        self.source = ""
        self.refused = 0
        self.unloaded: tuple[str, ...] = ()
