"""The report in a real browser: plots are drawn, nothing is requested, nothing is complained of, nothing is run."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opened_page import OpenedPage, opened_page

from skewless.monitor.report.plots import bar_plot, spark, time_plot

from .served import DAY, write_watched

HOSTILE = "</td><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)> &"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of a service whose names and values are hostile."""
    shop = write_watched(
        tmp_path_factory.mktemp("shop"), {"amount": "double", HOSTILE: "varchar", "gone": "bigint"}, "{min_rows: 10}"
    )
    shop.train({"amount": [float(n % 37) for n in range(500)], HOSTILE: [HOSTILE, "{{ 7*7 }} {% x", None, ""] * 125})
    for day in range(3):
        shop.serve(
            {
                "amount": [float(n % 37) * (1 + day) for n in range(200)] + [math.nan],
                HOSTILE: [*[HOSTILE, "{{ 7*7 }} {% x", None, ""] * 50, None],
                "gone": [1] * 201,
            },
            at=DAY + dt.timedelta(days=day),
        )
    assert shop.monitor("--report", shop.root / "report.html").exit_code == 1
    return shop.root / "report.html"


@pytest.fixture(params=["light", "dark"])
def opened(request: pytest.FixtureRequest, browser: Any, report: Path) -> Iterator[OpenedPage]:
    with opened_page(browser, report, request.param) as found:
        yield found


def test_nothing_is_requested_and_nothing_complained_of(opened: OpenedPage, report: Path) -> None:
    opened.page.wait_for_timeout(300)
    assert opened.requests == [report.as_uri()]
    assert opened.complaints == []


def test_plots_are_drawn(opened: OpenedPage) -> None:
    page = opened.page
    drawn = page.evaluate(
        """() => [...document.querySelectorAll('#feature-1 svg')].map(svg => {
            const box = svg.getBoundingClientRect();
            const marks = [...svg.querySelectorAll('rect, polyline')].map(one => one.getBoundingClientRect());
            return [box.width > 200, box.height > 40, marks.filter(one => one.width > 1).length];
        })"""
    )
    assert len(drawn) == 3
    assert all(wide and high and marks for wide, high, marks in drawn), drawn
    assert page.locator("article").count() == 3
    colour = "getComputedStyle(document.querySelector('svg rect.served')).fill"
    assert page.evaluate(colour) != page.evaluate(colour.replace("served", "baseline"))


def test_names_and_values_are_shown_as_they_are(opened: OpenedPage) -> None:
    page = opened.page
    assert page.locator("h3", has_text=HOSTILE).count() == 1
    assert page.evaluate("document.scripts.length + document.images.length") == 0
    assert page.locator("svg text", has_text="{{ 7*7 }} {% x").count() == 1


def test_what_needs_looking_at_is_first(opened: OpenedPage) -> None:
    levels = [text.split()[-1] for text in opened.page.locator("tbody td:first-child .badge").all_inner_texts()]
    assert levels == ["fail", "warn", "pass"]


def test_text_can_be_read_against_what_is_behind_it(opened: OpenedPage) -> None:
    """WCAG AA: a contrast of 4.5 for text of every class that is on the page."""
    contrasts = opened.contrasts()
    assert len(contrasts) > 10
    assert {name: value for name, value in contrasts.items() if value < 4.5} == {}


def test_every_plot_has_a_name_and_every_link_a_target(opened: OpenedPage) -> None:
    page = opened.page
    assert page.evaluate("[...document.querySelectorAll('svg')].every(one => one.getAttribute('aria-label'))")
    assert page.evaluate(
        "[...document.querySelectorAll('a')].every(one => document.querySelector(one.getAttribute('href')))"
    )
    assert page.evaluate("document.documentElement.lang") == "en"


def test_a_narrow_screen_scrolls_down_only(browser: Any, report: Path) -> None:
    context = browser.new_context(viewport={"width": 380, "height": 800})
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 380
    context.close()


# Without a browser.


def test_the_page_names_no_address(report: Path) -> None:
    text = re.sub(r"&lt;.*?&gt;", "", report.read_text(encoding="utf-8"))
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"(?!#|data:,)", text)


def test_a_plot_over_time_breaks_where_a_period_has_no_value() -> None:
    values = {DAY + dt.timedelta(days=day): value for day, value in enumerate([0.1, 0.2, None, 0.3, 0.1])}
    plot = time_plot(values, str, {"warn": 0.25, "fail": 9.0})
    assert plot is not None
    assert len(plot.points) == 4
    assert [path.count(",") for path in plot.paths] == [2, 2]
    assert [level.text for level in plot.levels if level.kind != "tick"] == ["warn"]


def test_plots_of_little_have_no_division_by_zero() -> None:
    assert bar_plot([("a", 0.0, 0.0)]).rows[0].served == 0
    assert time_plot({DAY: None}, str) is None
    assert spark({DAY: 0.0}, least_top=0.1) is None
    single = time_plot({DAY: 0.0}, str)
    assert single is not None
    assert single.last == ""


def test_a_report_over_another_one_is_whole(report: Path) -> None:
    assert report.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert not list(report.parent.glob(".*partial"))
