"""The serving log: answered requests into Parquet files, beside the requests and never in their way."""

from __future__ import annotations

from skewless.serve.log.files import Roll
from skewless.serve.log.serving_log import ServiceLog, ServingLog
from skewless.serve.log.writer import Counts

__all__ = ["Counts", "Roll", "ServiceLog", "ServingLog"]
