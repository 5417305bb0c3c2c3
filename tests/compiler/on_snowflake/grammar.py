"""SQLFluff's grammar of Snowflake, which shares nothing with sqlglot's: does a text parse in full?"""

from __future__ import annotations

from functools import cache

from sqlfluff.core import FluffConfig, Linter


def unparsable(text: str) -> list[str]:
    """The parts of a statement that the grammar does not know; nothing if it knows all of it."""
    parsed = _linter().parse_string(text)
    assert parsed.tree is not None, parsed.violations
    return [part.raw for part in parsed.tree.recursive_crawl("unparsable")]


@cache
def _linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "snowflake", "large_file_skip_byte_limit": 0}))
