"""A process that takes messages, writes their rows, and never comes to acknowledging them. It is to be killed."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from ingest.recording import FileWriter
from skewless.ingest.stream import consume
from skewless.ingest.stream.consume import Consumer, Pace
from skewless.ingest.stream.kind import StreamAddress
from skewless.ingest.stream.redis import RedisStream

consume._ROWS_PER_MESSAGE = 1.0
url, name, path, rows = sys.argv[1:]
address = StreamAddress(source="shop.orders", type="redis", url=url, name=name, group="shop", format="json")
writer = FileWriter(Path(path), then=threading.Event().wait)
stream = RedisStream(address, "stuck", tell=print)
Consumer(stream, "json", writer, stop=threading.Event(), tell=print, pace=Pace(batch_rows=int(rows))).run()
