"""A project's files into FeatureViews: every view that can be compiled, and every diagnostic of those that cannot."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast

from sqlglot import exp

from skewless.codegen.training.plans import refusal
from skewless.contract.ir import Feature, FeatureView, Field, SourceTable
from skewless.contract.names import AT, MOMENT, is_reserved
from skewless.frontend.checks.clauses import check_clauses
from skewless.frontend.checks.determinism import check_determinism
from skewless.frontend.checks.functions import check_functions
from skewless.frontend.checks.portability import check_portability
from skewless.frontend.config import ConfigReader, ViewConfig
from skewless.frontend.context import Environment, Message
from skewless.frontend.data_tests import check_data_tests
from skewless.frontend.faults import Abandoned, Faults
from skewless.frontend.parse import parse_query
from skewless.frontend.positions import forget_positions
from skewless.frontend.probe import Probe
from skewless.frontend.render import Rendered, Renderer
from skewless.frontend.request import bind_request, check_pins, check_views, is_request, references, resolve_references
from skewless.frontend.trees import unwrapped
from skewless.frontend.view import bind_view
from skewless.ground.diagnostics import Diagnostic, did_you_mean
from skewless.ground.dtypes import DataType
from skewless.ground.spans import Span
from skewless.project.model import Entity, Model, ProjectFiles, Source, ViewProperties


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReads:
    """The names of what a model read while it was compiled."""

    variables: tuple[str, ...]
    environment: tuple[str, ...]
    macros: tuple[str, ...]
    entities: tuple[str, ...]
    sources: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """What the frontend makes of a project."""

    views: Mapping[str, FeatureView]
    references: Mapping[str, tuple[str, ...]]
    """View to the views it refers to; known for every view whose SQL could be read."""
    sources_read: Mapping[str, tuple[str, ...]]
    rendered: Mapping[str, str]
    configs: Mapping[str, Mapping[str, Any]]
    diagnostics: tuple[Diagnostic, ...]
    models: frozenset[str]
    """The models that this is about, lowered or not."""
    messages: tuple[tuple[str, Message], ...]
    """(path, what its template said while it was rendered)."""
    disabled: frozenset[str]
    """Those that `enabled: false` leaves out."""
    reads: Mapping[str, ModelReads]
    """What each view was made of, besides its file and what YAML says of it."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A model between parsing and binding."""

    model: Model
    rendered: Rendered
    query: exp.Query
    config: ViewConfig
    places: Callable[[str], Span]
    """Where a setting of the view is written."""
    faults: Faults
    properties: ViewProperties | None
    is_configured: bool
    """Whether its configuration is without faults."""


@dataclass(slots=True)
class Frontend:
    """Lowers the models of one project. Views are bound after the views they refer to."""

    files: ProjectFiles
    renderer: Renderer
    probe: Probe = field(default_factory=Probe)
    views: dict[str, FeatureView] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    disabled: set[str] = field(default_factory=set)
    macro_faults: tuple[Diagnostic, ...] = ()
    dialect: str = "duckdb"
    _sources: Mapping[str, SourceTable] = field(init=False)
    _unsound: frozenset[str] = field(init=False)
    """Sources with faults."""
    _properties: Mapping[str, ViewProperties] = field(init=False)
    _names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._names = frozenset(model.name for model in self.files.models)
        self._sources = source_tables(self.files)
        self._unsound = frozenset(source.full_name for source in self.files.sources if not source.is_sound)
        self._properties = {known.name: known for known in reversed(self.files.properties)}

    def lower(self, models: Sequence[Model], shares: Sequence[Lowered] = ()) -> Lowered:
        """The models in any order; disabled ones are left out. What `shares` are about is not done again."""
        done = _together(shares)
        self.views, self.disabled = dict(done.views), set(done.disabled)
        self.diagnostics = [*self.macro_faults, *done.diagnostics]
        parsed = self._parsed([model for model in models if model.name not in done.models])
        found = {**done.references, **{name: references(one.query) for name, one in parsed.items()}}
        # The order of the models, not that in which shares were done, decides the order of everything.
        refers = {model.name: found[model.name] for model in models if model.name in found}
        known = frozenset(model.name for model in models) - self.disabled
        order = self._order(parsed, refers)
        for name in order:
            if name in parsed:
                self._bind(parsed[name], known)
        both = _together([done, self._lowered(parsed, models)])
        views = {name: self.views[name] for name in order if name in self.views}
        self.diagnostics.extend(check_data_tests(self.files, views))
        return replace(both, views=views, diagnostics=tuple(self.diagnostics))

    def share(self, models: Sequence[Model]) -> Lowered:
        """Those of the models that refer to no view, and so need nothing of the others."""
        self.views, self.disabled, self.diagnostics = {}, set(), []
        parsed = self._parsed(models)
        alone = {name: one for name, one in parsed.items() if not references(one.query)}
        for one in alone.values():
            self._bind(one, frozenset())
        return self._lowered(alone, [model for model in models if model.name in alone or model.name not in parsed])

    def _parsed(self, models: Sequence[Model]) -> dict[str, _Parsed]:
        return {model.name: found for model in models if model.text and (found := self._parse(model)) is not None}

    def _lowered(self, parsed: Mapping[str, _Parsed], models: Sequence[Model]) -> Lowered:
        for one in parsed.values():
            self.diagnostics.extend(one.faults.found)
        return Lowered(
            views={name: self.views[name] for name in parsed if name in self.views},
            references={name: references(one.query) for name, one in parsed.items()},
            sources_read={name: _sources_of(one.query) for name, one in parsed.items()},
            rendered={name: one.rendered.text for name, one in parsed.items()},
            configs={name: one.config.settings for name, one in parsed.items()},
            diagnostics=tuple(self.diagnostics),
            models=frozenset(model.name for model in models),
            messages=tuple((one.model.path, said) for one in parsed.values() for said in one.rendered.reads.messages),
            disabled=frozenset(self.disabled),
            reads={name: _reads_of(one) for name, one in parsed.items()},
        )

    def _parse(self, model: Model) -> _Parsed | None:
        properties = self._properties.get(model.name)
        configured = {**model.config, **(properties.config if properties else {})}
        rendered = self.renderer.render(model, configured)
        if isinstance(rendered, Diagnostic):
            self.diagnostics.append(rendered)
            return None
        faults = Faults(rendered.source_map, rendered.config_span, rendered.text)
        settings = {**configured, **rendered.reads.config}
        if settings.get("enabled") is False:
            self.disabled.add(model.name)
            return None
        spans = properties.config_spans if properties else {}
        reader = ConfigReader(settings, spans, model.path, model.text.replace("\r\n", "\n"), faults)
        config = reader.read()
        is_configured = not faults.has_errors and (properties is None or properties.is_sound)
        try:
            written = parse_query(rendered, faults)
            check_clauses(written, faults)
            query = cast("exp.Query", unwrapped(written))
            resolve_references(query, self._names)
        except Abandoned:
            self.diagnostics.extend(faults.found)
            return None
        return _Parsed(model, rendered, query, config, reader.span, faults, properties, is_configured)

    def _order(self, parsed: Mapping[str, _Parsed], refers: Mapping[str, tuple[str, ...]]) -> list[str]:
        """Views after those they refer to; the views of a circle are reported and left out."""
        graph = {name: [other for other in others if other in refers] for name, others in refers.items()}
        while True:
            try:
                return [name for name in TopologicalSorter(graph).static_order() if name in graph]
            except CycleError as error:
                # graphlib tells a circle from the view that is read to the one that reads it.
                circle = list(reversed(error.args[1]))
                _report_circle([parsed[name] for name in circle])
                graph = {name: others for name, others in graph.items() if name not in circle}

    def _bind(self, one: _Parsed, known: frozenset[str]) -> None:
        check_determinism(one.query, one.rendered.text, one.faults)
        try:
            check_views(one.query, known, self.disabled, one.faults)
            self._check_ground(one)
            check_functions(one.query, self.probe.unknown_function, one.faults)
            keys = self._keys(one)
            if not all(name in self.views for name in references(one.query)):
                return  # they have diagnostics of their own
            check_pins(one.query, self.views, known, one.faults)
            view = self._request(one, keys) if is_request(one.query) else self._rows(one, keys)
        except Abandoned:
            return
        except RecursionError:
            one.faults.report(
                "syntax-error", None, "the SQL is nested too deeply to be compiled", "move a part of it into a CTE"
            )
            return
        self._check_kind(one, view)
        if not one.faults.has_errors:
            check_portability(view, {**self.views, view.name: view}, self.dialect, one.faults)
        if not one.faults.has_errors:
            _forget_positions(view)
            self.views[view.name] = view

    def _check_ground(self, one: _Parsed) -> None:
        """What a view stands on must be without faults: whatever else is wrong with it may follow from them."""
        read, lost = set(_sources_of(one.query)), self.files.lost
        entities = {known.name: known.is_sound for known in self.files.entities}
        grounds = (
            one.is_configured,
            one.config.entities or is_request(one.query) or "config" not in lost,
            all(entities.get(name, "entity" not in lost) for name in one.config.entities),
            read.isdisjoint(self._unsound),
            read <= self._sources.keys() or "source" not in lost,
        )
        if not all(grounds):
            raise Abandoned

    def _keys(self, one: _Parsed) -> tuple[Field, ...]:
        known = {entity.name: entity for entity in self.files.entities}
        if not one.config.entities and not is_request(one.query):
            raise one.faults.abandon(
                "missing-key", None, f"the view '{one.model.name}' names no entity",
                "add {{ config(entity='...') }}, with an entity from 'entities:' in YAML",
            )  # fmt: skip
        keys: dict[str, Field] = {}
        for name in one.config.entities:
            for field_ in self._entity(one, name, known):
                if is_reserved(field_.name):
                    one.faults.report(
                        "duplicate-name", one.places("entity"),
                        f"the key '{field_.name}' has a name that skewless gives to its own columns", "rename the key",
                    )  # fmt: skip
                keys.setdefault(field_.name, field_)
        return tuple(keys.values())

    def _entity(self, one: _Parsed, name: str, known: Mapping[str, Entity]) -> tuple[Field, ...]:
        if name not in known:
            raise one.faults.abandon(
                "unknown-entity", one.places("entity"), f"there is no entity '{name}'",
                did_you_mean(name, known) or "declare it under 'entities:' in a YAML file of the features folder",
            )  # fmt: skip
        return tuple(_field(key.name, key.data_type) for key in known[name].keys)

    def _rows(self, one: _Parsed, keys: tuple[Field, ...]) -> FeatureView:
        bound = bind_view(one.query, keys, one.config, self._sources, one.faults)
        if one.config.refresh is not None:
            _check_refreshed(bound.features, one.faults)
        if one.faults.has_errors:
            raise Abandoned
        rows, column_types, feature_types = self.probe.rows(
            bound.pipeline, bound.row_columns, keys, bound.features, bound.kind == "aggregate", one.faults
        )
        columns = tuple(
            Field(name=name, dtype=dtype) for name, dtype in zip(bound.row_columns, column_types, strict=True)
        )
        pipeline = replace(rows, columns=columns)
        features = self._features(one, bound.features, feature_types, keys)
        view = FeatureView(
            name=one.model.name, path=one.model.path, kind="aggregate" if bound.kind == "aggregate" else "latest",
            keys=keys, features=features, pipeline=pipeline, horizon=bound.horizon, ttl=one.config.ttl,
            refresh=one.config.refresh, requests=(), dependencies=(), plan=one.config.plan, online=one.config.online,
            description=_description(one), config=one.config.settings,
        )  # fmt: skip
        self._check_plan(one, view)
        return view

    def _request(self, one: _Parsed, keys: tuple[Field, ...]) -> FeatureView:
        bound = bind_request(one.query, keys, one.config, self.views, one.faults)
        if one.faults.has_errors:
            raise Abandoned
        dependencies = {dependency.alias: self.views[dependency.view] for dependency in bound.dependencies}
        fields = tuple({known.name: known for known in (*bound.keys, *one.config.requests)}.values())
        types = self.probe.request(fields, dependencies, bound.features, one.faults)
        for key in ("ttl", "refresh"):
            if one.config.settings.get(key) is not None:
                one.faults.report(
                    "invalid-value", one.places(key),
                    f"{key}: a request view is computed for each request, and never stored",
                    f"set {key} on the views that it joins",
                )  # fmt: skip
        features = self._features(one, bound.features, types, bound.keys)
        return FeatureView(
            name=one.model.name, path=one.model.path, kind="request", keys=bound.keys, features=features,
            pipeline=None, horizon=None, ttl=None, refresh=None, requests=one.config.requests,
            dependencies=bound.dependencies, plan=None, online=one.config.online, description=_description(one),
            config=one.config.settings,
        )  # fmt: skip

    def _features(
        self,
        one: _Parsed,
        expressions: Mapping[str, exp.Expr],
        inferred: Sequence[DataType],
        keys: tuple[Field, ...],
    ) -> tuple[Feature, ...]:
        declared = {known.name.lower(): known for known in (one.properties.columns if one.properties else ())}
        names = [*expressions, *(key.name for key in keys)]
        for name, known in declared.items():
            if name not in {own.lower() for own in names}:
                one.faults.report(
                    "unknown-feature", known.span, f"'{known.name}' is not a feature of '{one.model.name}'",
                    did_you_mean(known.name, names) or f"features: {', '.join(expressions)}",
                )  # fmt: skip
        features: list[Feature] = []
        for (name, expression), dtype in zip(expressions.items(), inferred, strict=True):
            contract = declared.get(name.lower())
            wanted = contract.data_type if contract else None
            if contract is not None and wanted is not None and not _fits(dtype, wanted):
                one.faults.report(
                    "type-mismatch", contract.span, f"'{name}' is declared {wanted} and computed as {dtype}",
                    "change the data_type, or cast in the model",
                )  # fmt: skip
            features.append(
                Feature(
                    name=name, dtype=wanted or dtype, expression=expression,
                    description=contract.description if contract else "",
                )
            )  # fmt: skip
        return tuple(features)

    def _check_plan(self, one: _Parsed, view: FeatureView) -> None:
        if view.plan is not None and (reason := refusal(view, view.plan)) is not None:
            one.faults.report(
                "unusable-plan", one.places("plan"), f"plan='{view.plan}' cannot compute this view: {reason}",
                "drop plan=..., and the cheapest plan that honours the view is chosen",
            )  # fmt: skip

    def _check_kind(self, one: _Parsed, view: FeatureView) -> None:
        if one.config.kind is not None and one.config.kind != view.kind:
            one.faults.report(
                "kind-mismatch", one.places("kind"),
                f"config says kind='{one.config.kind}', and the query is of kind '{view.kind}'",
                "latest: no aggregates; aggregate: GROUP BY the keys; request: FROM {{ request() }}",
            )  # fmt: skip


def _report_circle(circle: list[_Parsed]) -> None:
    """`circle` begins and ends with the same view; each refers to the next."""
    words = " -> ".join(one.model.name for one in circle)
    for one, following in itertools.pairwise(circle):
        tables = one.query.find_all(exp.Table)
        where = next((table for table in tables if table.name == following.model.name and table.catalog), None)
        message = "the view refers to itself" if len(circle) == 2 else f"views refer to each other in a circle: {words}"
        help_line = "move what they share into a view that both refer to"
        if len(circle) == 2:
            help_line = "read its sources instead, or move a part of it into a view of its own"
        one.faults.report("circular-reference", where, message, help_line)


def frontend_of(files: ProjectFiles, outside: Environment) -> Frontend:
    """The frontend of a project; `outside` is what its templates may read."""
    renderer, faults = Renderer.of(files.macros, outside)
    return Frontend(files, renderer, macro_faults=faults, dialect=outside.dialect)


def _together(parts: Iterable[Lowered]) -> Lowered:
    """Parts that share no model, as one."""
    found = list(parts)
    return Lowered(
        views={name: view for part in found for name, view in part.views.items()},
        references={name: others for part in found for name, others in part.references.items()},
        sources_read={name: sources for part in found for name, sources in part.sources_read.items()},
        rendered={name: text for part in found for name, text in part.rendered.items()},
        configs={name: settings for part in found for name, settings in part.configs.items()},
        diagnostics=tuple(fault for part in found for fault in part.diagnostics),
        models=frozenset(name for part in found for name in part.models),
        messages=tuple(said for part in found for said in part.messages),
        disabled=frozenset(name for part in found for name in part.disabled),
        reads={name: one for part in found for name, one in part.reads.items()},
    )


def _reads_of(one: _Parsed) -> ModelReads:
    reads = one.rendered.reads
    return ModelReads(
        variables=tuple(sorted(reads.variables)),
        environment=tuple(sorted(reads.environment)),
        macros=tuple(sorted(reads.macros)),
        entities=one.config.entities,
        sources=_sources_of(one.query),
        references=references(one.query),
    )


def source_tables(files: ProjectFiles) -> dict[str, SourceTable]:
    """The project's sources as the compiler needs them, by full name."""
    return {source.full_name: source_table(source) for source in files.sources}


def _check_refreshed(features: Mapping[str, exp.Expr], faults: Faults) -> None:
    """Values of entities without rows are stored once for all of them, so they cannot depend on which one it is."""
    for name, expression in features.items():
        for node in expression.find_all(exp.Column):
            if node.table == MOMENT and node.name != AT:
                faults.report(
                    "unsupported-shape", node,
                    f"'{name}' depends on the key '{node.name}' itself, and values of a refreshed view are stored",
                    "use the key in a request view over this one, or inside an aggregate",
                )  # fmt: skip


def _forget_positions(view: FeatureView) -> None:
    """Drops where nodes were written: nothing is reported of a view that compiles, and each copy would copy them."""
    trees: list[exp.Expr] = [feature.expression for feature in view.features]
    if view.pipeline is not None:
        trees.extend(step.query for step in view.pipeline.steps)
    for tree in trees:
        forget_positions(tree)


def source_table(source: Source) -> SourceTable:
    return SourceTable(
        name=source.full_name, database=source.database, schema=source.schema, identifier=source.identifier,
        path=source.path, columns=tuple(_field(known.name, known.data_type) for known in source.columns),
        event_time=source.event_time, known_at=source.known_at, delay=source.delay, primary_key=source.primary_key,
        append_only=source.append_only, tie_break=source.tie_break, deleted=source.deleted, inclusive=source.inclusive,
        landed=source.stream.land if source.stream is not None else None,
    )  # fmt: skip


def _field(name: str, dtype: DataType | None) -> Field:
    return Field(name=name, dtype=dtype or DataType(kind="VARCHAR"))


def _sources_of(query: exp.Query) -> tuple[str, ...]:
    from skewless.frontend.context import SOURCE_CATALOG

    found = (table for table in query.find_all(exp.Table) if table.catalog == SOURCE_CATALOG)
    return tuple(dict.fromkeys(f"{table.db}.{table.name}" for table in found))


def _description(one: _Parsed) -> str:
    written = one.properties.description if one.properties else ""
    return written or str(one.config.settings.get("description") or "")


_NUMBERS = {"BOOLEAN", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL"}
_TIMES = {"DATE", "TIMESTAMP"}


def _fits(inferred: DataType, declared: DataType) -> bool:
    """Whether the final cast is one between types that mean the same kind of thing."""
    if inferred.element is not None and declared.element is not None:
        return _fits(inferred.element, declared.element)
    if declared.kind == "VARCHAR" or inferred.kind == declared.kind:
        return inferred.element is None
    return any({inferred.kind, declared.kind} <= group for group in (_NUMBERS, _TIMES))
