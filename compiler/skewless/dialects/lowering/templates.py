"""The SQL of a catalogue entry with the arguments of a call in their places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sqlglot import exp, parse_one

_PLACE = re.compile(r"\$(\d|\*)")


@lru_cache(maxsize=4_096)
def parsed(text: str, engine: str) -> exp.Expr:
    return parse_one(
        _PLACE.sub(lambda found: f"_argument_{'all' if found[1] == '*' else found[1]}", text), dialect=engine
    )


def filled(template: exp.Expr, arguments: Sequence[exp.Expr]) -> exp.Expr:
    """A copy of the template with the arguments in their places."""
    holder = exp.Paren(this=template.copy())
    for place in list(holder.find_all(exp.Column)):
        if place.name == "_argument_all":
            _spread(place, arguments)
        elif place.name.startswith("_argument_"):
            value = arguments[int(place.name.removeprefix("_argument_")) - 1].copy()
            in_operator = isinstance(place.parent, exp.Binary | exp.Unary | exp.Between | exp.In)
            place.replace(operand(value) if in_operator and not isinstance(place.parent, exp.Paren) else value)
    tree: exp.Expr = holder.this
    tree.parent = None
    return tree


def _spread(place: exp.Expr, arguments: Sequence[exp.Expr]) -> None:
    """All arguments where `$*` stands: the first of them, or one of a list."""
    call, key = place.parent, place.arg_key
    if call is None or key is None:
        raise AssertionError("$* is an argument")
    if key == "this":
        call.set("this", arguments[0].copy())
        call.set("expressions", [one.copy() for one in arguments[1:]])
    else:
        call.set(key, [one.copy() for one in arguments])


_OPERATORS = (exp.Binary, exp.Unary, exp.Between, exp.In, exp.Case)


def operand(tree: exp.Expr) -> exp.Expr:
    """The tree as an operand: in brackets if it is an operator itself."""
    return exp.paren(tree, copy=False) if isinstance(tree, _OPERATORS) else tree
