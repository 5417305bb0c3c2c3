"""Numbers into the geometry of plots, which the macros of `plots.html` draw as SVG. Lengths are in its user units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from skewless.monitor.report.frame import moment_text

_ROW, _LABELS, _BARS_WIDTH, _PLOT_WIDTH = 26, 164, 280, 560
_TIME_LEFT, _TIME_RIGHT, _TIME_TOP, _TIME_HEIGHT = 46, 14, 10, 96
_SPARK_WIDTH, _SPARK_HEIGHT = 84, 22
_LONGEST = 25
"""Letters of a label that have room; the whole of it is in the title of its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A bin: where it is, how long its two bars are, and what is said of it."""

    y: int
    label: str
    title: str
    baseline: float
    served: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPlot:
    """Two histograms side by side, a row for each bin."""

    width: int
    height: int
    left: int
    rows: tuple[Row, ...]


def bar_plot(bins: Sequence[tuple[str, float, float]]) -> BarPlot:
    """Bars of (label, share of the baseline, share of what was served), the longest as wide as there is room."""
    longest = max((max(base, now) for _, base, now in bins), default=0.0) or 1.0
    rows = [
        Row(
            y=number * _ROW,
            label=label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…",
            title=f"{label}: baseline {base:.1%}, served {now:.1%}",
            baseline=round(base / longest * _BARS_WIDTH, 1),
            served=round(now / longest * _BARS_WIDTH, 1),
            text=f"{base:.1%} → {now:.1%}",
        )
        for number, (label, base, now) in enumerate(bins)
    ]
    return BarPlot(width=_PLOT_WIDTH, height=max(_ROW * len(rows), _ROW), left=_LABELS, rows=tuple(rows))


def count_plot(counts: Sequence[tuple[str, int]]) -> BarPlot:
    """One bar of each (label, count), the longest as wide as there is room."""
    longest = max((count for _, count in counts), default=0) or 1
    rows = [
        Row(
            y=number * _ROW,
            label=label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…",
            title=f"{label}: {count:,}",
            baseline=0.0,
            served=round(count / longest * _BARS_WIDTH, 1),
            text=f"{count:,}",
        )
        for number, (label, count) in enumerate(counts)
    ]
    return BarPlot(width=_PLOT_WIDTH, height=max(_ROW * len(rows), _ROW), left=_LABELS, rows=tuple(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A horizontal line: a tick of the axis, or a threshold."""

    y: float
    text: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePlot:
    """A measure by period. `paths` are its unbroken lines, as the points of a polyline."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    points: tuple[Point, ...]
    paths: tuple[str, ...]
    levels: tuple[Level, ...]
    first: str
    last: str


def time_plot(
    values: Mapping[dt.datetime, float | None],
    show: Callable[[float], str],
    thresholds: Mapping[str, float | None] | None = None,
    *,
    least_top: float = 0.0,
) -> TimePlot | None:
    """A line over time from zero up, broken where a period has no value; None if none has one.

    The axis reaches `least_top` at least, and is longer for a threshold that is no further than three times as far.
    """
    known = {start: value for start, value in values.items() if value is not None}
    if not known:
        return None
    starts = sorted(values)
    lines = {kind: value for kind, value in (thresholds or {}).items() if value is not None}
    top = max(*known.values(), least_top, 1e-9)
    top = max([top, *(value * 1.1 for value in lines.values() if value <= top * 3)])
    across, width = _scale(starts), _PLOT_WIDTH - _TIME_LEFT - _TIME_RIGHT

    def point(start: dt.datetime, value: float) -> Point:
        return Point(
            x=round(_TIME_LEFT + across(start) * width, 1),
            y=_height(value, top),
            title=f"{moment_text(start)}: {show(value)}",
        )

    points = {start: point(start, value) for start, value in known.items()}
    ticks = [Level(y=_height(value, top), text=show(value), kind="tick") for value in (0.0, top / 2, top)]
    marks = [Level(y=_height(value, top), text=kind, kind=kind) for kind, value in lines.items() if value <= top]
    return TimePlot(
        width=_PLOT_WIDTH,
        height=_TIME_TOP + _TIME_HEIGHT + 22,
        left=_TIME_LEFT,
        right=_PLOT_WIDTH - _TIME_RIGHT,
        bottom=_TIME_TOP + _TIME_HEIGHT,
        points=tuple(points.values()),
        paths=tuple(_paths(starts, points)),
        levels=(*ticks, *marks),
        first=moment_text(starts[0]),
        last=moment_text(starts[-1]) if len(starts) > 1 else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """A line without axes, of the size of a word."""

    width: int
    height: int
    paths: tuple[str, ...]
    last: Point


def spark(values: Mapping[dt.datetime, float | None], *, least_top: float) -> Spark | None:
    """A line from zero up; None of fewer than two values."""
    known = {start: value for start, value in values.items() if value is not None}
    if len(known) < 2:
        return None
    starts, top = sorted(values), max(*known.values(), least_top)
    across = _scale(starts)
    points = {
        start: Point(
            x=round(3 + across(start) * (_SPARK_WIDTH - 6), 1),
            y=round(3 + (_SPARK_HEIGHT - 6) * (1 - value / top), 1),
            title="",
        )
        for start, value in known.items()
    }
    paths = tuple(_paths(starts, points))
    return Spark(width=_SPARK_WIDTH, height=_SPARK_HEIGHT, paths=paths, last=points[max(known)])


def _scale(starts: Sequence[dt.datetime]) -> Callable[[dt.datetime], float]:
    """A moment to its place between the first and the last, from 0 to 1; the middle if there is one alone."""
    length = (starts[-1] - starts[0]).total_seconds()
    return lambda moment: (moment - starts[0]).total_seconds() / length if length else 0.5


def _height(value: float, top: float) -> float:
    return round(_TIME_TOP + _TIME_HEIGHT * (1 - value / top), 1)


def _paths(starts: Sequence[dt.datetime], points: Mapping[dt.datetime, Point]) -> list[str]:
    paths: list[list[str]] = [[]]
    for start in starts:
        if start in points:
            paths[-1].append(f"{points[start].x},{points[start].y}")
        else:
            paths.append([])
    return [" ".join(path) for path in paths if len(path) > 1]
