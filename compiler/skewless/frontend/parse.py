"""SQL text into sqlglot's tree of one query."""

from __future__ import annotations

from sqlglot import exp, parse
from sqlglot.errors import ParseError, TokenError

from skewless.frontend.faults import Faults
from skewless.frontend.render import Rendered
from skewless.ground.spans import Span


def parse_query(rendered: Rendered, faults: Faults) -> exp.Query:
    """The one SELECT of a model. Raises Abandoned after reporting what is wrong with the text."""
    try:
        statements = [statement for statement in parse(rendered.text, dialect="duckdb") if statement is not None]
    except ParseError as error:
        raise _syntax_error(error, rendered, faults) from error
    except TokenError as error:
        message = str(error).split("\n")[0]
        raise faults.abandon("syntax-error", _end(rendered), f"the SQL cannot be read: {message}") from error
    statements = [statement for statement in statements if not isinstance(statement, exp.Semicolon)]
    if not statements:
        raise faults.abandon(
            "syntax-error", _end(rendered), "the model holds no query", "write one SELECT, or delete the file"
        )
    if len(statements) > 1 or not isinstance(statements[0], exp.Query):
        raise faults.abandon(
            "unsupported-shape", statements[-1], "a model is one SELECT statement", "split it into one file a view"
        )
    query = statements[0]
    return query.unnest() if isinstance(query, exp.Subquery) else query


def _syntax_error(error: ParseError, rendered: Rendered, faults: Faults) -> Exception:
    detail = error.errors[0] if error.errors else {}
    line, column = detail.get("line"), detail.get("col")
    word = str(detail.get("highlight") or "")
    if line is None or column is None:
        return faults.abandon("syntax-error", _end(rendered), f"the SQL cannot be read: {error}")
    rows = rendered.text.split("\n")
    end = sum(len(row) + 1 for row in rows[: line - 1]) + column - 1
    start = max(0, end - max(len(word), 1) + 1)
    message = str(detail.get("description") or "Invalid expression").rstrip(".")
    near = f" near '{word}'" if word else ""
    return faults.abandon(
        "syntax-error",
        rendered.source_map.span(start, min(end, len(rendered.text) - 1)),
        f"the SQL cannot be read{near}: {message[0].lower()}{message[1:]}",
        "models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before",
    )


def _end(rendered: Rendered) -> Span:
    last = max(len(rendered.text.rstrip()) - 1, 0)
    return rendered.source_map.span(last, last)
