"""How far rows have become known, and how far back a state that rows are written to can be asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from skewless.contract.source_plan import SourcePlan
from skewless.ground.moments import microseconds, moment_of

if TYPE_CHECKING:
    import pyarrow as pa

ASKED_BACK = dt.timedelta(hours=1)
"""How much earlier than the newest row, at least, a state can be asked for; what is older need not be kept for it."""


def watermark(plan: SourcePlan, table: pa.Table) -> dt.datetime | None:
    """The latest moment at which a row of the table became known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    times = table.column(plan.known_at or plan.event_time).cast(pa.timestamp("us"))
    latest = pc.max(times).cast(pa.int64()).as_py()
    return None if latest is None else moment_of(latest + (0 if plan.known_at else plan.delay))


def floor_after(known: dt.datetime, now: dt.datetime) -> int:
    """The earliest moment that a state is asked for when rows have become known by then, in microseconds since 1970.

    Rows that claim to be known later than the present change nothing of that.
    """
    return microseconds(min(known, now) - ASKED_BACK)
