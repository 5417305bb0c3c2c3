"""Nodes of rendered SQL into diagnostics at the user's template."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from skewless.frontend.sourcemap import SourceMap
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
        fault = Diagnostic(
            code=code, message=message, span=span or self.config_span, help=help, severity=severity
        )
        if fault not in self.found:
            self.found.append(fault)

    def abandon(
        self, code: Code, where: exp.Expr | Span | None, message: str, help: str | None = None  # noqa: A002
    ) -> Abandoned:
        """Reports, and returns what to raise."""
        self.report(code, where, message, help)
        return Abandoned()

    @property
    def has_errors(self) -> bool:
        return any(fault.severity == "error" for fault in self.found)

    def span(self, node: exp.Expr) -> Span:
        """The hull of the offsets below a node: sqlglot keeps positions at leaves and names of functions only."""
        here: exp.Expr | None = node
        while here is not None:
            offsets = [below.meta for below in here.walk() if "start" in below.meta]
            if offsets:
                return self.source_map.span(
                    min(meta["start"] for meta in offsets), max(meta["end"] for meta in offsets)
                )
            here = here.parent
        return self.config_span
