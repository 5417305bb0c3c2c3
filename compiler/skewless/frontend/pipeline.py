"""The FROM of a view into a Pipeline: scans and named steps that carry time columns through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.contract.ir import Scan, SourceTable, Step
from skewless.contract.names import EVENT_TIME, aliased, column, is_reserved, table
from skewless.frontend.carry import as_interval, carried, ties_of_branch
from skewless.frontend.checks.shapes import check_row_step
from skewless.frontend.context import REF_CATALOG, REQUEST_TABLE, SOURCE_CATALOG
from skewless.frontend.faults import Abandoned, Faults
from skewless.frontend.joins import bind_joins
from skewless.frontend.positions import place_over, position
from skewless.frontend.scope import Relation, Resolver, Scope
from skewless.frontend.trees import unwrapped
from skewless.frontend.windows import bind_windows
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import INTEGER, DataType

# Names that generated SQL gives to queries of its own; a step of such a name gets another one.
_GENERATED = frozenset(
    {"events", "framed", "moments", "request", "rows", "spine", "ticks", "timeline", "unique", "values"}
)
_UNREADABLE = {
    exp.Unnest: ("unnest() makes several rows of one, and nothing orders them",
                 "reduce the list where it is: list_sum(), list_filter(), list_transform()"),
    exp.Lateral: ("a lateral query would read rows that are not yet visible",
                  "join a static source, or use ASOF JOIN for a timed one"),
    exp.Values: ("rows that are written out have no event time, and belong in a file of their own",
                 "declare them as a static source, or use CASE"),
    exp.Expr: ("only sources, CTEs and subqueries can be read in a row pipeline",
                     "read from {{ source('name', 'table') }}"),
}  # fmt: skip


@dataclass(slots=True)
class PipelineBuilder:
    """Collects the scans and steps of one view while its query is bound, inner queries first."""

    sources: Mapping[str, SourceTable]
    faults: Faults
    orders: bool
    """Whether this view needs a total order, so that steps carry tie-break columns."""
    scans: dict[str, SourceTable] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    relations: dict[str, Relation] = field(default_factory=dict)

    def bind_ctes(self, query: exp.Query, outer: Mapping[str, Relation]) -> dict[str, Relation]:
        """The relations that a query may read by lower-case name: those of its WITH clause, and the outer ones."""
        known: dict[str, Relation] = dict(outer)
        own: set[str] = set()
        clause = query.args.get("with_")
        if clause is None:
            return known
        if clause.args.get("recursive"):
            raise self.faults.abandon(
                "unsupported-shape", clause, "a recursive query has no row-by-row meaning",
                "unfold it upstream, and declare the result as a source",
            )  # fmt: skip
        for cte in clause.expressions:
            if cte.alias.lower() in own:
                self.faults.report(
                    "duplicate-name", cte.args["alias"], f"there are two queries called '{cte.alias}'", "rename one"
                )
            own.add(cte.alias.lower())
            known[cte.alias.lower()] = self.bind(cte.this, known, cte.alias, cte.args["alias"])
        return known

    def bind(self, query: exp.Expr, ctes: Mapping[str, Relation], name: str, where: exp.Expr) -> Relation:
        """Adds the steps of a query that yields rows; `name` is what the user calls it."""
        query = unwrapped(query)
        if isinstance(query, exp.SetOperation):
            return self._bind_union(query, ctes, name)
        if not isinstance(query, exp.Select):
            raise self.faults.abandon(
                "unsupported-shape", where, "only a SELECT can be read here", "write (SELECT ... FROM ...) AS name"
            )
        check_row_step(query, self.faults)
        scope, source = self.bind_from(query, self.bind_ctes(query, ctes))
        resolver = Resolver(scope, self.faults)
        items = select_items(query, scope, resolver, self.faults)
        windows = resolved_windows(query, resolver)
        for expression in items.values():
            bind_windows(expression, scope, windows, self.faults)
        return self._add_select(query, scope, source, resolver, items, windows, name)

    def bind_from(self, query: exp.Select, ctes: Mapping[str, Relation]) -> tuple[Scope, exp.Select]:
        """The scope of a FROM clause, and a SELECT that holds just that clause, bound."""
        clause = query.args.get("from_")
        if clause is None:
            raise self.faults.abandon(
                "unsupported-shape", query, "this SELECT reads from nothing", "read from {{ source(...) }}"
            )
        first = self.bind_item(clause.this, ctes)
        scope = Scope({first[0]: first[1]}, {})
        source = exp.Select(from_=exp.From(this=table(first[1].name, first[0])))
        return bind_joins(self, query, ctes, scope, source)

    def bind_item(self, item: exp.Expr, ctes: Mapping[str, Relation]) -> tuple[str, Relation]:
        """(alias, relation) of one item of a FROM clause."""
        if isinstance(item, exp.Subquery):
            alias = item.alias or f"query_{len(self.steps) + 1}"
            return alias, self.bind(item.this, ctes, alias, item)
        if not isinstance(item, exp.Table):
            message, help_line = _UNREADABLE.get(type(item), _UNREADABLE[exp.Expr])
            raise self.faults.abandon("unsupported-shape", item, message, help_line)
        self._check_table(item)
        if item.catalog == SOURCE_CATALOG:
            return item.alias or item.name, self._scan(item)
        if not item.db and (known := ctes.get(item.name.lower())) is not None:
            return item.alias or item.name, known
        raise self.faults.abandon(
            "unknown-source",
            item,
            f"'{'.'.join(part.name for part in item.parts)}' is neither a source nor a CTE of this model",
            "read warehouse tables with {{ source('name', 'table') }}, so that their time rules are known",
        )

    def take_column(self, relation: Relation, name: str) -> None:
        """Notes that a scan's column is read."""
        if relation.name in self.used:
            self.used[relation.name].add(name)

    def finished_scans(self) -> tuple[Scan, ...]:
        """The scans, each with the columns that some step reads."""
        return tuple(
            Scan(
                name=name,
                source=source,
                columns=tuple(field.name for field in source.columns if field.name in self.used[name]),
                tie_count=len(self.relations[name].ties or ()),
            )
            for name, source in self.scans.items()
        )

    def add_step(self, name: str, query: exp.Query, comment: str) -> str:
        """Adds a step; returns its name, made unique."""
        unique = self.unique(name)
        self.steps.append(Step(name=unique, query=query, comment=comment))
        return unique

    def unique(self, name: str) -> str:
        taken = {*_GENERATED, *self.scans, *map(_raw, self.scans), *(step.name for step in self.steps)}
        lowered, number = name.lower(), 2
        unique = lowered
        while unique in taken or _raw(unique) in taken:
            unique, number = f"{lowered}_{number}", number + 1
        return unique

    def _check_table(self, item: exp.Table) -> None:
        if isinstance(item.this, exp.Func):
            raise self.faults.abandon(
                "unknown-source",
                item,
                "a table function reads data without time rules",
                "declare the files as a source with 'path:', and read {{ source('name', 'table') }}",
            )
        if item.catalog == REF_CATALOG:
            raise self.faults.abandon(
                "unsupported-shape",
                item,
                f"ref('{item.name}') is a value at a moment, not a table of rows",
                "join views in a request view: from {{ request() }} as r left join {{ ref('...') }} as v using (key)",
            )
        if item.name == REQUEST_TABLE:
            raise self.faults.abandon(
                "unsupported-shape", item, "request() is not the first relation of the outermost SELECT here",
                "write from {{ request() }} as r, and join the views to it",
            )  # fmt: skip

    def _scan(self, item: exp.Table) -> Relation:
        source = self.sources[f"{item.db}.{item.name}"]
        for name, known in self.scans.items():
            if known == source:
                return self.relations[name]
        name = self.unique(item.name)
        ties = None if source.order is None else tuple(source.dtype(key) for key in source.order)
        relation = Relation(
            name=name,
            columns=tuple(field.name for field in source.columns),
            timing=source.timing,
            event_time=source.event_time,
            ties=ties if self.orders or ties is None else (),
            unique_by=frozenset(source.primary_key) or None,
            dated=source.event_time is not None and source.dtype(source.event_time).kind == "DATE",
        )
        self.scans[name], self.used[name], self.relations[name] = source, set(), relation
        return relation

    def _add_select(
        self,
        query: exp.Select,
        scope: Scope,
        source: exp.Select,
        resolver: Resolver,
        items: dict[str, exp.Expr],
        windows: dict[str, exp.Window],
        name: str,
    ) -> Relation:
        projections = [aliased(expression, output) for output, expression in items.items()]
        timed = scope.timed
        if timed is not None:
            projections.extend(carried(*timed))
        source.set("expressions", projections)
        condition = resolved_condition(query, "where", resolver, items, windows)
        qualify = resolved_condition(query, "qualify", resolver, items, windows)
        if condition is not None:
            source.set("where", exp.Where(this=condition))
        if qualify is not None:
            source.set("qualify", exp.Qualify(this=qualify))
        self.note_columns(scope, source)
        step = self.add_step(name, source, f"{name}: a step of the model")
        return Relation(
            name=step,
            columns=tuple(items),
            timing=timed[1].timing if timed else None,
            event_time=_kept_event_time(items, timed),
            ties=scope.ties,
            unique_by=_kept_key(items, scope),
            dated=timed is not None and timed[1].dated,
        )

    def note_columns(self, scope: Scope, query: exp.Expr) -> None:
        for node in query.find_all(exp.Column):
            if (relation := scope.relations.get(node.table)) is not None and node.name in relation.columns:
                self.take_column(relation, node.name)

    def _bind_union(self, query: exp.SetOperation, ctes: Mapping[str, Relation], name: str) -> Relation:
        branches = self._branches(query, self.bind_ctes(query, ctes), name)
        first = branches[0]
        for branch in branches[1:]:
            if len(branch.columns) != len(first.columns):
                if self.faults.has_errors:  # a column at fault may be the one that is missing
                    raise Abandoned
                raise self.faults.abandon(
                    "type-mismatch",
                    query,
                    f"the queries of this UNION ALL have {len(first.columns)} and {len(branch.columns)} columns",
                    "select the same columns in each, in the same order",
                )
        timings = [branch.timing for branch in branches]
        if any(timing is None for timing in timings):
            raise self.faults.abandon(
                "missing-event-time", query, "every query of a UNION ALL needs a timed source, or rows have no moment",
                "join the static source to the timed one instead",
            )  # fmt: skip
        return self._add_union(branches, name)

    def _branches(
        self, query: exp.SetOperation, ctes: Mapping[str, Relation], name: str, *, later: bool = False
    ) -> list[Relation]:
        """The relations of the queries, from the first to the last; `later` if there are others before them."""
        if not isinstance(query, exp.Union) or query.args.get("distinct"):
            word = type(query).__name__.upper()
            raise self.faults.abandon(
                "unsupported-shape",
                query,
                f"{word} compares rows with each other, whenever they become known",
                "write UNION ALL; to count events once, give the source a primary_key",
            )
        check_row_step(query, self.faults)
        found: list[Relation] = []
        for side in (query.left, query.right):
            inner = unwrapped(side)
            if isinstance(inner, exp.SetOperation):
                found.extend(self._branches(inner, self.bind_ctes(inner, ctes), name, later=bool(found) or later))
            else:
                found.append(self.bind(_named(inner) if found or later else inner, ctes, f"{name}_part", inner))
        return found

    def _add_union(self, branches: list[Relation], name: str) -> Relation:
        timings = [branch.timing for branch in branches if branch.timing is not None]
        has_versions = any(timing.has_versions for timing in timings)
        timing = timings[0]
        settled = len(set(timings)) == 1 and timing.is_settled
        if not settled:
            timing = type(timing)(delay=None, inclusive=timing.inclusive, has_versions=has_versions)
        known_ties = [branch.ties for branch in branches]
        total = all(ties is not None for ties in known_ties)
        types: list[tuple[DataType, ...]] = [(ties or ()) if self.orders else () for ties in known_ties]
        selects = [
            self._branch_select(index, branch, branches[0].columns, None if settled else has_versions, types)
            for index, branch in enumerate(branches)
        ]
        union: exp.Query = selects[0]
        for select in selects[1:]:
            union = exp.Union(this=union, expression=select, distinct=False)
        same = {branch.columns.index(branch.event_time) if branch.event_time else -1 for branch in branches}
        place = same.pop() if len(same) == 1 else -1
        step = self.add_step(name, union, f"{name}: rows of {len(branches)} queries")
        carried_types = (INTEGER, *(dtype for ties in types for dtype in ties)) if self.orders else ()
        return Relation(
            name=step,
            columns=branches[0].columns,
            timing=timing,
            event_time=branches[0].columns[place] if place >= 0 else None,
            ties=carried_types if total else None,
            unique_by=None,
            dated=any(branch.dated for branch in branches),
        )

    def _branch_select(
        self,
        index: int,
        branch: Relation,
        names: tuple[str, ...],
        versions: bool | None,
        types: list[tuple[DataType, ...]],
    ) -> exp.Select:
        alias = f"part_{index + 1}"
        projections: list[exp.Expr] = [
            aliased(column(own, alias), name) for own, name in zip(branch.columns, names, strict=True)
        ]
        if versions is None:
            projections.append(aliased(column(EVENT_TIME, alias), EVENT_TIME))
        elif branch.timing is not None:
            projections.extend(as_interval(branch.timing, versions, alias))
        if self.orders:
            projections.extend(ties_of_branch(index, alias, types))
        for name in branch.columns:
            self.take_column(branch, name)
        return exp.Select(expressions=projections, from_=exp.From(this=table(branch.name, alias)))


def check_sources(query: exp.Query, sources: Mapping[str, SourceTable], faults: Faults) -> None:
    """Reports every source that does not exist. Raises Abandoned if there is one."""
    unknown = [
        found
        for found in query.find_all(exp.Table)
        if found.catalog == SOURCE_CATALOG and f"{found.db}.{found.name}" not in sources
    ]
    for found in unknown:
        name = f"{found.db}.{found.name}"
        faults.report(
            "unknown-source", found, f"there is no source '{name}'",
            did_you_mean(name, sources) or "declare it under 'sources:' in a YAML file of the features folder",
        )  # fmt: skip
    read = [found for found in query.find_all(exp.Table) if found.catalog == SOURCE_CATALOG and found not in unknown]
    for found in read:
        for column_ in sources[f"{found.db}.{found.name}"].columns:
            if is_reserved(column_.name):
                faults.report(
                    "duplicate-name", found,
                    f"the source's column '{column_.name}' has a name that skewless gives to its own columns",
                    "leave it out of the source's 'columns:', or rename it in the warehouse",
                )  # fmt: skip
    if unknown:
        raise Abandoned


def _named(query: exp.Expr) -> exp.Expr:
    """A copy of a later query of a UNION ALL, whose columns need no names of their own: the first query names them."""
    named = query.copy()
    seen: set[str] = set()
    for place, item in enumerate(named.expressions):
        name = item.alias_or_name.lower() if isinstance(item, exp.Alias | exp.Column) else ""
        if not item.is_star and (not name or name in seen):
            item.replace(exp.Alias(this=item.unalias().copy(), alias=exp.to_identifier(f"column_{place + 1}")))
        seen.add(name)
    return named


def _raw(scan: str) -> str:
    """The name of the query that reads a scan's columns, before they have their times."""
    return f"{scan}_raw"


def select_items(query: exp.Select, scope: Scope, resolver: Resolver, faults: Faults) -> dict[str, exp.Expr]:
    """The SELECT list, resolved: output name to expression, stars expanded, in order."""
    items: dict[str, exp.Expr] = {}
    aliases: dict[str, exp.Expr] = {}
    for item in query.expressions:
        for name, expression, where in _expanded(item, scope, resolver, faults):
            resolved = _located(resolver.resolve(expression, aliases), where)
            lowered = name.lower()
            if any(lowered == known.lower() for known in items):
                faults.report(
                    "duplicate-name", where, f"two columns of this SELECT are called '{name}'",
                    "rename one; names are compared without regard to case",
                )  # fmt: skip
                continue
            if is_reserved(name):
                faults.report(
                    "duplicate-name", where, f"'{name}' is a name that skewless gives to its own columns", "rename it"
                )
            items[name] = resolved
            aliases[lowered] = resolved
    return items


def _located(expression: exp.Expr, where: exp.Expr) -> exp.Expr:
    """The expression, with the position of its alias if it has none of its own, as a constant has not."""
    if not position(expression):
        place_over(expression, where)
    return expression


def resolved_windows(query: exp.Select, resolver: Resolver) -> dict[str, exp.Window]:
    """The WINDOW clause, by lower-case name."""
    return {
        definition.name.lower(): resolver.resolve(definition.copy())  # type: ignore[misc]
        for definition in query.args.get("windows") or []
    }


def resolved_condition(
    query: exp.Select,
    clause: str,
    resolver: Resolver,
    items: dict[str, exp.Expr],
    windows: dict[str, exp.Window],
) -> exp.Expr | None:
    """A WHERE or QUALIFY condition, resolved; items of the SELECT list may be used by name, as in DuckDB."""
    node = query.args.get(clause)
    if node is None:
        return None
    condition = resolver.resolve(node.this.copy(), {name.lower(): item for name, item in items.items()})
    bind_windows(condition, resolver.scope, windows, resolver.faults)
    return condition


def _expanded(item: exp.Expr, scope: Scope, resolver: Resolver, faults: Faults) -> list[tuple[str, exp.Expr, exp.Expr]]:
    """(name, expression, where it is written) for one item of a SELECT list; several for a star."""
    if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
        return _expanded_star(item, scope, resolver, faults)
    if any(not isinstance(star.parent, exp.Count | exp.Columns) for star in item.find_all(exp.Star)):
        raise faults.abandon("unsupported-shape", item, "this form of star is not supported", "name the columns")
    if isinstance(item, exp.Alias):
        return [(item.alias, item.this.copy(), item)]
    if isinstance(item, exp.Column):
        return [(_spelling(item, scope), item.copy(), item)]
    faults.report("unsupported-shape", item, "this expression has no name", "give it one: expression as name")
    return []


def _spelling(item: exp.Column, scope: Scope) -> str:
    for alias, name in scope.columns():
        if name.lower() == item.name.lower() and (not item.table or item.table.lower() == alias.lower()):
            return name
    return item.name


def _expanded_star(
    item: exp.Expr, scope: Scope, resolver: Resolver, faults: Faults
) -> list[tuple[str, exp.Expr, exp.Expr]]:
    star = item if isinstance(item, exp.Star) else item.this
    table_name = item.table.lower() if isinstance(item, exp.Column) else None
    if table_name is not None and resolver.scope.alias(table_name) is None:
        raise faults.abandon(
            "unknown-column", item, f"no relation here is called '{table_name}'",
            did_you_mean(table_name, scope.relations) or f"relations in this FROM: {', '.join(scope.relations)}",
        )  # fmt: skip
    excluded = {node.name.lower() for node in star.args.get("except_") or []}
    replaced = {node.alias.lower(): node.this for node in star.args.get("replace") or []}
    if star.args.get("rename") or star.args.get("ilike"):
        raise faults.abandon("unsupported-shape", item, "this form of star is not supported", "name the columns")
    names = [name for alias, name in scope.columns() if table_name in (None, alias.lower())]
    for node in [*(star.args.get("except_") or []), *(star.args.get("replace") or [])]:
        if node.alias_or_name.lower() not in {name.lower() for name in names}:
            faults.report(
                "unknown-column", node, f"there is no column '{node.alias_or_name}' in this star",
                did_you_mean(node.alias_or_name, names) or f"columns here: {', '.join(names)}",
            )  # fmt: skip
    return [
        (name, replaced[name.lower()].copy() if name.lower() in replaced else column(name, alias), item)
        for alias, name in scope.columns()
        if name.lower() not in excluded and table_name in (None, alias.lower())
    ]


def _kept_key(items: dict[str, exp.Expr], scope: Scope) -> frozenset[str] | None:
    """The output columns that still identify the rows of a single static relation."""
    if len(scope.relations) != 1:
        return None
    (relation,) = scope.relations.values()
    names = {item.name: output for output, item in items.items() if isinstance(item, exp.Column)}
    if relation.unique_by is None or not relation.unique_by <= names.keys():
        return None
    return frozenset(names[key] for key in relation.unique_by)


def _kept_event_time(items: dict[str, exp.Expr], timed: tuple[str, Relation] | None) -> str | None:
    """The output column that is the event time, unchanged."""
    if timed is None:
        return None
    alias, relation = timed
    times = (relation.event_time, EVENT_TIME)
    for name, expression in items.items():
        if isinstance(expression, exp.Column) and expression.table == alias and expression.name in times:
            return name
    return None
