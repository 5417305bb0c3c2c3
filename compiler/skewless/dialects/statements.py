"""A whole statement of generated SQL into another engine's: columns are typed relation by relation, in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.contract.names import AT, ROW
from skewless.dialects.lowering import lowering_for
from skewless.dialects.lowering.aggregates import sorted_by
from skewless.dialects.lowering.core import Lowering, Target
from skewless.dialects.lowering.windows import named_window
from skewless.ground.dtypes import BIGINT, TIMESTAMP, DataType

Schema = Mapping[str, DataType | None]
"""The columns of a relation; None of a column that is as the engine has it."""
_OWN: Schema = {ROW: BIGINT, AT: TIMESTAMP}
"""The columns that skewless gives to every relation of moments."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """The relations of one SELECT, by alias."""

    relations: Mapping[str, Schema | None]
    outputs: dict[str, DataType | None] = field(default_factory=dict)

    def dtype(self, node: exp.Column) -> DataType | None:
        name = node.name.lower()
        if node.table:
            return _column(self.relations[node.table], name)
        for schema in self.relations.values():
            if schema is not None and name in schema:
                return schema[name]
        return self.outputs.get(name) if name in self.outputs else _OWN.get(name)


def _column(schema: Schema | None, name: str) -> DataType | None:
    """Of a relation that nobody described, only skewless's own columns are known."""
    return _OWN.get(name) if schema is None else schema.get(name)


class Statement:
    """Lowers one statement. `relations` are those it reads that it does not define itself."""

    def __init__(self, target: Target, relations: Mapping[str, Schema]) -> None:
        self._target = target
        self._relations: dict[str, Schema | None] = dict(relations)

    def query(self, node: exp.Expr) -> tuple[exp.Query, Schema]:
        """The statement of the engine, and the types of its columns."""
        if isinstance(node, exp.Union):
            return self._union(node)
        if not isinstance(node, exp.Select):
            raise AssertionError(f"generated SQL has no {node.key}")
        return self._select(node)

    def _union(self, node: exp.Union) -> tuple[exp.Query, Schema]:
        ctes = self._ctes(node)
        left, schema = self.query(node.this)
        right, other = self.query(node.expression)
        types = dict(zip(schema, other.values(), strict=True))
        both = {
            name: dtype if dtype is not None and dtype.kind != "NULL" else types[name] for name, dtype in schema.items()
        }
        union = exp.Union(this=left, expression=right, distinct=node.args.get("distinct"))
        union.comments = node.comments
        if ctes is not None:
            union.set("with_", ctes)
        return union, both

    def _ctes(self, node: exp.Query) -> exp.With | None:
        written = node.args.get("with_")
        if written is None:
            return None
        ctes = []
        for cte in written.expressions:
            query, schema = self.query(cte.this)
            self._relations[cte.alias] = schema
            ctes.append(exp.CTE(this=query, alias=cte.args["alias"].copy()))
        return exp.With(expressions=ctes)

    def _select(self, node: exp.Select) -> tuple[exp.Query, Schema]:
        ctes = self._ctes(node)
        scope = _Scope(self._sources(node))
        lowering = lowering_for(self._target, scope.dtype)
        projections = []
        for item in node.expressions:
            for tree, name, dtype in self._projected(lowering, scope, item):
                projections.append(tree)
                scope.outputs[name.lower()] = dtype
        select = exp.Select(expressions=projections)
        select.comments = node.comments
        for key, value in node.args.items():
            if key not in ("expressions", "with_") and value:
                select.set(key, _CLAUSES[key](lowering, value))
        if ctes is not None:
            select.set("with_", ctes)
        return select, dict(scope.outputs)

    def _sources(self, node: exp.Select) -> dict[str, Schema | None]:
        from_ = node.args.get("from_")
        tables = [from_.this] if from_ is not None else []
        tables += [join.this for join in node.args.get("joins") or []]
        found: dict[str, Schema | None] = {}
        for table in tables:
            if isinstance(table, exp.Subquery):
                raise AssertionError("generated SQL reads relations by name")
            found[table.alias_or_name] = self._relations.get(table.name) if not table.db else None
        return found

    def _projected(
        self, lowering: Lowering, scope: _Scope, item: exp.Expr
    ) -> list[tuple[exp.Expr, str, DataType | None]]:
        if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            schema = scope.relations[item.table] or {}
            return [(exp.column(name, item.table), name, dtype) for name, dtype in schema.items()]
        inner = item.this if isinstance(item, exp.Alias) else item
        value = lowering.expression(inner)
        is_named = isinstance(item, exp.Alias)
        tree = exp.Alias(this=value.tree, alias=item.args["alias"].copy()) if is_named else value.tree
        return [(tree, item.alias_or_name, value.dtype)]


def _expression(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    return lowering.expression(node).tree


def _wrapped(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    return type(node)(this=_expression(lowering, node.this))


def _each(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    return type(node)(expressions=[_expression(lowering, one) for one in node.expressions])


def _order(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    return exp.Order(expressions=[sorted_by(lowering, item) for item in node.expressions])


def _joins(lowering: Lowering, joins: list[exp.Join]) -> list[exp.Join]:
    lowered = []
    for join in joins:
        own = join.copy()
        if (on := join.args.get("on")) is not None:
            own.set("on", _expression(lowering, on))
        lowered.append(own)
    return lowered


def _windows(lowering: Lowering, windows: list[exp.Expr]) -> list[exp.Expr]:
    return [named_window(lowering, window) for window in windows]


_CLAUSES: Mapping[str, Callable[..., object]] = {
    "from_": lambda _, node: node.copy(),
    "joins": _joins,
    "where": _wrapped,
    "group": _each,
    "having": _wrapped,
    "qualify": _wrapped,
    "order": _order,
    "windows": _windows,
    "distinct": lambda _, node: node.copy(),
    "limit": lambda _, node: node.copy(),
}
