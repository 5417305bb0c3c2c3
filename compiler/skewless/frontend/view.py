"""The outermost SELECT of a latest or aggregate view, into keys, features and the rows they are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.contract.ir import Field, Pipeline, SourceTable, Timing
from skewless.contract.names import AT, EVENT, EVENT_TIME, MOMENT, aliased, column
from skewless.contract.types import cast
from skewless.dialects.functions import aggregate_order
from skewless.frontend.aggregates import AggregateLowering, AggregateParts, is_aggregate, take_apart
from skewless.frontend.carry import carried
from skewless.frontend.checks.shapes import check_expressions, check_limit, check_no_aggregates, check_row_parts
from skewless.frontend.config import ViewConfig
from skewless.frontend.faults import Faults
from skewless.frontend.pipeline import (
    PipelineBuilder,
    check_sources,
    resolved_condition,
    resolved_windows,
    select_items,
)
from skewless.frontend.positions import place_as, place_over
from skewless.frontend.scope import Relation, Resolver, Scope
from skewless.frontend.trees import conjuncts, is_call, is_windowed, own
from skewless.frontend.windows import bind_windows
from skewless.ground.dtypes import DataType
from skewless.ground.durations import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundView:
    """A view whose names and times are known, and whose types are not yet."""

    kind: str
    features: Mapping[str, exp.Expr]
    pipeline: Pipeline
    row_columns: tuple[str, ...]
    horizon: Duration | None


@dataclass(slots=True)
class _Rows:
    """The columns of the last step, which feature expressions read as `event.name`."""

    taken: dict[str, exp.Expr] = field(default_factory=dict)

    def take(self, wanted: str, expression: exp.Expr) -> exp.Column:
        """The row column that holds the expression, added if it is not there yet."""
        name, number = wanted, 2
        while self._is_of_another(name, expression):
            qualifier = expression.table if isinstance(expression, exp.Column) else ""
            name = f"{qualifier}_{wanted}" if qualifier and number == 2 else f"{wanted}_{number}"
            number += 1
        self.taken.setdefault(name, expression)
        return column(name, EVENT)

    def _is_of_another(self, name: str, expression: exp.Expr) -> bool:
        """Whether the name is taken; names are compared as DuckDB does, without regard to case."""
        return any(
            known.lower() == name.lower() and (known != name or taken != expression)
            for known, taken in self.taken.items()
        )


def bind_view(
    query: exp.Query,
    keys: tuple[Field, ...],
    config: ViewConfig,
    sources: Mapping[str, SourceTable],
    faults: Faults,
) -> BoundView:
    """Binds everything but the types. Raises Abandoned when no more can be said."""
    check_sources(query, sources, faults)
    if not isinstance(query, exp.Select):
        raise faults.abandon(
            "unsupported-shape",
            query,
            "the outermost query of a view is one SELECT",
            "move the UNION ALL into a CTE and select from it",
        )
    _check_outer(query, faults)
    is_aggregate_view = _aggregates(query)
    if is_aggregate_view:
        _check_qualify(query, faults)
    builder = PipelineBuilder(sources=sources, faults=faults, orders=_needs_order(query, is_aggregate_view))
    scope, source = builder.bind_from(query, builder.bind_ctes(query, {}))
    if scope.timed is None:
        raise faults.abandon(
            "missing-event-time",
            query.args.get("from_"),
            "this view reads static sources only, so its values belong to no moment",
            "join them to a timed source, or give the source an event_time",
        )
    return _OuterSelect(query, keys, config, builder, scope, source, Resolver(scope, faults)).bind(is_aggregate_view)


@dataclass(slots=True)
class _OuterSelect:
    query: exp.Select
    keys: tuple[Field, ...]
    config: ViewConfig
    builder: PipelineBuilder
    scope: Scope
    source: exp.Select
    resolver: Resolver
    rows: _Rows = field(default_factory=_Rows)
    windows: dict[str, exp.Window] = field(default_factory=dict)

    @property
    def faults(self) -> Faults:
        return self.builder.faults

    @property
    def timed(self) -> tuple[str, Relation, Timing]:
        """The relation that gives the rows their time; `bind_view` has seen that there is one."""
        if self.scope.timed is None or self.scope.timed[1].timing is None:
            raise AssertionError("a view without a timed relation is not bound")
        alias, relation = self.scope.timed
        return alias, relation, self.scope.timed[1].timing

    def bind(self, is_aggregate_view: bool) -> BoundView:
        items = select_items(self.query, self.scope, self.resolver, self.faults)
        windows = self.windows = resolved_windows(self.query, self.resolver)
        key_items = self._take_keys(items, windows)
        row_conditions, moment_conditions = self._conditions(items, windows)
        if is_aggregate_view:
            self._check_group(items, key_items)
            features, horizon = self._aggregate(items, key_items, moment_conditions)
        else:
            features, horizon = self._latest(items, windows, moment_conditions)
        if not features and not self.faults.has_errors:
            self.faults.report(
                "unsupported-shape", self.query.expressions[-1], "this view has keys and no features",
                "select at least one column that is not a key",
            )  # fmt: skip
        qualify = resolved_condition(self.query, "qualify", self.resolver, items, windows)
        if qualify is not None:
            check_row_parts([qualify], self.faults)
        self._finish_rows(key_items, row_conditions, qualify)
        return BoundView(
            kind="aggregate" if is_aggregate_view else "latest",
            features=features,
            pipeline=self._pipeline(),
            row_columns=tuple(name for name in self.rows.taken if name not in key_items),
            horizon=horizon,
        )

    def _take_keys(self, items: dict[str, exp.Expr], windows: dict[str, exp.Window]) -> dict[str, exp.Expr]:
        found: dict[str, exp.Expr] = {}
        for key in self.keys:
            name = next((name for name in items if name.lower() == key.name.lower()), None)
            if name is None:
                self.faults.report(
                    "entity-key-missing",
                    self.query.expressions[0],
                    f"the key '{key.name}' of the entity is not selected",
                    f"select it, or another column or an expression as {key.name}",
                )
                continue
            found[key.name] = items.pop(name)
            check_row_parts([found[key.name]], self.faults)
            bind_windows(found[key.name], self.scope, windows, self.faults)
            self.rows.take(key.name, self._typed_key(found[key.name], key.dtype))
        return found

    def _typed_key(self, expression: exp.Expr, dtype: DataType) -> exp.Expr:
        """The key in the entity's type, so that rows meet the spine as equals."""
        if isinstance(expression, exp.Column):
            source = self.builder.scans.get(self.scope.relations[expression.table].name) if expression.table else None
            if source is not None and source.dtype(expression.name) == dtype:
                return expression
        return cast(expression.copy(), dtype)

    def _conditions(
        self, items: dict[str, exp.Expr], windows: dict[str, exp.Window]
    ) -> tuple[list[exp.Expr], list[exp.Expr]]:
        """WHERE, split into what a row answers alone and what depends on T."""
        condition = resolved_condition(self.query, "where", self.resolver, items, windows)
        if condition is None:
            return [], []
        check_no_aggregates([condition], self.faults)
        parts = conjuncts(condition)
        of_moment = [part for part in parts if _mentions_moment(part)]
        return [part for part in parts if part not in of_moment], of_moment

    def _check_group(self, items: dict[str, exp.Expr], key_items: dict[str, exp.Expr]) -> None:
        group = self.query.args.get("group")
        if group is None:
            self.faults.report(
                "entity-key-missing",
                self.query.expressions[0],
                "aggregates without GROUP BY are about no entity",
                f"add GROUP BY {', '.join(key.name for key in self.keys)}",
            )
            return
        if group.args.get("all"):
            return
        if (several := group.find(exp.Rollup, exp.Cube, exp.GroupingSets)) is not None:
            self.faults.report(
                "unsupported-shape", several, f"{several.key.upper()} groups the rows in several ways at once",
                f"write GROUP BY {', '.join(key.name for key in self.keys)}",
            )  # fmt: skip
            return
        grouped = self._check_grouped(group, {**items, **key_items}, key_items)
        if self.faults.has_errors:
            return
        for key, expression in key_items.items():
            if expression not in grouped:
                self.faults.report(
                    "entity-key-missing", group, f"the key '{key}' is not in GROUP BY", f"add {key} to GROUP BY"
                )

    def _check_grouped(
        self, group: exp.Group, named: dict[str, exp.Expr], key_items: dict[str, exp.Expr]
    ) -> list[exp.Expr | None]:
        """What the rows are grouped by; whatever is no key is reported."""
        grouped = [self._grouped(node, named) for node in group.expressions]
        for node, expression in zip(group.expressions, grouped, strict=True):
            if expression is None or expression in key_items.values():
                continue
            if isinstance(node, exp.Column) and node.name.lower() in {key.lower() for key in key_items}:
                message = f"GROUP BY {node.name} means the column of the source, and the key is another expression"
                help_line = "group by the key's own expression, or by its position in the SELECT list"
            else:
                message = f"the view is grouped by '{node.sql(dialect='duckdb')}', which is no key of its entity"
                help_line = f"group by {', '.join(key.name for key in self.keys)} only"
            self.faults.report("entity-key-missing", node, message, help_line)
        return grouped

    def _grouped(self, node: exp.Expr, named: dict[str, exp.Expr]) -> exp.Expr | None:
        node = node.unnest() if isinstance(node, exp.Paren) else node
        if isinstance(node, exp.Literal) and not node.is_string:
            position = int(node.name) - 1
            written = self.query.expressions
            if not 0 <= position < len(written):
                self.faults.report(
                    "unknown-column", node, f"there is no column {node.name} to group by", "columns count from 1"
                )
                return None
            name = written[position].alias_or_name.lower()
            return next((item for known, item in named.items() if known.lower() == name), None)
        return self.resolver.resolve(node.copy(), {name.lower(): item for name, item in named.items()})

    def _aggregate(
        self,
        items: dict[str, exp.Expr],
        key_items: dict[str, exp.Expr],
        moment_conditions: list[exp.Expr],
    ) -> tuple[dict[str, exp.Expr], Duration | None]:
        ties = self.scope.ties
        for item in items.values():
            self._check_windows(item, moment_conditions)
        lowering = AggregateLowering(
            faults=self.faults,
            ttl=self.config.ttl,
            order=self.timed[2].order,
            tie_count=None if ties is None else len(ties),
            order_help=self.scope.order_help,
            everywhere=[self._inside(part) for part in moment_conditions],
        )
        features = {name: self._outside(item, key_items, lowering) for name, item in items.items()}
        if features and not lowering.reach and not self.faults.has_errors:
            self.faults.report(
                "unsupported-shape", self.query.expressions[-1], "no feature of this view is an aggregate of its rows",
                "add one, such as count(*) filter (where {{ last('7 days') }}), or leave out GROUP BY",
            )  # fmt: skip
        return features, Duration(max(lowering.reach)) if lowering.reach else None

    def _check_windows(self, item: exp.Expr, moment_conditions: list[exp.Expr]) -> None:
        """A window over rows that depend on the moment could not be computed before the moment is known."""
        window = item.find(exp.Window)
        if window is not None and moment_conditions:
            self.faults.report(
                "unsupported-shape", window, "the rows of this window would depend on as_of() in WHERE",
                "compute the window in a CTE, or move the condition into FILTER (WHERE ...)",
            )  # fmt: skip

    def _outside(self, node: exp.Expr, key_items: dict[str, exp.Expr], lowering: AggregateLowering) -> exp.Expr:
        """An expression over aggregates: aggregates read `event`, everything else only the moment."""
        for key, expression in key_items.items():
            if node == expression:
                return column(key, MOMENT)
        if isinstance(node, exp.Window):
            self.faults.report(
                "unsupported-shape", node, "a window over aggregates would compare entities with each other",
                "put the window into a CTE and aggregate its rows",
            )  # fmt: skip
            return node
        if is_aggregate(node):
            parts = take_apart(node)
            self._check_nested(parts)
            inside = [self._inside(child) for child in (parts.function, parts.condition) if child is not None]
            bound = type(parts)(inside[0], inside[1] if len(inside) > 1 else None, parts.ignores_nulls)
            return lowering.lower(bound, node)
        if is_call(node, "as_of"):
            return _moment(node)
        if isinstance(node, exp.WithinGroup | exp.Query):
            return node  # both are reported already
        if isinstance(node, exp.Column):
            self.faults.report(
                "unsupported-shape",
                node,
                f"'{node.name}' has many values here: it is neither a key nor inside an aggregate",
                "wrap it in an aggregate such as last() or max()",
            )
            return node
        return _with_children(node, lambda child: self._outside(child, key_items, lowering))

    def _check_nested(self, parts: AggregateParts) -> None:
        arguments = list(parts.function.iter_expressions())
        for part in [*arguments, *([parts.condition] if parts.condition is not None else [])]:
            nested = next((node for node in part.walk() if aggregate_order(node) and not is_windowed(node)), None)
            if nested is not None:
                self.faults.report(
                    "unsupported-shape", nested, "an aggregate inside another one has no rows of its own",
                    "compute it in a view of its own, and join both in a request view",
                )  # fmt: skip

    def _inside(self, node: exp.Expr) -> exp.Expr:
        """An expression over one row and T."""
        if is_call(node, "as_of"):
            return _moment(node)
        if isinstance(node, exp.Column):
            return self._row_column(node)
        if isinstance(node, exp.Window):
            check_row_parts([node], self.faults)
            bind_windows(exp.Paren(this=node), self.scope, self.windows, self.faults)
            return self.rows.take(f"window_{len(self.rows.taken) + 1}", node)
        return _with_children(node, self._inside)

    def _row_column(self, node: exp.Column) -> exp.Expr:
        alias, relation, _ = self.timed
        own_time = None if relation.dated else relation.event_time
        if node.table == alias and node.name in (own_time, EVENT_TIME):
            found = column(EVENT_TIME, EVENT)
        elif node.table in self.scope.relations:
            bare = node.copy()
            bare._meta = None
            found = self.rows.take(node.name, bare)
        else:
            return node
        return place_as(found, node)

    def _latest(
        self,
        items: dict[str, exp.Expr],
        windows: dict[str, exp.Window],
        moment_conditions: list[exp.Expr],
    ) -> tuple[dict[str, exp.Expr], Duration | None]:
        for part in moment_conditions:
            self.faults.report(
                "unsupported-shape", part, "a latest view cannot choose its row by the moment",
                "to let a row expire, set ttl; to count or sum within a window, aggregate",
            )  # fmt: skip
        if self.scope.ties is None:
            self.faults.report(
                "no-total-order",
                self.scope.multiplied or self.query.args.get("from_"),
                "this join may make several rows of one, and nothing says which is the latest"
                if self.scope.multiplied is not None
                else "of two rows with one event time, nothing says which is the latest",
                self.scope.order_help,
            )
        features: dict[str, exp.Expr] = {}
        for name, item in items.items():
            bind_windows(item, self.scope, windows, self.faults)
            features[name] = self._inside(item) if _mentions_moment(item) else self._of_row(name, item)
        return features, self.config.ttl

    def _of_row(self, name: str, item: exp.Expr) -> exp.Expr:
        found = self.rows.take(name, item)
        place_over(found, item)
        return found

    def _finish_rows(
        self,
        key_items: dict[str, exp.Expr],
        conditions: list[exp.Expr],
        qualify: exp.Expr | None,
    ) -> None:
        alias, relation, _ = self.timed
        projections = [aliased(expression.copy(), name) for name, expression in self.rows.taken.items()]
        self.source.set("expressions", [*projections, *carried(alias, relation)])
        if conditions:
            self.source.set("where", exp.Where(this=exp.and_(*conditions)))
        if qualify is not None:
            self.source.set("qualify", exp.Qualify(this=qualify))
        self.builder.note_columns(self.scope, self.source)
        words = ", ".join(key_items)
        self.builder.add_step("rows", self.source, f"the rows that features are made of, by {words}, at any time")

    def _pipeline(self) -> Pipeline:
        return Pipeline(
            scans=self.builder.finished_scans(),
            steps=tuple(self.builder.steps),
            columns=(),
            timing=self.timed[2],
            tie_types=self.scope.ties or (),
        )


def _check_outer(query: exp.Select, faults: Faults) -> None:
    check_limit(query, faults)
    check_expressions(query, faults)
    for clause, message, help_line in (
        ("having", "HAVING would make an entity come and go", "compute the value; filter in the view that reads it"),
        ("order", "a feature view has no order", "drop ORDER BY"),
        ("distinct", "DISTINCT compares rows with each other", "group by the keys, or select the latest row"),
    ):
        if node := query.args.get(clause):
            faults.report("unsupported-shape", node, message, help_line)


def _aggregates(query: exp.Select) -> bool:
    if query.args.get("group"):
        return True
    return any(
        aggregate_order(node) is not None and not is_windowed(node)
        for item in query.expressions
        for node in own(item, exp.AggFunc, exp.Anonymous)
    )


def _check_qualify(query: exp.Select, faults: Faults) -> None:
    if (qualify := query.args.get("qualify")) is not None:
        faults.report(
            "unsupported-shape", qualify, "QUALIFY after GROUP BY would choose between entities",
            "to choose rows, put QUALIFY into a CTE and aggregate its rows",
        )  # fmt: skip


def _needs_order(query: exp.Select, is_aggregate_view: bool) -> bool:
    if not is_aggregate_view or query.find(exp.Window) is not None:
        return True
    if any(str(join.args.get("method") or "").upper() == "ASOF" for join in query.find_all(exp.Join)):
        return True
    return any(aggregate_order(node) == "ordered" for node in query.find_all(exp.AggFunc, exp.Anonymous))


def _mentions_moment(node: exp.Expr) -> bool:
    return any(is_call(found, "as_of") for found in node.find_all(exp.Anonymous))


def _moment(node: exp.Expr) -> exp.Column:
    return place_as(column(AT, MOMENT), node)


def _with_children(node: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """A copy of the node whose children are changed."""
    copied = type(node)(**{
        key: [change(item) if isinstance(item, exp.Expr) else item for item in value]
        if isinstance(value, list)
        else change(value) if isinstance(value, exp.Expr) else value
        for key, value in node.args.items()
    })  # fmt: skip
    return place_as(copied, node)
