"""A whole statement of generated SQL into another engine's: columns are typed relation by relation, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.contract.names import AT, ROW
from skewless.dialects.lowering import lowering_for
from skewless.dialects.lowering.aggregates import check_exact, sorted_by
from skewless.dialects.lowering.core import ColumnType, Lowering, Structure, Target, Typed, Unportable, Untyped
from skewless.dialects.lowering.values import type_of
from skewless.dialects.lowering.windows import named_window, windowed
from skewless.ground.dtypes import BIGINT, BOOLEAN, TIMESTAMP

Schema = Mapping[str, ColumnType]
"""The columns of a relation by name."""
Relations = Callable[[exp.Table], Schema | None]
"""The columns of a relation that a statement reads; None if nobody looked."""
Projection = tuple[exp.Expr, str, ColumnType]
"""An item of a SELECT list: the engine's tree, the name, and what its values are."""
NATIVE = "native"
"""In the `meta` of a relation that is written in the engine's own SQL already: its Schema."""
_OWN: Schema = {ROW: ColumnType(BIGINT), AT: ColumnType(TIMESTAMP)}
"""The columns that skewless gives to every relation of moments."""
_UNKNOWN = ColumnType(None)


@dataclass(frozen=True, slots=True)
class _Scope:
    """The relations of one SELECT, by alias; those of the SELECT around it, where it is correlated."""

    relations: Mapping[str, Schema | None]
    outer: _Scope | None = None
    outputs: dict[str, ColumnType] = field(default_factory=dict)

    def column(self, node: exp.Column) -> ColumnType:
        name = node.name.lower()
        if node.table:
            return self._of(node.table, name)
        for schema in self.relations.values():
            if schema is not None and name in schema:
                return schema[name]
        return self.outputs[name] if name in self.outputs else _OWN.get(name, _UNKNOWN)

    def _of(self, alias: str, name: str) -> ColumnType:
        if alias not in self.relations and self.outer is not None:
            return self.outer._of(alias, name)
        schema = self.relations[alias]
        return (_OWN if schema is None else schema).get(name, _UNKNOWN)


class Statement:
    """Lowers one statement of DuckDB's meaning. Raises Unportable.

    With `faults`, what is not portable is put there instead, and the statement that comes back is of no use.
    """

    def __init__(self, target: Target, relations: Relations, faults: list[Unportable] | None = None) -> None:
        self._target = target
        self._given = relations
        self._faults = faults
        self._ctes: dict[str, Schema] = {}

    def query(self, node: exp.Expr, outer: _Scope | None = None) -> tuple[exp.Query, Schema]:
        """The statement of the engine, and the types of its columns."""
        if isinstance(node, exp.Subquery):
            return self.query(node.this, outer)
        if isinstance(node, exp.Union):
            return self._union(node)
        if not isinstance(node, exp.Select):
            raise Unportable(node, f"{node.key.upper()} has no proven meaning there", "write a SELECT")
        return self._select(node, outer)

    def _union(self, node: exp.Union) -> tuple[exp.Query, Schema]:
        with_ = self._with(node)
        left, schema = self.query(node.this)
        right, other = self.query(node.expression)
        both = {name: _either(left, right) for (name, left), right in zip(schema.items(), other.values(), strict=True)}
        if node.args.get("distinct"):
            self._check_distinct(node, both.values())
        union = exp.Union(this=left, expression=right, distinct=node.args.get("distinct"))
        union.comments = node.comments
        if with_ is not None:
            union.set("with_", with_)
        return union, both

    def _with(self, node: exp.Query) -> exp.With | None:
        written = node.args.get("with_")
        if written is None:
            return None
        ctes = []
        for cte in written.expressions:
            query, self._ctes[cte.alias] = self.query(cte.this)
            ctes.append(exp.CTE(this=query, alias=cte.args["alias"].copy()))
        return exp.With(expressions=ctes)

    def _select(self, node: exp.Select, outer: _Scope | None) -> tuple[exp.Query, Schema]:
        with_ = self._with(node)
        select = exp.Select()
        select.comments = node.comments
        scope, kept = self._from(select, node, outer)
        lowering = self._lowering(scope, node.args.get("windows") or ())
        projections = []
        for item in node.expressions:
            for tree, name, column in self._projected(lowering, scope, item):
                if name.lower() in scope.outputs:
                    raise Unportable(item, f"two columns have the name '{name}'", "give each a name of its own")
                projections.append(tree)
                scope.outputs[name.lower()] = column
        select.set("expressions", projections)
        if node.args.get("distinct"):
            self._check_distinct(node, scope.outputs.values())
        for key, value in node.args.items():
            if key not in ("expressions", "with_", "from_", "joins") and value:
                with self._told():
                    select.set(key, _CLAUSES[key](lowering, value))
        if kept is not None:
            where = select.args.get("where")
            select.set("where", exp.Where(this=kept if where is None else exp.and_(kept, where.this, copy=False)))
        if with_ is not None:
            select.set("with_", with_)
        return select, dict(scope.outputs)

    def _lowering(self, scope: _Scope, windows: Sequence[exp.Expr] = ()) -> Lowering:
        """Expressions of one SELECT, in which queries may stand."""
        named_windows = {window.name.lower(): window for window in windows}
        structures: dict[type[exp.Expr], Structure] = {
            exp.Subquery: lambda _, node: self._scalar(node, scope),
            exp.Window: lambda lowering, node: windowed(lowering, node, named_windows),
            exp.Exists: lambda _, node: Typed(exp.Exists(this=self.query(node.this, scope)[0]), BOOLEAN),
        }
        return lowering_for(self._target, scope.column, structures)

    def _scalar(self, node: exp.Expr, scope: _Scope) -> Typed:
        query, schema = self.query(node.this, scope)
        found = next(iter(schema.values()))
        return Typed(exp.Subquery(this=query), found.dtype, found.is_rounded)

    # FROM and joins, from left to right: a join sees the relations before it.

    def _from(self, select: exp.Select, node: exp.Select, outer: _Scope | None) -> tuple[_Scope, exp.Expr | None]:
        """Sets FROM and joins; returns their scope, and what must be true of the joined rows besides."""
        relations: dict[str, Schema | None] = {}
        scope = _Scope(relations, outer)
        from_ = node.args.get("from_")
        if from_ is None:
            return scope, None
        source = exp.From(this=self._relation(from_.this, scope))
        joins: list[exp.Join] = []
        conditions: list[exp.Expr] = []
        for written in node.args.get("joins") or []:
            before = tuple(relations)
            join = self._join(written, scope)
            if "on" not in join.args or not (join.method == "ASOF" or isinstance(join.this, exp.Lateral)):
                joins.append(join)  # an as-of join without ON has been told as a fault
                continue
            with self._told():
                source, joins, condition = self._special(source, joins, join, before)
                conditions += [condition] if condition is not None else []
        select.set("from_", source)
        select.set("joins", joins)
        return scope, exp.and_(*conditions, copy=False) if conditions else None

    def _special(
        self, source: exp.From, joins: list[exp.Join], join: exp.Join, before: tuple[str, ...]
    ) -> tuple[exp.From, list[exp.Join], exp.Expr | None]:
        """FROM and joins with an as-of join, or with a pick of one row."""
        if join.method == "ASOF":
            return self._target.asof(source, joins, join, before)
        return source, self._target.picked(source, joins, join), None

    def _join(self, written: exp.Join, scope: _Scope) -> exp.Join:
        join = exp.Join(this=self._relation(written.this, scope))
        for key, value in written.args.items():
            if key == "on" and value is not None:
                with self._told():
                    join.set("on", self._lowering(scope).expression(value).tree)
            elif key != "this" and value:
                join.set(key, value.copy() if isinstance(value, exp.Expr) else value)
        return join

    def _relation(self, node: exp.Expr, scope: _Scope) -> exp.Expr:
        """What FROM reads, and its columns in the scope under its alias."""
        relations: dict[str, Schema | None] = scope.relations  # type: ignore[assignment]
        if (schema := node.meta.get(NATIVE)) is not None:
            relations[node.alias_or_name] = schema
            return node.copy()
        if isinstance(node, exp.Lateral | exp.Subquery):
            inner = node.this if isinstance(node, exp.Lateral) else node
            query, relations[node.alias_or_name] = self.query(inner, scope if isinstance(node, exp.Lateral) else None)
            alias = node.args["alias"].copy() if node.args.get("alias") else None
            subquery = exp.Subquery(this=query, alias=None if isinstance(node, exp.Lateral) else alias)
            return exp.Lateral(this=subquery, alias=alias) if isinstance(node, exp.Lateral) else subquery
        if not isinstance(node, exp.Table):
            raise Unportable(node, f"{node.key.upper()} has no proven meaning there", "read a relation by its name")
        own = self._ctes.get(node.name) if not node.db else None
        relations[node.alias_or_name] = own if own is not None else self._given(node)
        return node.copy()

    # The SELECT list.

    def _projected(self, lowering: Lowering, scope: _Scope, item: exp.Expr) -> list[Projection]:
        if isinstance(item, exp.Star):
            return self._starred(lowering, scope, item)
        if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            return self._columns_of(scope, item.table)
        inner = item.this if isinstance(item, exp.Alias) else item
        value = Typed(exp.Null(), type_of(inner.args["to"]) if isinstance(inner, exp.Cast) else None)
        with self._told():
            value = lowering.expression(inner)
        is_named = isinstance(item, exp.Alias)
        tree = exp.Alias(this=value.tree, alias=item.args["alias"].copy()) if is_named else value.tree
        return [(tree, item.alias_or_name, ColumnType(value.dtype, value.is_rounded))]

    def _starred(self, lowering: Lowering, scope: _Scope, item: exp.Star) -> list[Projection]:
        """Every column of every relation, those of REPLACE as they are written there."""
        replaced = {one.alias.lower(): one for one in item.args.get("replace") or []}
        found = [column for alias in scope.relations for column in self._columns_of(scope, alias)]
        return [
            one
            for tree, name, column in found
            for one in (
                self._projected(lowering, scope, replaced[name.lower()])
                if name.lower() in replaced
                else [(tree, name, column)]
            )
        ]

    def _columns_of(self, scope: _Scope, alias: str) -> list[Projection]:
        schema = scope.relations[alias]
        if schema is None:
            raise Untyped(f"the columns of {alias} are not known")
        return [(exp.column(name, alias), name, column) for name, column in schema.items()]

    def _check_distinct(self, node: exp.Expr, columns: Iterable[ColumnType]) -> None:
        with self._told():
            for column in columns:
                check_exact(node, column, "which rows are distinct")

    def _told(self) -> _Told:
        return _Told(self._faults)


@dataclass(frozen=True, slots=True)
class _Told:
    """Collects what is not portable, if it is wanted; what follows from it is not told again."""

    faults: list[Unportable] | None

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if self.faults is None:
            return False
        if isinstance(error, Unportable):
            self.faults.append(error)
        return isinstance(error, Unportable | Untyped)


def unread(_: exp.Table) -> None:
    """Relations that are as the engine has them: they are cast before anything else is done with them."""


def _either(left: ColumnType, right: ColumnType) -> ColumnType:
    """A column of a union."""
    is_known = left.dtype is not None and left.dtype.kind != "NULL"
    return ColumnType(left.dtype if is_known else right.dtype, left.is_rounded or right.is_rounded)


def _expression(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    return lowering.expression(node).tree


def _wrapped(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    return type(node)(this=_expression(lowering, node.this))


def _group(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    if any(value for key, value in node.args.items() if key != "expressions"):
        raise Unportable(node, "engines group by more than a list of values differently", "write GROUP BY a, b")
    for item in node.expressions:
        if isinstance(item, exp.Literal):
            raise Unportable(item, "GROUP BY of a position has no proven meaning there", "group by the value itself")
    items = [(item, lowering.expression(item)) for item in node.expressions]
    for item, value in items:
        check_exact(item, value, "which rows make a group")
    return exp.Group(expressions=[value.tree for _, value in items])


def _distinct(_: Lowering, node: exp.Expr) -> exp.Expr:
    if node.args.get("on"):
        raise Unportable(node, "DISTINCT ON has no proven meaning there", "keep one row with ROW_NUMBER() and QUALIFY")
    return exp.Distinct()


def _order(lowering: Lowering, node: exp.Expr) -> exp.Expr:
    return exp.Order(expressions=[sorted_by(lowering, item) for item in node.expressions])


def _windows(lowering: Lowering, windows: list[exp.Expr]) -> list[exp.Expr]:
    return [named_window(lowering, window) for window in windows] if lowering.target.has_window_clause else []


_CLAUSES: Mapping[str, Callable[..., object]] = {
    "where": _wrapped,
    "group": _group,
    "having": _wrapped,
    "qualify": _wrapped,
    "order": _order,
    "windows": _windows,
    "distinct": _distinct,
    "limit": lambda _, node: node.copy(),
}
