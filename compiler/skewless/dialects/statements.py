"""A whole statement of generated SQL into another engine's: columns are typed relation by relation, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from skewless.contract.names import identifier
from skewless.dialects.clauses import CLAUSES, check_alike, order_of, outputs_of
from skewless.dialects.lowering import lowering_for
from skewless.dialects.lowering.aggregates import check_exact
from skewless.dialects.lowering.core import (
    Columns,
    ColumnType,
    Lowering,
    Structure,
    Target,
    Typed,
    Unportable,
    Untyped,
)
from skewless.dialects.lowering.values import type_of
from skewless.dialects.lowering.windows import windowed
from skewless.dialects.promotion import unified
from skewless.dialects.relations import NATIVE, Relations, Schema, Scope, check_only, renamed
from skewless.ground.dtypes import BOOLEAN

Projection = tuple[exp.Expr, str, ColumnType]
"""An item of a SELECT list: the engine's tree, the name, and what its values are."""
_BRANCH = "_branch"
_SELECT = ("with_", "expressions", "from_", "joins", "order", *CLAUSES)


class Statement:
    """Lowers one statement of DuckDB's meaning. Raises Unportable.

    With `faults`, what is not portable is put there instead, and the statement that comes back is of no use.
    """

    def __init__(self, target: Target, relations: Relations, faults: list[Unportable] | None = None) -> None:
        self._target = target
        self._given = relations
        self._faults = faults
        self._ctes: dict[str, Schema] = {}
        self._depth = 0

    def query(self, node: exp.Expr, outer: Scope | None = None) -> tuple[exp.Query, Schema]:
        """The statement of the engine, and the types of its columns."""
        if isinstance(node, exp.Subquery):
            check_only(node, ("this", "alias"))
            return self.query(node.this, outer)
        if not isinstance(node, exp.Select | exp.Union):
            raise Unportable(node, f"{node.key.upper()} has no proven meaning there", "write a SELECT")
        if node.args.get("with_") is not None and self._depth:
            raise Unportable(
                node, "a WITH within a query is moved to the top there, where its names may mean something else",
                "name every query in one WITH at the top",
            )  # fmt: skip
        self._depth += 1
        with_ = self._with(node)
        query, schema = self._union(node) if isinstance(node, exp.Union) else self._select(node, outer)
        self._depth -= 1
        query.comments = node.comments
        if with_ is not None:
            query.set("with_", with_)
        return query, schema

    def _with(self, node: exp.Query) -> exp.With | None:
        written = node.args.get("with_")
        if written is None:
            return None
        check_only(written, ("expressions",))
        ctes = []
        for cte in written.expressions:
            check_only(cte, ("this", "alias", "materialized"))
            query, schema = self.query(cte.this)
            self._ctes[cte.alias.lower()] = renamed(schema, cte.args["alias"])
            ctes.append(exp.CTE(this=query, alias=cte.args["alias"].copy()))
        return exp.With(expressions=ctes)

    # UNION.

    def _union(self, node: exp.Union) -> tuple[exp.Query, Schema]:
        check_only(node, ("with_", "this", "expression", "distinct"))
        left, right = self.query(node.this), self.query(node.expression)
        both = self._columns_of_both(node, left[1], right[1])
        if node.args.get("distinct"):
            self._check_distinct(node, both.values())
        branches = [self._branch(node, query, schema, both) for query, schema in (left, right)]
        union = exp.Union(this=branches[0], expression=branches[1], distinct=node.args.get("distinct"))
        return union, both

    def _columns_of_both(self, node: exp.Union, left: Schema, right: Schema) -> dict[str, ColumnType]:
        if len(left) != len(right):
            raise Unportable(node, "its queries have different numbers of columns", "select the same columns in each")
        both = {}
        for (name, one), other in zip(left.items(), right.values(), strict=True):
            is_known = one.dtype is not None and other.dtype is not None
            dtype = unified((one.dtype, other.dtype)) if one.dtype is not None and other.dtype is not None else None
            if is_known and dtype is None:
                with self._told():
                    raise Unportable(
                        node, f"the column '{name}' is {one.dtype} and {other.dtype}, which engines mix differently",
                        "cast both to one type",
                    )  # fmt: skip
            both[name] = ColumnType(dtype, one.is_rounded or other.is_rounded)
        return both

    def _branch(self, node: exp.Union, query: exp.Query, own: Schema, both: Schema) -> exp.Query:
        """A query of the union in the types of the union."""
        wanted = [column.dtype for column in both.values()]
        is_bare = not any(query.args.get(key) for key in ("order", "limit", "offset", "with_"))
        if is_bare and [column.dtype for column in own.values()] == wanted:
            return query
        lowering = self._lowering(lambda column: own[column.name.lower()])
        items = []
        for (name, column), dtype in zip(own.items(), wanted, strict=True):
            value = Typed(exp.column(identifier(name), _BRANCH), column.dtype)
            if dtype is not None and column.dtype is not None:
                with self._told():
                    value = lowering.coerced(node, value, dtype)
            items.append(exp.Alias(this=value.tree, alias=identifier(name)))
        inner = exp.Subquery(this=query, alias=exp.TableAlias(this=identifier(_BRANCH)))
        return exp.Select(expressions=items, from_=exp.From(this=inner))

    # SELECT.

    def _select(self, node: exp.Select, outer: Scope | None) -> tuple[exp.Query, Schema]:
        with self._told():
            check_only(node, _SELECT)
        select = exp.Select()
        scope, kept = self._from(select, node, outer)
        lowering = self._lowering(scope.column, scope, node.args.get("windows") or ())
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
        self._set_clauses(select, node, scope, lowering)
        if kept is not None:
            where = select.args.get("where")
            select.set("where", exp.Where(this=kept if where is None else exp.and_(kept, where.this, copy=False)))
        return select, dict(scope.outputs)

    def _set_clauses(self, select: exp.Select, node: exp.Select, scope: Scope, lowering: Lowering) -> None:
        for key, clause in CLAUSES.items():
            if value := node.args.get(key):
                with self._told():
                    select.set(key, clause(lowering, value))
        if order := node.args.get("order"):
            with self._told():
                ordering = self._lowering(scope.ordered, scope)
                select.set("order", order_of(ordering, order, outputs_of(node.expressions)))

    def _lowering(self, columns: Columns, scope: Scope | None = None, windows: Sequence[exp.Expr] = ()) -> Lowering:
        """Expressions of one SELECT, in which queries may stand."""
        named_windows = {window.name.lower(): window for window in windows}
        structures: dict[type[exp.Expr], Structure] = {
            exp.Subquery: lambda _, node: self._scalar(node, scope),
            exp.Window: lambda lowering, node: windowed(lowering, node, named_windows),
            exp.Exists: lambda _, node: Typed(exp.Exists(this=self.query(node.this, scope)[0]), BOOLEAN),
        }
        return lowering_for(self._target, columns, structures)

    def _scalar(self, node: exp.Expr, scope: Scope | None) -> Typed:
        query, schema = self.query(node, scope)
        if len(schema) != 1:
            raise Unportable(node, "a query that stands for a value has one column", "select one column")
        found = next(iter(schema.values()))
        return Typed(exp.Subquery(this=query), found.dtype, found.is_rounded)

    def _check_distinct(self, node: exp.Expr, columns: Iterable[ColumnType]) -> None:
        lowering = self._lowering(lambda _: ColumnType(None))
        with self._told():
            for column in columns:
                value = Typed(exp.column("_"), column.dtype, column.is_rounded)
                check_alike(lowering, node, value, "which rows are distinct")

    # FROM and joins, from left to right: a join sees the relations before it.

    def _from(self, select: exp.Select, node: exp.Select, outer: Scope | None) -> tuple[Scope, exp.Expr | None]:
        """Sets FROM and joins; returns their scope, and what must be true of the joined rows besides."""
        scope = Scope({}, outer)
        from_ = node.args.get("from_")
        if from_ is None:
            return scope, None
        source = exp.From(this=self._relation(from_.this, scope))
        joins: list[exp.Join] = []
        conditions: list[exp.Expr] = []
        for written in node.args.get("joins") or []:
            before = tuple(scope.relations)
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

    def _join(self, written: exp.Join, scope: Scope) -> exp.Join:
        with self._told():
            _check_join(written)
        join = exp.Join(this=self._relation(written.this, scope))
        for key, value in written.args.items():
            if key == "on" and value is not None:
                with self._told():
                    join.set("on", self._lowering(scope.column, scope).expression(value).tree)
            elif key != "this" and value:
                join.set(key, [one.copy() for one in value] if isinstance(value, list) else value)
        for name in written.args.get("using") or []:
            with self._told():
                for schema in scope.relations.values():
                    check_exact(name, (schema or {}).get(name.name.lower(), ColumnType(None)), "which rows are joined")
        return join

    def _relation(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        """What FROM reads, and its columns in the scope under its alias."""
        alias = node.alias_or_name.lower()
        if (native := node.meta.get(NATIVE)) is not None:
            scope.relations[alias] = native
            return node.copy()
        if isinstance(node, exp.Lateral | exp.Subquery):
            return self._derived(node, scope)
        if not isinstance(node, exp.Table):
            raise Unportable(node, f"{node.key.upper()} has no proven meaning there", "read a relation by its name")
        with self._told():
            check_only(node, ("this", "db", "catalog", "alias"))
            if node.args.get("alias") is not None:
                check_only(node.args["alias"], ("this",))
        own = self._ctes.get(node.name.lower()) if not node.db else None
        scope.relations[alias] = own if own is not None else self._given(node)
        return node.copy()

    def _derived(self, node: exp.Lateral | exp.Subquery, scope: Scope) -> exp.Expr:
        """A query in FROM."""
        is_lateral = isinstance(node, exp.Lateral)
        query, schema = self.query(node.this if is_lateral else node, scope if is_lateral else None)
        alias = node.args["alias"].copy() if node.args.get("alias") else None
        scope.relations[node.alias_or_name.lower()] = renamed(schema, alias)
        subquery = exp.Subquery(this=query, alias=None if is_lateral else alias)
        return exp.Lateral(this=subquery, alias=alias) if is_lateral else subquery

    # The SELECT list.

    def _projected(self, lowering: Lowering, scope: Scope, item: exp.Expr) -> list[Projection]:
        if isinstance(item, exp.Star):
            return self._starred(lowering, scope, item, tuple(scope.relations))
        if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            return self._starred(lowering, scope, item.this, (item.table.lower(),))
        inner = item.this if isinstance(item, exp.Alias) else item
        value = Typed(exp.Null(), type_of(inner.args["to"]) if isinstance(inner, exp.Cast) else None)
        with self._told():
            value = lowering.expression(inner)
        name = item.alias_or_name if isinstance(item, exp.Alias | exp.Column) else f"_column_{len(scope.outputs) + 1}"
        tree = value.tree
        if not isinstance(item, exp.Column):
            alias = item.args["alias"].copy() if isinstance(item, exp.Alias) else identifier(name)
            tree = exp.Alias(this=tree, alias=alias)
        return [(tree, name, ColumnType(value.dtype, value.is_rounded))]

    def _starred(self, lowering: Lowering, scope: Scope, star: exp.Star, aliases: Sequence[str]) -> list[Projection]:
        """Every column of the relations but for those of EXCLUDE, those of REPLACE as they are written there."""
        check_only(star, ("except_", "replace"))
        left_out = {one.name.lower() for one in star.args.get("except_") or []}
        replaced = {one.alias.lower(): one for one in star.args.get("replace") or []}
        found: list[Projection] = []
        for alias in aliases:
            for name, column in scope.named(alias).items():
                if name in replaced:
                    found += self._projected(lowering, scope, replaced[name])
                elif name not in left_out:
                    found.append((exp.column(identifier(name), identifier(alias) if alias else None), name, column))
        return found

    def _told(self) -> _Told:
        return _Told(self._faults)


def _check_join(join: exp.Join) -> None:
    """Raises Unportable for a kind of join whose rows engines have differently."""
    check_only(join, ("this", "on", "side", "kind", "using", "method"))
    side, kind = (str(join.args.get(key) or "").upper() for key in ("side", "kind"))
    sides = ("", "LEFT") if join.method == "ASOF" else ("", "LEFT", "RIGHT", "FULL")
    is_known = join.method in ("", "ASOF") and side in sides and kind in ("", "INNER", "OUTER", "CROSS")
    if not is_known or (join.method == "ASOF" and join.args.get("using")):
        words = " ".join(word for word in (join.method, side, kind, "JOIN") if word)
        raise Unportable(join, f"{words} has no proven meaning there", "write JOIN or LEFT JOIN with ON")


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
