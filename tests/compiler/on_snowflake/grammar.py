"""SQLFluff's grammars, which share nothing with sqlglot's: does a text parse in full?"""

from __future__ import annotations

from functools import cache

from sqlfluff.core import FluffConfig, Linter


def unparsable(text: str, dialect: str = "snowflake") -> list[str]:
    """The parts of a statement that the grammar does not know; nothing if it knows all of it."""
    parsed = _linter(dialect).parse_string(text)
    assert parsed.tree is not None, parsed.violations
    return [part.raw for part in parsed.tree.recursive_crawl("unparsable")]


@cache
def _linter(dialect: str) -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": dialect, "large_file_skip_byte_limit": 0}))
