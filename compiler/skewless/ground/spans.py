"""Offsets in a text into positions that a person can find: file, line and column."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A stretch of a user's file. Lines and columns count from 1; the end is the last character, inclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @classmethod
    def at(cls, file: str, line: int = 1, column: int = 1) -> Span:
        """A span of one character."""
        return cls(file=file, line=line, column=column, end_line=line, end_column=column)


@dataclass(frozen=True, slots=True)
class LineMap:
    """Character offsets of one text, as lines and columns."""

    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> LineMap:
        starts = [0]
        starts.extend(index + 1 for index, char in enumerate(text) if char == "\n")
        return cls(tuple(starts))

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column), both from 1, of a character offset from 0."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def span(self, file: str, start: int, end: int) -> Span:
        """The span of the characters `start` to `end`, both inclusive."""
        line, column = self.position(start)
        end_line, end_column = self.position(max(start, end))
        return Span(file=file, line=line, column=column, end_line=end_line, end_column=end_column)
