"""The page of an audit in a real browser: bars, lines and tables are drawn, and nothing is requested, complained of or run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opened_page import OpenedPage, opened_page

from skewless.serve.vector import Vector

from .shop import Shop, sale

HOSTILE = "</td><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)> {{ 7*7 }} &"
NAMED = f"""{{{{ config(entity='e', ttl='9 days') }}}}
select k, cast(id as varchar) || '<img src=http://127.0.0.1:9/y>' as "{HOSTILE.replace("{{ 7*7 }}", "{{ '{{ 7*7 }}' }}")}"
from {{{{ source('s', 'sales') }}}}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days on which rows came late, and on the second of which nothing explains a value. Names are hostile."""
    shop = Shop(tmp_path_factory.mktemp("shop") / "shop")
    (shop.folder / "features" / "named.sql").write_text(NAMED)
    properties = shop.folder / "features" / "p.yml"
    properties.write_text(properties.read_text().replace("[spent, latest, ", "[spent, latest, named, "))
    kept = [sale(day, 24 * day - 3) for day in range(3)]
    late = [sale(10 + day, 24 * day - 0.5) for day in range(3)]

    def changed(vector: Vector) -> Vector:
        return replace(vector, values={**vector.values, "newest": [777]})

    for day in range(3):
        shop.holds(*kept[: day + 1], *late[:day])
        shop.serve(loaded=24 * day, asked=24 * day, request_id=HOSTILE, change=changed if day == 1 else None)
    shop.holds(*kept, *late)
    path = shop.folder / "report.html"
    assert shop.audit("--report", str(path)).exit_code == 1
    return path


@pytest.fixture(params=["light", "dark"])
def opened(request: pytest.FixtureRequest, browser: Any, report: Path) -> Iterator[OpenedPage]:
    with opened_page(browser, report, request.param) as found:
        yield found


def test_nothing_is_requested_and_nothing_complained_of(opened: OpenedPage, report: Path) -> None:
    for summary in opened.page.locator("summary").all():
        summary.click()
    opened.page.wait_for_timeout(300)
    assert opened.requests == [report.as_uri()]
    assert opened.complaints == []


def test_plots_are_drawn(opened: OpenedPage) -> None:
    """Causes, the days of each cause, and how late the rows of each view were."""
    drawn = opened.page.evaluate(
        """() => [...document.querySelectorAll('svg')].map(svg => {
            const box = svg.getBoundingClientRect();
            const marks = [...svg.querySelectorAll('rect.served, polyline')].map(one => one.getBoundingClientRect());
            return [svg.getAttribute('aria-label'), box.width > 200 && box.height > 20,
                    marks.filter(one => one.width > 1).length];
        })"""
    )
    names = [name for name, _, _ in drawn]
    assert names[0] == "values that differ, by cause"
    assert {"share of rows by day: late data", "share of rows by day: unexplained"} <= set(names)
    assert {f"how late rows of {view} were" for view in ("spent", "latest", "named", "listed")} <= set(names)
    assert all(is_large and marks for _, is_large, marks in drawn), drawn


def test_tables_are_drawn(opened: OpenedPage) -> None:
    page = opened.page
    assert page.locator("main > div.card table tbody tr").count() == 8
    page.locator("#late details").first.locator("summary").click()
    rows = page.locator("#late details").first.locator("table tbody tr")
    assert rows.count() == 1
    assert rows.first.inner_text().startswith("2026-06-12 11:30:00")


def test_names_and_values_are_shown_as_they_are(opened: OpenedPage) -> None:
    page = opened.page
    assert page.evaluate("document.scripts.length + document.images.length") == 0
    assert page.locator("td.name", has_text=HOSTILE).count() == 1
    page.locator("#late details").first.locator("summary").click()
    assert page.locator("dd", has_text=HOSTILE).first.is_visible()


def test_text_can_be_read_against_what_is_behind_it(opened: OpenedPage) -> None:
    """WCAG AA: a contrast of 4.5."""
    contrasts = opened.contrasts()
    assert len(contrasts) > 10
    assert {name: value for name, value in contrasts.items() if value < 4.5} == {}


def test_a_narrow_screen_scrolls_down_only(browser: Any, report: Path) -> None:
    context = browser.new_context(viewport={"width": 380, "height": 800})
    page = context.new_page()
    page.goto(report.as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 380
    context.close()


# Without a browser.


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def test_the_report_has_every_cause_and_escapes_what_it_shows(shop: Shop) -> None:
    shop.holds(sale(1, -3))
    shop.serve()
    shop.holds(sale(1, -3), sale(2, -0.5))
    path = shop.folder / "pages" / "report.html"
    assert shop.audit("--report", str(path)).exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert "<h3>late data</h3>" in text
    assert "Rows that make the difference" in text
    assert "2026-06-12 11:30:00" in text
    assert "<script" not in text
    assert "spent: 0:30:00 more" in text


def test_a_report_of_what_does_not_differ_is_a_page(shop: Shop) -> None:
    shop.holds(sale(1, -3))
    shop.serve()
    path = shop.folder / "report.html"
    assert shop.audit("--report", str(path)).exit_code == 0
    assert "✓ equal" in path.read_text(encoding="utf-8")
