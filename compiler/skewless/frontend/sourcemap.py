"""Offsets in rendered SQL back to offsets in the template that the user wrote.

Jinja's nodes carry lines but no columns, so the template is lexed a second time for exact offsets, and the top-level
output nodes of its syntax tree are paired with those tokens in order. While rendering, each piece of output is preceded
by a marker with its number; `SourceMap.of` takes the markers out again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from jinja2 import Environment, nodes

from skewless.ground.spans import LineMap, Span

_MARK = re.compile("\x00(\\d+)\x01")
# Their output is captured or passed on by the template, where a marker could be cut or counted.
_CAPTURING = (nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of output comes from. Data is mapped character by character, an expression as a whole."""

    start: int
    end: int
    is_data: bool


@dataclass(frozen=True, slots=True)
class SourceMap:
    """The rendered text's pieces in order: where each starts, and where it comes from."""

    file: str
    lines: LineMap
    starts: tuple[int, ...]
    origins: tuple[Origin, ...]

    @classmethod
    def of(cls, marked: str, *, file: str, template: str, origins: tuple[Origin, ...]) -> tuple[str, SourceMap]:
        """(the rendered text without markers, its map)."""
        pieces = _MARK.split(marked)
        text, starts, found = [pieces[0]], [0], [Origin(0, 0, is_data=True)]
        length = len(pieces[0])
        for number, piece in zip(pieces[1::2], pieces[2::2], strict=True):
            starts.append(length)
            found.append(origins[min(int(number), len(origins) - 1)])
            text.append(piece)
            length += len(piece)
        return "".join(text), cls(file, LineMap.of(template), tuple(starts), tuple(found))

    def span(self, start: int, end: int) -> Span:
        """The template's span for the rendered characters `start` to `end`, both inclusive."""
        first, last = self._template_offset(start, last=False), self._template_offset(end, last=True)
        return self.lines.span(self.file, first, last)

    def _template_offset(self, offset: int, *, last: bool) -> int:
        piece = bisect_right(self.starts, offset) - 1
        origin = self.origins[piece]
        if origin.is_data:
            return min(origin.start + offset - self.starts[piece], max(origin.start, origin.end))
        return origin.end if last else origin.start


def instrument(environment: Environment, template: nodes.Template, text: str) -> tuple[Origin, ...]:
    """Puts a marker before every top-level output of the syntax tree; returns what the markers stand for."""
    origins = _token_origins(environment, text)
    marks: list[Origin] = []
    position = 0
    for output, captured in _outputs(template, captured=False):
        marked: list[nodes.Expr] = []
        for node in output.nodes:
            position = _next(origins, position, is_data=isinstance(node, nodes.TemplateData))
            if not captured:
                marked.append(nodes.TemplateData(f"\x00{len(marks)}\x01", lineno=node.lineno))
                marks.append(origins[position - 1])
            marked.append(node)
        output.nodes = marked
    return tuple(marks)


def _next(origins: tuple[Origin, ...], position: int, *, is_data: bool) -> int:
    while origins[position].is_data != is_data:
        position += 1
    return position + 1


def _outputs(node: nodes.Node, *, captured: bool) -> list[tuple[nodes.Output, bool]]:
    """Every output in the order of the text, and whether its text is captured."""
    if isinstance(node, nodes.Output):
        return [(node, captured)]
    captured = captured or isinstance(node, _CAPTURING)
    return [found for child in node.iter_child_nodes() for found in _outputs(child, captured=captured)]


def _token_origins(environment: Environment, text: str) -> tuple[Origin, ...]:
    """The data and `{{ ... }}` stretches of the template, in order."""
    origins: list[Origin] = []
    position = opened = 0
    for _, token, value in environment.lex(text):
        # Between tokens only white space is dropped (`{%-`), so the next match is the token itself.
        position = text.index(value, position)
        if token == "data":  # noqa: S105 - a kind of token, not a secret
            origins.append(Origin(position, position + len(value) - 1, is_data=True))
        elif token == "variable_begin":  # noqa: S105
            opened = position
        elif token == "variable_end":  # noqa: S105
            end = position + len(value.rstrip()) - 1
            origins.append(Origin(opened, end, is_data=False))
        position += len(value)
    return tuple(origins)
