"""SQL text into sqlglot's tree of one query."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp, parse
from sqlglot.errors import ParseError, TokenError

from skewless.frontend.faults import Faults
from skewless.frontend.positions import keep_positions
from skewless.frontend.quotes import unclosed
from skewless.frontend.render import Rendered
from skewless.ground.spans import Span

_HELP = "models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before"
# What sqlglot says of a text that it cannot read, and the same for people; `{word}` is where it stopped.
_SENTENCES = (
    (r"Invalid expression", "'{word}' is not expected here"),
    (r"Expecting (.+)", "'{0}' is missing before '{word}'"),
    (r"Required keyword", "an operand or an argument is missing near '{word}'"),
    (r"Expected table name", "a relation is missing near '{word}'"),
    (r"The number of provided arguments \((\d+)\).*\((\d+)\)", "a function takes at most {1} arguments, not {0}"),
    (r"Expected (.+)", "{0} is expected near '{word}'"),
)


def parse_query(rendered: Rendered, faults: Faults) -> exp.Query:
    """The one SELECT of a model. Raises Abandoned after reporting what is wrong with the text."""
    try:
        statements = [statement for statement in parse(rendered.text, dialect="duckdb") if statement is not None]
    except ParseError as error:
        raise _syntax_error(error, rendered, faults) from error
    except TokenError as error:
        raise _unclosed(rendered, faults) from error
    except RecursionError as error:
        raise faults.abandon(
            "syntax-error", _end(rendered), "the SQL is nested too deeply to be read", "move a part of it into a CTE"
        ) from error
    statements = [statement for statement in statements if not isinstance(statement, exp.Semicolon)]
    if not statements:
        raise faults.abandon(
            "syntax-error", _end(rendered), "the model holds no query", "write one SELECT, or delete the file"
        )
    query = statements[0]
    if len(statements) > 1:
        raise faults.abandon(
            "unsupported-shape", statements[1], "a model is one SELECT statement", "make a file of each"
        )
    if not isinstance(query, exp.Query) or not isinstance(query, exp.Select | exp.SetOperation | exp.Subquery):
        raise faults.abandon(
            "unsupported-shape", query, f"a model is a SELECT statement, not {query.key.upper()}",
            "write SELECT keys, features FROM ...",
        )  # fmt: skip
    keep_positions(query)
    if "~" in rendered.text:
        _check_bitwise_not(query, faults)
    return query


def _check_bitwise_not(query: exp.Query, faults: Faults) -> None:
    """DuckDB reads `~a - b` as `~(a - b)`, and sqlglot as `(~a) - b`."""
    for node in query.find_all(exp.BitwiseNot):
        around = node.parent
        while isinstance(around, exp.Unary) and not isinstance(around, exp.Paren):
            around = around.parent
        if isinstance(around, exp.Binary):
            faults.report(
                "unsupported-shape", node, "how far ~ reaches is read in different ways",
                "write the brackets: (~a) - b, or ~(a - b)",
            )  # fmt: skip


def _syntax_error(error: ParseError, rendered: Rendered, faults: Faults) -> Exception:
    detail: dict[str, Any] = error.errors[0] if error.errors else {}
    line, column = detail.get("line"), detail.get("col")
    word = str(detail.get("highlight") or "")
    if line is None or column is None:
        return faults.abandon("syntax-error", _end(rendered), f"the SQL cannot be read: {error}", _HELP)
    rows = rendered.text.split("\n")
    end = sum(len(row) + 1 for row in rows[: line - 1]) + column - 1
    start = max(0, end - max(len(word), 1) + 1)
    span = rendered.source_map.span(start, min(end, len(rendered.text) - 1))
    return faults.abandon("syntax-error", span, f"the SQL cannot be read: {_sentence(detail, word)}", _HELP)


def _sentence(detail: dict[str, Any], word: str) -> str:
    description = str(detail.get("description") or "Invalid expression").rstrip(".")
    word = "{{ ... }}" if word.startswith('"__') else word
    for pattern, sentence in _SENTENCES:
        if found := re.match(pattern, description):
            return sentence.format(*found.groups(), word=word)
    return f"{description[0].lower()}{description[1:]} near '{word}'"


def _unclosed(rendered: Rendered, faults: Faults) -> Exception:
    """A quote or a comment without an end; sqlglot says that there is one, not where."""
    opened = unclosed(rendered.text)
    if opened is None:
        return faults.abandon("syntax-error", _end(rendered), "the SQL cannot be read", _HELP)
    what = {"'": "a text in quotes", '"': "a name in quotes", "/*": "a comment"}[opened["open"]]
    return faults.abandon(
        "syntax-error", rendered.source_map.span(opened.start(), opened.end() - 1),
        f"the SQL cannot be read: {what} that begins here has no end",
        "close it; if this is an end, the beginning of an earlier one is missing",
    )  # fmt: skip


def _end(rendered: Rendered) -> Span:
    last = max(len(rendered.text.rstrip()) - 1, 0)
    return rendered.source_map.span(last, last)
