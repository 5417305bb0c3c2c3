"""Statistics as text for Prometheus, and the small server that answers with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from skewless.ground.errors import UsageError
from skewless.ground.moments import microseconds
from skewless.ingest.stream.statistics import Statistics

PREFIX = "skewless_stream_"
METRICS: Mapping[str, tuple[str, Callable[[Statistics], float | None]]] = {
    "rows_total": ("Rows that were written.", lambda one: one.rows),
    "rejected_total": ("Rows, and messages without readable rows, that were put aside.", lambda one: one.rejected),
    "messages_total": ("Messages that were done with.", lambda one: one.messages),
    "batches_total": ("Batches that were written.", lambda one: one.batches),
    "failures_total": ("Tries at which the stream or the store failed.", lambda one: one.failures),
    "waiting_messages": ("Messages that nobody of the group has read yet.", lambda one: one.waiting),
    "pending_messages": ("Messages that were read and are not acknowledged.", lambda one: one.pending),
    "watermark_seconds": (
        "The latest known time of a row that was written, in seconds since 1970.",
        lambda one: None if one.watermark is None else microseconds(one.watermark) / 1e6,
    ),
    "failing": ("1 while something keeps the consumer from going on.", lambda one: int(one.fault is not None)),
}
"""Every metric of a source, without the prefix: its help text and its value. Those that end in _total are counters."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HOST = "127.0.0.1"


def exposition(statistics: Sequence[Statistics]) -> str:
    """Every metric of every source. One that is not known yet is left out."""
    lines: list[str] = []
    for name, (words, read) in METRICS.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += (f"# HELP {PREFIX}{name} {words}", f"# TYPE {PREFIX}{name} {kind}")
        for one in statistics:
            value = read(one)
            if value is not None:
                lines.append(f'{PREFIX}{name}{{source="{_escaped(one.source)}"}} {value:.17g}')
    return "\n".join(lines) + "\n"


@contextmanager
def metrics_server(port: int, text: Callable[[], str]) -> Iterator[str]:
    """Answers `GET /metrics` on loopback with `text` while the context lasts; gives the URL. A port of 0 is any."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            body = text().encode()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: what it would say goes past the console."""

    try:
        server = ThreadingHTTPServer((HOST, port), Handler)
    except OSError as error:
        raise UsageError(
            f"port {port} of {HOST} cannot be listened to: {error.strerror}", help="choose another one"
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
