"""Every diagnostic code. A code is a promise: its page is `skewless explain CODE`, its golden a test."""

from __future__ import annotations

from typing import Literal, get_args

Code = Literal[
    # templates
    "undefined-variable",
    "template-error",
    "unsupported-introspection",
    # SQL text and names
    "unreadable-file",
    "syntax-error",
    "unknown-source",
    "unknown-view",
    "unknown-column",
    "unknown-function",
    "ambiguous-column",
    "circular-reference",
    "duplicate-name",
    "type-mismatch",
    # properties and configuration
    "unknown-key",
    "invalid-value",
    "missing-key",
    "unknown-entity",
    "unknown-feature",
    "missing-event-time",
    # meaning
    "entity-key-missing",
    "future-leakage",
    "unbounded-window",
    "calendar-window",
    "nondeterministic-function",
    "no-total-order",
    "late-rows-in-window",
    "unordered-limit",
    "untimed-join",
    "unsupported-shape",
    "kind-mismatch",
    "unusable-plan",
    "unportable-function",
]
CODES: tuple[Code, ...] = get_args(Code)
