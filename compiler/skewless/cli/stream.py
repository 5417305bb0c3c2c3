"""`skewless stream`."""

from __future__ import annotations

import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

from skewless.cli.session import Session
from skewless.cli.verb import verb

if TYPE_CHECKING:
    from skewless.ingest.stream.consume import Consumer, Pace
    from skewless.ingest.stream.kind import StreamAddress
    from skewless.ingest.stream.statistics import Statistics

    Notes = queue.SimpleQueue[Callable[[], None]]
    """Lines that threads want to print, for the one that prints."""

_LINE_EVERY, _LIVE_EVERY = 10.0, 0.5
"""Seconds between two lines of progress: in a pipe, and on a terminal."""


@verb("stream")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--consumer", metavar="NAME", help="This process within the group; its host and number, unless given.")
@click.option(
    "--batch", type=click.IntRange(min=1), default=5_000, show_default=True, metavar="ROWS",
    help="The most rows that are written at once.",
)  # fmt: skip
@click.option("--once", is_flag=True, help="Leave when the group has nothing left to do.")
@click.option(
    "--metrics-port", type=click.IntRange(0, 65535), metavar="N",
    help="Answer Prometheus on this port of loopback; 0: any.",
)  # fmt: skip
def command(
    session: Session, sources: tuple[str, ...], consumer: str | None, batch: int, once: bool, metrics_port: int | None
) -> int:
    """Write rows into the online store as they come.

    Reads the stream that each source names (`stream:` in its YAML) and writes its rows to the state of every view that
    follows them. A message is acknowledged when its rows are durable; one that cannot be written is put aside in the
    stream NAME:dead, with the reason. Processes of one group share the messages. Ends on SIGTERM or Ctrl-C, after the
    rows in hand.

    \b
    Examples:
      skewless stream shop.orders
      skewless stream shop.orders shop.visits --metrics-port 9100
      skewless stream shop.orders --once
    """
    from skewless.ingest.stream.consume import Pace
    from skewless.ingest.stream.metrics import exposition, metrics_server
    from skewless.ingest.stream.together import run_together

    session.header()
    stop = threading.Event()
    notes: Notes = queue.SimpleQueue()
    name = consumer or f"{socket.gethostname()}-{os.getpid()}"
    with ExitStack() as opened:
        consumers = _consumers(session, opened, sources, name, Pace(batch_rows=batch, once=once), stop, notes)
        progress = Progress(session, consumers, notes)
        if metrics_port is not None:
            url = opened.enter_context(metrics_server(metrics_port, lambda: exposition(progress.statistics())))
            session.console.info("metrics", f"Metrics on {url}", url=url)
        opened.enter_context(_stopped_by_signals(stop))
        session.console.info("consuming", f"Consuming {', '.join(sources)} as {name}", sources=sources, consumer=name)
        try:
            run_together(consumers, stop, progress.tell)
        finally:
            progress.end()
    return 0


def _consumers(
    session: Session,
    opened: ExitStack,
    sources: Sequence[str],
    name: str,
    pace: Pace,
    stop: threading.Event,
    notes: Notes,
) -> list[Consumer]:
    """A consumer for each source, all over one store."""
    from skewless.ingest.stream.consume import Consumer, Writer
    from skewless.ingest.stream.following import FollowingWriter
    from skewless.ingest.stream.landed import with_landing
    from skewless.ingest.stream.open import open_stream
    from skewless.tasks.followed_plans import FollowedPlans
    from skewless.tasks.open_registry import open_registry
    from skewless.tasks.streams import stream_addresses, streamed_plan

    files, target = session.project.files, session.target()
    addresses = stream_addresses(session.project, sources)
    compiled = [streamed_plan(session.target_path, one.source) for one in addresses]
    open_registry(files, target).close()  # from now on there is one

    def followed(text: str) -> None:
        notes.put(partial(session.console.info, "followed", text))

    def warn(text: str) -> None:
        notes.put(partial(session.console.warn, text))

    plans = opened.enter_context(
        FollowedPlans(compiled, lambda: open_registry(files, target, make=False), tell=followed, warn=warn)
    )
    for plan in (plans.newest(one.source) for one in addresses):
        for view, reason in plan.others.items():
            text = f"{view} does not follow {plan.source}, and is as fresh as the last run: {reason}"
            session.console.info("not_followed", text, view=view, source=plan.source)
    store = session.store()
    opened.callback(store.close)

    def consumer(address: StreamAddress) -> Consumer:
        def tell(text: str) -> None:
            warn(f"{address.source}: {text}")

        stream = open_stream(address, name, tell)
        writer: Writer = FollowingWriter(lambda: plans.newest(address.source), store)
        if address.land is not None:
            folder = session.project.files.root / address.land
            stream, writer = with_landing(stream, writer, folder, tell=tell, is_patient=not pace.once)
        is_landed = address.land is not None
        return Consumer(stream, address.format, writer, stop=stop, tell=tell, pace=pace, is_landed=is_landed)

    return list(map(consumer, addresses))


class Progress:
    """One live line on a terminal, and elsewhere a line for each source every some seconds."""

    def __init__(self, session: Session, consumers: Sequence[Consumer], notes: Notes) -> None:
        self._console, self._consumers, self._notes = session.console, consumers, notes
        self._is_live = session.console.is_terminal(err=True) and not session.console.is_json
        self._told = time.monotonic()

    def statistics(self) -> list[Statistics]:
        return [one.statistics for one in self._consumers]

    def tell(self) -> None:
        """What there is to say by now; called a few times a second."""
        while not self._notes.empty():
            self._notes.get()()
        if time.monotonic() - self._told < (_LIVE_EVERY if self._is_live else _LINE_EVERY):
            return
        self._told = time.monotonic()
        if self._is_live:
            self._console.live_on("; ".join(map(line_of, self.statistics())))
        else:
            self._lines("progress")

    def end(self) -> None:
        """What was done in all."""
        self._console.rest()
        self._lines("stopped")

    def _lines(self, event: str) -> None:
        for one in self.statistics():
            self._console.info(
                event,
                line_of(one),
                source=one.source,
                rows=one.rows,
                rejected=one.rejected,
                messages=one.messages,
                batches=one.batches,
                rows_per_second=round(one.rows_per_second, 1),
                waiting=one.waiting,
                pending=one.pending,
                watermark=None if one.watermark is None else f"{one.watermark.isoformat()}Z",
                failures=one.failures,
                fault=one.fault,
            )


def line_of(one: Statistics) -> str:
    """`shop.orders: 1,200 rows (400/s), 0 waiting, known until 2026-06-12 10:00:00`."""
    parts = [f"{one.rows:,} rows ({one.rows_per_second:,.0f}/s)"]
    if one.rejected:
        parts.append(f"{one.rejected:,} put aside")
    if one.waiting is not None and one.pending is not None:
        parts.append(f"{one.waiting:,} waiting, {one.pending:,} in hand")
    if one.watermark is not None:
        parts.append(f"known until {one.watermark:%Y-%m-%d %H:%M:%S}")
    if one.fault is not None:
        parts.append(f"held up: {one.fault}")
    return f"{one.source}: {', '.join(parts)}"


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """The first SIGINT or SIGTERM says stop; the next one ends the process at once, which loses nothing either."""

    def say_stop(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, say_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
