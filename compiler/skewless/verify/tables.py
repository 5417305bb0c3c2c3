"""Expected against actual, as a table in plain text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any


def differences_table(
    title: str,
    expected: Sequence[Mapping[str, Any]],
    actual: Sequence[Mapping[str, Any]],
    differing: Collection[tuple[int, str]],
) -> str:
    """The rows that differ: what tells them apart, and each differing column as `expected -> actual`."""
    columns = list(dict.fromkeys(name for row in expected for name in row))
    wrong = {name for _, name in differing}
    shown = [
        name
        for name in columns
        if name in wrong or all(name not in row for row in actual) or name in _labels(columns, wrong)
    ]
    lines = [["", *shown]]
    for number in sorted({row for row, _ in differing}):
        cells = [_cell(number, name, expected[number], actual[number], differing) for name in shown]
        lines.append([f"row {number + 1}", *cells])
    return "\n".join([f"{title} (expected -> actual):", *_aligned(lines)])


def rows_table(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as they are."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return "\n".join([title, *_aligned([columns, *([show(row.get(name)) for name in columns] for row in rows)])])


def show(value: Any) -> str:
    """A value as a person writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _labels(columns: Sequence[str], wrong: Collection[str]) -> list[str]:
    """Columns before the first wrong one tell a row apart: keys come first."""
    first = min((columns.index(name) for name in wrong if name in columns), default=0)
    return list(columns[: min(first, 4)]) + (["as_of"] if "as_of" in columns else [])


def _cell(
    number: int,
    name: str,
    expected: Mapping[str, Any],
    actual: Mapping[str, Any],
    differing: Collection[tuple[int, str]],
) -> str:
    if (number, name) in differing:
        return f"{show(expected.get(name))} -> {show(actual.get(name))}"
    return show(expected.get(name)) if name in expected else ""


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    padded = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    rule = "  " + "  ".join("-" * width for width in widths)
    return [padded[0], rule, *padded[1:]]
