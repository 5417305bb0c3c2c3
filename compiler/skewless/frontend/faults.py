"""Nodes of rendered SQL into diagnostics at the user's template."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.frontend.positions import is_placed, position
from skewless.frontend.quotes import unquoted
from skewless.frontend.sourcemap import SourceMap
from skewless.frontend.trees import called
from skewless.ground.codes import Code
from skewless.ground.diagnostics import Diagnostic, Severity
from skewless.ground.spans import Span


class Abandoned(Exception):
    """Nothing more can be said of this view."""


@dataclass(slots=True)
class Faults:
    """Collects one view's diagnostics."""

    source_map: SourceMap
    config_span: Span
    text: str = ""
    """The rendered SQL."""
    found: list[Diagnostic] = field(default_factory=list)

    def report(
        self,
        code: Code,
        where: exp.Expr | Span | None,
        message: str,
        help: str | None = None,  # noqa: A002
        severity: Severity = "error",
    ) -> None:
        span = self.span(where) if isinstance(where, exp.Expr) else where
        fault = Diagnostic(code=code, message=message, span=span or self.config_span, help=help, severity=severity)
        if fault not in self.found:
            self.found.append(fault)

    def abandon(
        self,
        code: Code,
        where: exp.Expr | Span | None,
        message: str,
        help: str | None = None,  # noqa: A002
    ) -> Abandoned:
        """Reports, and returns what to raise."""
        self.report(code, where, message, help)
        return Abandoned()

    @property
    def has_errors(self) -> bool:
        return any(fault.severity == "error" for fault in self.found)

    def span(self, node: exp.Expr) -> Span:
        """The hull of the offsets below a node, brackets closed: sqlglot keeps positions at leaves and names only."""
        here: exp.Expr | None = node
        while here is not None:
            if place := position(here):
                start, end = place["start"], place["end"]
                return self.source_map.span(self._with_name(here, start), self._closed(start, end))
            here = here.parent
        return self.config_span

    def _with_name(self, node: exp.Expr, start: int) -> int:
        """Where a call begins: some functions have no position of their own."""
        function = called(node.this if isinstance(node, exp.Window) else node)
        if isinstance(function, exp.Func) and not is_placed(function):
            name = re.search(r"\w+\($", self.text[:start])
            return name.start() if name is not None else start
        return start

    def _closed(self, start: int, end: int) -> int:
        """The end of the last bracket that is opened between the two."""
        text = unquoted(self.text)
        inside = text[start : end + 1]
        depth, place = inside.count("(") - inside.count(")"), end + 1
        while place < len(text) and (depth > 0 or text[place] == "("):
            depth += (text[place] == "(") - (text[place] == ")")
            place += 1
        return place - 1
