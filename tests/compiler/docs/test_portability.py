"""docs/portability.md says what the catalogue says. `pytest --bless` writes it anew."""

from __future__ import annotations

from pathlib import Path

from portability.page import page

from skewless.dialects.catalogue import ENTRIES
from skewless.dialects.catalogue.meanings import MEANINGS

PAGE = Path(__file__).parents[3] / "docs" / "portability.md"


def test_the_page_is_that_of_the_catalogue(bless: bool) -> None:
    if bless:
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_function_has_a_meaning_and_every_meaning_a_function() -> None:
    assert set(MEANINGS) == {entry.name for entry in ENTRIES}


def test_there_are_enough_of_them() -> None:
    assert len(ENTRIES) >= 250
