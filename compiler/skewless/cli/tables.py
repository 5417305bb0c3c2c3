"""Rows into a table that a person can read: drawn by rich on a terminal, aligned plain text in a pipe."""

from __future__ import annotations

import datetime as dt
import shutil
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from skewless.cli.console import Console

_NULL = "NULL"


def print_table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Writes the table as data. A table wider than the terminal is written record by record."""
    cells = [[cell_text(value) for value in row] for row in rows]
    numeric = [_is_numeric([row[place] for row in rows]) for place in range(len(columns))]
    names = [cell_text(name) for name in columns]
    if not console.is_terminal(err=False):
        console.data(_plain(names, cells, numeric))
    elif _width(names, cells) > shutil.get_terminal_size().columns:
        console.data(_records(names, cells))
    else:
        console.data(_drawn(console, names, cells, numeric))


def cell_text(value: Any) -> str:
    """A value as a cell: one line, and nothing in it that a terminal would obey."""
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value)
        return text if len(text) <= 12 else f"{value:.10g}"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, list | tuple):
        return f"[{', '.join(cell_text(item) for item in value)}]"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(value))


def _plain(names: list[str], cells: list[list[str]], numeric: list[bool]) -> str:
    widths = [max(map(_cells, column)) for column in zip(names, *cells, strict=True)]
    lines = [_row(names, widths, numeric), "  ".join("-" * width for width in widths)]
    lines += [_row(row, widths, numeric) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def _row(texts: list[str], widths: list[int], numeric: list[bool]) -> str:
    padded = [
        " " * (width - _cells(text)) + text if right else text + " " * (width - _cells(text))
        for text, width, right in zip(texts, widths, numeric, strict=True)
    ]
    return "  ".join(padded)


def _records(names: list[str], cells: list[list[str]]) -> str:
    width = max(map(_cells, names), default=0)
    blocks = []
    for number, row in enumerate(cells, start=1):
        pairs = [f"{name}{' ' * (width - _cells(name))}  {text}" for name, text in zip(names, row, strict=True)]
        blocks.append("\n".join([f"-- {number} ".ljust(width + 2, "-"), *pairs]))
    return "\n".join(blocks) if blocks else "  ".join(names)


def _drawn(console: Console, names: list[str], cells: list[list[str]], numeric: list[bool]) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console as Rich
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, right in zip(names, numeric, strict=True):
        table.add_column(Text(name), justify="right" if right else "left", no_wrap=True)
    for row in cells:
        table.add_row(*(Text(text, style="dim" if text == _NULL else "") for text in row))
    width, plain = shutil.get_terminal_size().columns, not console.has_colours(err=False)
    rich = Rich(force_terminal=True, no_color=plain, width=width)
    with rich.capture() as captured:
        rich.print(table)
    return captured.get().rstrip("\n")


def _width(names: list[str], cells: list[list[str]]) -> int:
    return sum(max(map(_cells, column)) + 3 for column in zip(names, *cells, strict=True))


def _cells(text: str) -> int:
    """Columns of the terminal: East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _is_numeric(values: Sequence[Any]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(type(one) in (int, float, Decimal) for one in present)
