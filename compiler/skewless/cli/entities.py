"""The texts of `--entity` into entity rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_EXAMPLE = """write it as --entity '{"user_id": 42}', or --entity @file.json"""


def parse_entities(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Each text is an object, a list of objects, `@file` or `@-` (stdin). Raises UsageError, naming the place."""
    rows: list[dict[str, Any]] = []
    for number, text in enumerate(texts, start=1):
        name = "--entity" if len(texts) == 1 else f"--entity number {number}"
        rows.extend(_rows(_content(text), f"--entity {text}" if text.startswith("@") else name))
    return rows


def _content(text: str) -> str:
    from skewless.ground.errors import UsageError

    if not text.startswith("@"):
        return text
    try:
        return sys.stdin.read() if text == "@-" else Path(text[1:]).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"the file '{text[1:]}' cannot be read: {error.strerror}", help=_EXAMPLE) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the file '{text[1:]}' is not UTF-8 text", help="save it with the encoding UTF-8") from error


def _rows(text: str, name: str) -> list[dict[str, Any]]:
    from skewless.ground.errors import UsageError

    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{name} is not JSON: {error.msg} at {where}", help=_EXAMPLE) from error
    except RecursionError as error:
        raise UsageError(f"{name} is nested too deeply", help=_EXAMPLE) from error
    rows = value if isinstance(value, list) else [value]
    for row in rows:
        if not isinstance(row, dict):
            raise UsageError(f"{name} must be an object of field to value, not {json.dumps(row)[:40]}", help=_EXAMPLE)
    return rows
