"""A report in a browser: what it requests, what it complains of, and whether its text can be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
_CONTRASTS = """
() => {
    const numbers = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = node => {
        for (; node; node = node.parentElement) {
            const colour = numbers(getComputedStyle(node).backgroundColor);
            if (colour.length === 3 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const found = {};
    for (const node of document.querySelectorAll('h1, p, th, td, a, .badge, dt, dd, figcaption, summary, svg text')) {
        const style = getComputedStyle(node);
        const front = light(numbers(node.namespaceURI.endsWith('svg') ? style.fill : style.color));
        const back = light(behind(node));
        const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        const name = node.tagName + '.' + (node.getAttribute('class') || '');
        found[name] = Math.min(found[name] || 99, contrast);
    }
    return found;
}
"""


@dataclass(frozen=True)
class OpenedPage:
    """A page, what it requested, and what it complained of."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def contrasts(self) -> dict[str, float]:
        """The least contrast of the text of each class that is on the page, as WCAG computes it."""
        found: dict[str, float] = self.page.evaluate(_CONTRASTS)
        return found


@contextmanager
def opened_page(browser: Any, path: Path, scheme: str) -> Iterator[OpenedPage]:
    """The file at `path`, in the colours `light` or `dark`."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    opened = OpenedPage(context.new_page())
    opened.page.on("request", lambda one: opened.requests.append(one.url))
    opened.page.on("console", lambda one: opened.complaints.append(one.text))
    opened.page.on("pageerror", lambda one: opened.complaints.append(str(one)))
    opened.page.on("dialog", lambda one: (opened.complaints.append(one.message), one.dismiss()))
    opened.page.goto(path.as_uri())
    yield opened
    context.close()
