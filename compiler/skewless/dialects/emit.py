"""A tree into the text of one engine. The only caller of sqlglot's generator."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from skewless.dialects import duckdb

PASSES = {"duckdb": duckdb.PASSES}


def emit(tree: exp.Expr, dialect: str = "duckdb", *, pretty: bool = True, comments: bool = True) -> str:
    """SQL text with the engine's spelling of the semantics. What the engine cannot say raises UnsupportedError."""
    return lowered(tree, dialect).sql(
        dialect=dialect,
        pretty=pretty,
        comments=comments,
        max_text_width=110,
        unsupported_level=ErrorLevel.RAISE,
        normalize_functions=False,
    )


def lowered(tree: exp.Expr, dialect: str) -> exp.Expr:
    """A copy of the tree on which every pass of the engine has run, innermost nodes first."""
    holder = exp.Paren(this=tree.copy())
    passes = PASSES[dialect]
    for node in reversed(list(holder.walk())):
        if (change := passes.get(type(node))) is not None:
            parent, place, index = node.parent, node.arg_key, node.index
            changed = change(node)
            if changed is not node and parent is not None and place is not None:
                parent.set(place, changed, index)
    return holder.this  # type: ignore[no-any-return]
