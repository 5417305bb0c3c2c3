"""A tree into the text of one engine. The only caller of sqlglot's generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel

from skewless.dialects import duckdb, snowflake, unproven
from skewless.dialects.qualified import unqualified

PASSES: Mapping[str, Mapping[type[exp.Expr], Callable[..., exp.Expr]]] = {
    "duckdb": duckdb.PASSES,
    "spark": {exp.Select: unqualified},
    "snowflake": snowflake.PASSES,
    **unproven.PASSES,
}
"""By dialect. Trees of other engines have been lowered before (`statements.py`)."""


def emit(
    tree: exp.Expr, dialect: str = "duckdb", *, pretty: bool = True, comments: bool = True, copy: bool = True
) -> str:
    """SQL text with the engine's spelling of the semantics. What the engine cannot say raises UnsupportedError.

    With `copy=False` the tree is used up: it must be the caller's own, and is not to be read afterwards.
    """
    generator = Dialect.get_or_raise(dialect).generator(
        pretty=pretty,
        comments=comments,
        max_text_width=110,
        unsupported_level=ErrorLevel.RAISE,
        normalize_functions=False,
    )
    return generator.generate(lowered(tree.copy() if copy else tree, dialect), copy=False)


def lowered(tree: exp.Expr, dialect: str) -> exp.Expr:
    """The tree after every pass of the engine, innermost nodes first."""
    holder = exp.Paren(this=tree)
    passes = PASSES[dialect]
    for node in reversed(list(holder.walk())):
        if (change := passes.get(type(node))) is not None:
            parent, place, index = node.parent, node.arg_key, node.index
            changed = change(node)
            if changed is not node and parent is not None and place is not None:
                parent.set(place, changed, index)
    lowered_tree: exp.Expr = holder.this
    # The tree stands alone again, or the generator would write the brackets of its holder's context.
    lowered_tree.parent = None
    return lowered_tree
