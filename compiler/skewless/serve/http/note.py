"""What becomes known of one request on its way; the access log and the metrics tell it."""

from __future__ import annotations

NOTE = "skewless"
"""Where a request's scope has its note."""


class Note:
    """Belongs to one request. `route` is empty where no path matches, `service` where none was asked for, `error`
    where the server is not at fault."""

    __slots__ = ("error", "request_id", "route", "rows", "service", "status")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.route = ""
        self.service = ""
        self.rows: int | None = None
        self.status = 0
        self.error = ""
