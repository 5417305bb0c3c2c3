"""A process that consumes a stream into a state and into files, a file for each small batch. It is to be killed."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from skewless.contract.source_plan import load_source_plan
from skewless.ingest.stream.consume import Consumer, Pace
from skewless.ingest.stream.kind import StreamAddress
from skewless.ingest.stream.landed import Roll, with_landing
from skewless.ingest.stream.redis import RedisStream
from skewless.ingest.writer import SourceWriter
from skewless.stores.open import open_store

url, name, plan, root = sys.argv[1:]
address = StreamAddress(source="shop.orders", type="redis", url=url, name=name, group="p", format="json")
stream, writer = with_landing(
    RedisStream(address, "killed", tell=print),
    SourceWriter(load_source_plan(Path(plan)), open_store(f"sqlite:///{root}/online.db", project="p")),
    Path(root) / "landed",
    tell=print,
    roll=Roll(seconds=0),
)
sys.stdout.write("begun\n")
sys.stdout.flush()
Consumer(stream, "json", writer, stop=threading.Event(), tell=print, pace=Pace(batch_rows=20), is_landed=True).run()
