"""What a consumer says of itself: one snapshot, as a line and as metrics."""

from __future__ import annotations

import datetime as dt
import urllib.error
import urllib.request

import pytest
from docs.pages import quoted, read, rows, section

from skewless.cli.stream import line_of
from skewless.ground.errors import UsageError
from skewless.ingest.stream.kind import Lag
from skewless.ingest.stream.metrics import METRICS, PREFIX, exposition, metrics_server
from skewless.ingest.stream.statistics import Counts, Statistics

TEN = dt.datetime(2026, 6, 12, 10)
BUSY = Statistics(
    source="shop.orders", messages=40, rows=1200, rejected=2, batches=3, rows_per_second=400.4, waiting=7, pending=1,
    watermark=TEN, failures=1, fault="the stream is gone",
)  # fmt: skip


def test_a_line_says_what_there_is_to_say() -> None:
    assert line_of(Statistics(source="shop.orders")) == "shop.orders: 0 rows (0/s)"
    assert line_of(BUSY) == (
        "shop.orders: 1,200 rows (400/s), 2 put aside, 7 waiting, 1 in hand, known until 2026-06-12 10:00:00, "
        "held up: the stream is gone"
    )


def test_metrics_have_a_line_for_each_source() -> None:
    text = exposition([BUSY, Statistics(source='odd"name')])
    assert "# TYPE skewless_stream_rows_total counter\n" in text
    assert 'skewless_stream_rows_total{source="shop.orders"} 1200\n' in text
    assert 'skewless_stream_rows_total{source="odd\\"name"} 0\n' in text
    assert (
        f'skewless_stream_watermark_seconds{{source="shop.orders"}} {int(TEN.replace(tzinfo=dt.UTC).timestamp())}\n'
        in text
    )
    assert 'skewless_stream_waiting_messages{source="odd' not in text
    assert 'skewless_stream_failing{source="shop.orders"} 1\n' in text


def test_prometheus_reads_them() -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    families = {one.name: one for one in parser.text_string_to_metric_families(exposition([BUSY]))}
    assert families["skewless_stream_rows"].samples[0].value == 1200


def test_metrics_are_listed() -> None:
    listed = {quoted(row[0])[0] for row in rows(section(read("how-to/stream-events.md"), "Watch it"))}
    assert listed == {f"{PREFIX}{name}" for name in METRICS}


def test_the_server_answers_for_metrics_and_nothing_else() -> None:
    with metrics_server(0, lambda: "x 1\n") as url:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            assert answer.read() == b"x 1\n"
            assert answer.headers["Content-Type"].startswith("text/plain")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url.replace("metrics", "else"), timeout=5)  # noqa: S310
        port = int(url.split(":")[2].split("/")[0])
        with pytest.raises(UsageError, match=f"port {port}"), metrics_server(port, str):
            pass


def test_rows_per_second_are_those_of_the_last_ten() -> None:
    moment = [100.0]
    counts = Counts("shop.orders", clock=lambda: moment[0])
    counts.wrote(messages=1, rows=50, watermark=TEN)
    moment[0] = 105.0
    counts.wrote(messages=1, rows=50, watermark=None)
    counts.lags(Lag(waiting=3, pending=2))
    found = counts.snapshot()
    assert (found.rows, found.batches, found.rows_per_second) == (100, 2, 20.0)
    assert (found.watermark, found.waiting, found.pending) == (TEN, 3, 2)
    moment[0] = 112.0
    assert counts.snapshot().rows_per_second == 5.0
