"""Python values into what JSON can say."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any


def jsonable(value: Any) -> Any:
    """What JSON has no word for becomes text; a decimal stays a number while a double says it exactly."""
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return [jsonable(item) for item in value] if isinstance(value, list | tuple) else value
