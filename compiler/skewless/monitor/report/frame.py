"""A template and what it shows into one HTML file: the frame that all report pages share.

A page extends `frame.html`, fills its blocks `title`, `header` and `main`, and may import the macros of `plots.html`.
Everything in it that comes from data is escaped; a policy in the page forbids scripts and requests of any kind.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def page(template: str, **shown: Any) -> str:
    """The page of a template. Moments are naive UTC."""
    environment = Environment(
        loader=PackageLoader("skewless.monitor.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": moment_text, "number": number_text, "share": share_text, "value": value_text}
    return environment.get_template(template).render(**shown) + "\n"


def moment_text(moment: dt.datetime) -> str:
    """A day when it is a midnight, else to the minute."""
    is_day = moment.time() == dt.time()
    return f"{moment:%Y-%m-%d}" if is_day else f"{moment:%Y-%m-%d %H:%M}"


def number_text(value: float | None) -> str:
    """Three decimals; a dash for what has no value."""
    return "–" if value is None else f"{value:.3f}"


def share_text(value: float | None) -> str:
    """Per cent with one decimal; a dash for what has no value."""
    return "–" if value is None else f"{value:.1%}"


def value_text(value: Any) -> str:
    """A feature's or a key's value: ten significant digits of a double, NULL for none."""
    if value is None:
        return "NULL"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
