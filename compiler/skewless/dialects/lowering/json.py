"""Values in JSON, by a path that is written out."""

from __future__ import annotations

from sqlglot import exp

from skewless.dialects.lowering.core import Lowering, Typed, Unportable
from skewless.ground.dtypes import VARCHAR

_PLAIN = "name the steps plainly: x ->> '$.orders[0].price'"


def extracted(lowering: Lowering, node: exp.Expr) -> Typed:
    """`x ->> '$.a'`, also behind `x -> '$.b'`."""
    steps, value = _steps(node), node.this
    while isinstance(value, exp.JSONExtract):
        steps, value = _steps(value) + steps, value.this
    path = "$" + steps
    constant = Typed(exp.Literal.string(path), VARCHAR, constant=path, is_text=True)
    return lowering.applied(node, "json_extract_string", [lowering.expression(value), constant])


def structure(_: Lowering, node: exp.Expr) -> Typed:
    raise Unportable(
        node, "a part of JSON is written differently by each engine", "extract one value as text: x ->> '$.name'"
    )


def _steps(node: exp.Expr) -> str:
    path = node.expression
    if not isinstance(path, exp.JSONPath):
        raise Unportable(node, "engines read such a path of JSON differently", _PLAIN)
    return "".join(_step(node, part) for part in path.expressions if not isinstance(part, exp.JSONPathRoot))


def _step(node: exp.Expr, part: exp.Expr) -> str:
    name = part.this
    if isinstance(part, exp.JSONPathKey) and isinstance(name, str):
        return f".{name}"
    if isinstance(part, exp.JSONPathSubscript) and isinstance(name, int):
        return f"[{name}]"
    raise Unportable(node, "engines read such a path of JSON differently", _PLAIN)
