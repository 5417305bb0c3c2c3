"""The SELECT of a request view, into features over request fields and other views' values."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from sqlglot import exp

from skewless.contract.ir import Dependency, FeatureView, Field
from skewless.contract.names import AT, EVENT, MOMENT, REQUEST, column
from skewless.dialects.functions import aggregate_order
from skewless.frontend.checks.shapes import check_expressions, check_limit
from skewless.frontend.config import ViewConfig
from skewless.frontend.context import REF_CATALOG, REQUEST_TABLE, pinned_version
from skewless.frontend.faults import Abandoned, Faults
from skewless.frontend.pipeline import select_items
from skewless.frontend.positions import place_as
from skewless.frontend.scope import Relation, Resolver, Scope
from skewless.frontend.trees import conjuncts, is_call, is_windowed
from skewless.project.named_versions import resolved, unknown_view, wrong_version


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundRequest:
    """A request view whose names are known, and whose types are not yet."""

    keys: tuple[Field, ...]
    features: Mapping[str, exp.Expr]
    dependencies: tuple[Dependency, ...]


def check_views(query: exp.Query, known: Set[str], disabled: Set[str], faults: Faults) -> None:
    """Reports every view that is referred to and does not exist. Raises Abandoned if there is one."""
    unknown = [found for found in query.find_all(exp.Table) if found.catalog == REF_CATALOG and found.name not in known]
    for found in unknown:
        if found.name in disabled:
            message, help_line = f"the feature view '{found.name}' is disabled", "drop enabled=false from its config"
        else:
            message, help_line = unknown_view(found.name, pinned_version(found.db), known)
        faults.report("unknown-view", found, message, help_line)
    if unknown:
        raise Abandoned


def resolve_references(query: exp.Query, known: Set[str]) -> None:
    """Versions of views into the views that they are; a view is still called in the query what it was called."""
    for found in query.find_all(exp.Table):
        if found.catalog != REF_CATALOG:
            continue
        name = resolved(found.name, pinned_version(found.db), known)
        if name != found.name:
            if not found.alias:
                found.set("alias", exp.TableAlias(this=exp.to_identifier(found.name)))
            found.this.set("this", name)


def check_pins(query: exp.Query, views: Mapping[str, FeatureView], known: Set[str], faults: Faults) -> None:
    """Reports references to a version that a view is not."""
    for found in query.find_all(exp.Table):
        pin = pinned_version(found.db) if found.catalog == REF_CATALOG else None
        if pin is not None and str(own := views[found.name].config.get("version")) != pin:
            faults.report("unknown-view", found, *wrong_version(found.name, pin, own, known))


def is_request(query: exp.Query) -> bool:
    clause = query.args.get("from_")
    return clause is not None and isinstance(clause.this, exp.Table) and clause.this.name == REQUEST_TABLE


def references(query: exp.Query) -> tuple[str, ...]:
    """The views that a query refers to, in order."""
    return tuple(dict.fromkeys(table.name for table in query.find_all(exp.Table) if table.catalog == REF_CATALOG))


def bind_request(
    query: exp.Query,
    keys: tuple[Field, ...],
    config: ViewConfig,
    views: Mapping[str, FeatureView],
    faults: Faults,
) -> BoundRequest:
    """Binds everything but the types. Raises Abandoned when no more can be said."""
    if not isinstance(query, exp.Select):
        raise AssertionError("what reads from request() is a SELECT")
    _check_clauses(query, faults)
    return _RequestSelect(query, keys, config, views, faults).bind()


@dataclass(slots=True)
class _RequestSelect:
    query: exp.Select
    keys: tuple[Field, ...]
    config: ViewConfig
    views: Mapping[str, FeatureView]
    faults: Faults
    relations: dict[str, Relation] = field(default_factory=dict)
    dependencies: list[Dependency] = field(default_factory=list)
    canonical: dict[str, str] = field(default_factory=dict)
    """Alias in the query to relation in feature expressions."""

    def bind(self) -> BoundRequest:
        table = self.query.args["from_"].this
        alias = table.alias or "request"
        joins = self.query.args.get("joins") or []
        if not self.keys:
            self.keys = self._keys_of_refs(joins)
        self._check_fields()
        fields = tuple({known.name: known for known in (*self.keys, *self.config.requests)}.values())
        self.relations[alias] = _relation(alias, tuple(known.name for known in fields))
        self.canonical[alias] = REQUEST
        merged = {known.name.lower(): alias for known in self.keys}
        for join in joins:
            self._bind_join(join, alias, merged)
        scope = Scope(self.relations, {})
        return self._features(scope, merged)

    def _check_fields(self) -> None:
        """A field with the name of a key is the key; it cannot be of another type, or be written otherwise."""
        for key in self.keys:
            for field_ in self.config.requests:
                if field_.name.lower() == key.name.lower() and field_ != key:
                    self.faults.report(
                        "type-mismatch", None, f"the request's field '{field_.name}' is {field_.dtype}, and the key "
                        f"'{key.name}' is {key.dtype}", "leave it out of 'request': keys are fields of every request",
                    )  # fmt: skip

    def _keys_of_refs(self, joins: list[exp.Join]) -> tuple[Field, ...]:
        """Without an entity, the keys that USING names are the request's own."""
        known: dict[str, Field] = {}
        for join in joins:
            view = self.views.get(join.this.name)
            names = {node.name.lower() for node in join.args.get("using") or []}
            for key in view.keys if view is not None else ():
                if key.name.lower() in names:
                    known.setdefault(key.name, key)
        return tuple(known.values())

    def _bind_join(self, join: exp.Join, request: str, merged: dict[str, str]) -> None:
        view = self._joined_view(join)
        alias = join.this.alias or view.name
        if alias in self.relations:
            raise self.faults.abandon("duplicate-name", join.this, f"two relations here are called '{alias}'")
        names = (*(key.name for key in view.keys), *(feature.name for feature in view.features))
        self.relations[alias] = _relation(alias, names)
        self.canonical[alias] = f"{alias}_view" if alias in (EVENT, MOMENT, REQUEST) else alias
        pairs = self._pairs(join, view, alias, request)
        for key in view.keys:
            if key.name not in dict(pairs):
                self.faults.report(
                    "entity-key-missing",
                    join.this,
                    f"the join to '{view.name}' does not say which {key.name} is meant",
                    f"join with USING ({', '.join(known.name for known in view.keys)})",
                )
        self._check_types(join, view, dict(pairs))
        ordered = tuple((key.name, dict(pairs)[key.name]) for key in view.keys if key.name in dict(pairs))
        self.dependencies.append(Dependency(alias=self.canonical[alias], view=view.name, on=ordered))
        for key in view.keys:
            merged.setdefault(key.name.lower(), alias)

    def _check_types(self, join: exp.Join, view: FeatureView, pairs: Mapping[str, str]) -> None:
        """A field finds rows by equality with a key, so both are of one type."""
        types = {known.name: known.dtype for known in (*self.config.requests, *self.keys)}
        for key in view.keys:
            dtype = types.get(pairs.get(key.name, ""))
            if dtype is not None and dtype != key.dtype:
                self.faults.report(
                    "type-mismatch", join.args.get("on") or join.this,
                    f"'{pairs[key.name]}' is {dtype}, and the key '{key.name}' of '{view.name}' is {key.dtype}",
                    f"declare the field with the key's type: '{str(key.dtype).lower()}'",
                )  # fmt: skip

    def _joined_view(self, join: exp.Join) -> FeatureView:
        item = join.this
        if not isinstance(item, exp.Table) or item.catalog != REF_CATALOG:
            raise self.faults.abandon(
                "unsupported-shape", item, "a request view joins other views only",
                "write left join {{ ref('view') }} as v using (key)",
            )  # fmt: skip
        side, kind = str(join.args.get("side") or "").upper(), str(join.args.get("kind") or "").upper()
        if side != "LEFT" or kind not in ("", "OUTER") or join.args.get("method"):
            self.faults.report(
                "unsupported-shape", item, "every request gets an answer, so its joins are LEFT JOINs",
                f"write left join {{{{ ref('{item.name}') }}}}",
            )  # fmt: skip
        return self.views[item.name]

    def _pairs(self, join: exp.Join, view: FeatureView, alias: str, request: str) -> list[tuple[str, str]]:
        """(key of the view, field of the request), from USING or from ON."""
        resolver = Resolver(Scope(self.relations, {}), self.faults)
        pairs: list[tuple[str, str]] = []
        for node in join.args.get("using") or []:
            own = exp.Column(this=node.copy(), table=exp.to_identifier(request))
            found = resolver.resolve(own)
            key = next((key.name for key in view.keys if key.name.lower() == node.name.lower()), None)
            if key is not None:
                pairs.append((key, found.name))
            elif isinstance(found, exp.Column) and found.table == request:
                self.faults.report(
                    "unsupported-shape", node, f"'{node.name}' is no key of '{view.name}', by which it could be joined",
                    f"join with USING ({', '.join(known.name for known in view.keys)})",
                )  # fmt: skip
        conditions = [resolver.resolve(part.copy()) for part in conjuncts(join.args.get("on"))]
        return [*pairs, *(self._pair(condition, view, alias, request) for condition in conditions)]

    def _pair(self, part: exp.Expr, view: FeatureView, alias: str, request: str) -> tuple[str, str]:
        if isinstance(part, exp.EQ):
            keys = {key.name for key in view.keys}
            for own, other in ((part.left, part.right), (part.right, part.left)):
                is_key = isinstance(own, exp.Column) and own.table == alias and own.name in keys
                if is_key and isinstance(other, exp.Column) and other.table == request:
                    return own.name, other.name
        raise self.faults.abandon(
            "unsupported-shape",
            part,
            "a join to a view says which field of the request is its key, and nothing else",
            f"write ON {alias}.{view.keys[0].name} = {request}.<field>",
        )

    def _features(self, scope: Scope, merged: dict[str, str]) -> BoundRequest:
        scope = Scope(scope.relations, merged)
        items = select_items(self.query, scope, Resolver(scope, self.faults), self.faults)
        keys = {key.name.lower() for key in self.keys}
        features: dict[str, exp.Expr] = {}
        for name, item in items.items():
            _check_row_level(item, self.faults)
            value = self._canonical(item)
            if not (_is_field(value, name) and name.lower() in keys):
                features[name] = value
        if not features and not self.faults.has_errors:
            self.faults.report("unsupported-shape", self.query, "this request view selects no feature")
        return BoundRequest(keys=self.keys, features=features, dependencies=tuple(self.dependencies))

    def _canonical(self, item: exp.Expr) -> exp.Expr:
        holder = exp.Paren(this=item)
        for node in list(holder.find_all(exp.Column, exp.Anonymous)):
            if isinstance(node, exp.Column) and node.table in self.canonical:
                replaced: exp.Expr = self._value(node)
            elif is_call(node, "as_of"):
                replaced = column(AT, MOMENT)
            else:
                continue
            node.replace(place_as(replaced, node))
        return holder.this  # type: ignore[no-any-return]

    def _value(self, node: exp.Column) -> exp.Column:
        """A key of a joined view is the request's own field, since the join is an equality."""
        for dependency in self.dependencies:
            if dependency.alias == self.canonical[node.table] and node.name in dict(dependency.on):
                return column(dict(dependency.on)[node.name], REQUEST)
        return column(node.name, self.canonical[node.table])


def _is_field(value: exp.Expr, name: str) -> bool:
    """Whether the value is the request's own field of that name, which is no feature."""
    return isinstance(value, exp.Column) and value.table == REQUEST and value.name.lower() == name.lower()


def _check_clauses(query: exp.Select, faults: Faults) -> None:
    check_limit(query, faults)
    check_expressions(query, faults)
    for clause in ("where", "group", "having", "order", "distinct", "qualify", "with_"):
        if node := query.args.get(clause):
            faults.report(
                "unsupported-shape", node, "a request view answers every request with one row",
                "use CASE or coalesce in its expressions; filter and aggregate in the views that it joins",
            )  # fmt: skip


def _check_row_level(item: exp.Expr, faults: Faults) -> None:
    for node in item.find_all(exp.AggFunc, exp.Anonymous, exp.Window):
        if isinstance(node, exp.Window) or (aggregate_order(node) is not None and not is_windowed(node)):
            faults.report(
                "unsupported-shape", node, "a request view has row-level expressions only",
                "aggregate in a view of its own and join it with ref()",
            )  # fmt: skip


def _relation(name: str, columns: tuple[str, ...]) -> Relation:
    return Relation(name=name, columns=columns, timing=None, event_time=None, ties=None, unique_by=None)
