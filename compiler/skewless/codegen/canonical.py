"""Trees as texts that are equal where only their writing differs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlglot import exp

from skewless.contract.ir import Pipeline
from skewless.contract.names import EVENT
from skewless.contract.windows import moment_offset

_FLIPPED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.GTE: exp.LTE,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.LT: exp.GT,
}


def canonical(tree: exp.Expr, *, with_lengths: bool = True) -> str:
    """A text that says what a tree computes, and not how it is written; or all of it but how long windows are.

    Comments, brackets and quotes that change nothing, the order of conditions of AND and OR, the unit of a window's
    length, the side on which the event time is compared, and words of a join or a frame that may be left out, leave it
    as it is. It is no SQL: brackets are never needed to read it, so none can be taken away wrongly.
    """
    return json.dumps(_form(tree, with_lengths), sort_keys=True, separators=(",", ":"))


def canonical_rows(pipeline: Pipeline) -> str:
    """A digest of the rows that a pipeline yields: names of its steps and of the relations in them, and the order in
    which independent steps are written, leave it as it is. What no later step reads is not part of it."""
    steps = {step.name: step.query for step in pipeline.steps}
    digests = {scan.name: scan.source.name for scan in pipeline.scans}
    reads_by_place = any(query.find(exp.Star, exp.SetOperation) for query in steps.values())

    def digest(name: str) -> str:
        if name not in digests:
            query = anonymous(steps[name])
            for found in query.find_all(exp.Table):
                if not found.db and (found.name in steps or found.name in digests):
                    found.this.set("this", digest(found.name))
            if not reads_by_place:
                _sort_projections(query)
            digests[name] = hashlib.sha256(canonical(query).encode()).hexdigest()
        return digests[name]

    return digest(pipeline.output)


def anonymous(query: exp.Query) -> exp.Query:
    """A copy in which relations are called r1, r2, ... in the order in which they are read."""
    copied = query.copy()
    names: dict[int, dict[str, str]] = {}
    count = 0
    for select in copied.find_all(exp.Select, bfs=False):
        own: dict[str, str] = {}
        for relation in _relations(select):
            count += 1
            own[relation.alias_or_name.lower()] = f"r{count}"
        names[id(select)] = own
    for column in list(copied.find_all(exp.Column)):
        if column.table and (name := _resolved(column, names)) is not None:
            column.set("table", exp.Identifier(this=name))
    for select in copied.find_all(exp.Select, bfs=False):
        for relation in _relations(select):
            _call(relation, names[id(select)][relation.alias_or_name.lower()])
    return copied


def _sort_projections(query: exp.Query) -> None:
    """Columns of a step are read by name; their places matter to `ORDER BY 1` and the like alone."""
    if isinstance(query, exp.Select) and not query.args.get("order") and not query.args.get("group"):
        query.set("expressions", sorted(query.expressions, key=lambda item: item.alias_or_name))


def _form(node: Any, with_lengths: bool) -> Any:
    """Nested lists: the kind of a node and its arguments. An argument that says no is as if it were not there."""
    if isinstance(node, list):
        return [_form(item, with_lengths) for item in node]
    if not isinstance(node, exp.Expr):
        return node if isinstance(node, str | bool | int) else str(node)
    node = _without_brackets(node)
    if isinstance(node, exp.And | exp.Or):
        return [
            type(node).__name__,
            sorted((_form(item, with_lengths) for item in _operands(node, type(node))), key=json.dumps),
        ]
    if isinstance(node, exp.Identifier):
        return ["name", node.name]
    if (offset := moment_offset(node)) is not None:
        return ["window", _compared(node).__name__, offset if with_lengths or offset == 0 else "length"]
    arguments = {key: _form(value, with_lengths) for key, value in _spelled_out(node).items() if not _says_no(value)}
    if isinstance(node, exp.If) and node.arg_key != "ifs":
        return _case(arguments)
    return [type(node).__name__, arguments]


def _spelled_out(node: exp.Expr) -> dict[str, Any]:
    """The arguments of a node: a frame in capitals and with its end, a join without the words that only decorate it."""
    if isinstance(node, exp.WindowSpec):
        said = {key: value.upper() if isinstance(value, str) else value for key, value in node.args.items()}
        return {**said, "end": said.get("end") or "CURRENT ROW"}
    if isinstance(node, exp.Join) and (node.kind == "INNER" or (node.kind == "OUTER" and node.side)):
        return {key: value for key, value in node.args.items() if key != "kind"}
    return node.args


def _case(arguments: dict[str, Any]) -> Any:
    """`if(a, b, c)` as the `CASE WHEN a THEN b ELSE c END` that it is."""
    branch = {key: value for key, value in arguments.items() if key != "false"}
    otherwise = {"default": arguments["false"]} if "false" in arguments else {}
    return ["Case", {"ifs": [["If", branch]], **otherwise}]


def _says_no(argument: Any) -> bool:
    return argument is None or argument is False or (isinstance(argument, list) and not argument)


def _without_brackets(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _operands(node: exp.Expr, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    node = _without_brackets(node)
    if not isinstance(node, kind):
        yield node
        return
    yield from _operands(node.args["this"], kind)
    yield from _operands(node.args["expression"], kind)


def _compared(comparison: exp.Expr) -> type[exp.Expr]:
    """The comparison with the event time on its left."""
    left = comparison.this.unnest()
    is_left = isinstance(left, exp.Column) and left.table == EVENT
    return type(comparison) if is_left else _FLIPPED[type(comparison)]


def _relations(select: exp.Select) -> Iterator[exp.Expr]:
    """What a SELECT reads, by its alias."""
    if (read := select.args.get("from_")) is not None:
        yield read.this
    for join in select.args.get("joins") or ():
        yield join.this
    yield from select.args.get("laterals") or ()


def _resolved(column: exp.Column, names: Mapping[int, Mapping[str, str]]) -> str | None:
    """The new name of the nearest relation of a column's table."""
    table, place = column.table.lower(), column.parent
    while place is not None:
        if (found := names.get(id(place), {}).get(table)) is not None:
            return found
        place = place.parent
    return None


def _call(relation: exp.Expr, name: str) -> None:
    alias = relation.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    relation.set("alias", exp.TableAlias(this=exp.Identifier(this=name), columns=columns))
