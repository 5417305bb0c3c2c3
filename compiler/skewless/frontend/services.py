"""Services of the properties into plans: instances of views, and columns in the service's order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skewless.contract.instances import Instance, InstanceBuilder, Output, ServicePlan
from skewless.contract.ir import FeatureView
from skewless.ground.diagnostics import Diagnostic, did_you_mean
from skewless.ground.spans import Span
from skewless.project.model import Service, ServiceView
from skewless.project.named_versions import unknown_view, wrong_version


def resolve_service(
    service: Service, views: Mapping[str, FeatureView], known_views: frozenset[str]
) -> ServicePlan | tuple[Diagnostic, ...]:
    """The plan of a service, or what is wrong with it.

    `known_views` are all views of the project: one that is known and not in `views` has diagnostics of its own, as has
    a service that is not sound, and nothing more is said here (the result is then empty).
    """
    resolver = _Resolver(service, views, known_views, [])
    plan = resolver.resolve()
    return plan if plan is not None and service.is_sound and not resolver.faults else tuple(resolver.faults)


@dataclass(slots=True)
class _Resolver:
    service: Service
    views: Mapping[str, FeatureView]
    known_views: frozenset[str]
    faults: list[Diagnostic]

    def resolve(self) -> ServicePlan | None:
        builder = InstanceBuilder(self.views)
        used: list[tuple[ServiceView, Instance, tuple[str, ...]]] = []
        broken = False
        for entry in self.service.views:
            view = self._view(entry)
            if view is None:
                broken = True
                continue
            self._check_keys(entry, view)
            instance = builder.add(view, entry.on, entry.alias)
            used.append((entry, instance, self._features(entry, view)))
        if broken:
            return None
        plan = ServicePlan(
            name=self.service.name,
            instances=builder.instances,
            outputs=self._outputs(used),
            description=self.service.description,
        )
        self._check_types(plan)
        self._check_watched(plan)
        return plan

    def _view(self, entry: ServiceView) -> FeatureView | None:
        if entry.view in self.views:
            view = self.views[entry.view]
            if not view.online:
                self._report("invalid-value", entry.span, f"'{entry.view}' has online=false, so it cannot be served",
                             "drop online=false, or leave the view out of the service")  # fmt: skip
            if entry.version is not None and str(own := view.config.get("version")) != entry.version:
                words = wrong_version(entry.view, entry.version, own, self.known_views)
                self._report("unknown-view", entry.span, *words)
            return view
        if entry.view not in self.known_views:
            self._report("unknown-view", entry.span, *unknown_view(entry.view, entry.version, self.known_views))
        return None

    def _check_keys(self, entry: ServiceView, view: FeatureView) -> None:
        names = [field.name for field in (*view.keys, *view.requests)]
        for key in entry.on:
            if key not in names:
                self._report("unknown-key", entry.on_spans[key], f"on: '{key}' is no key of '{view.name}'",
                             did_you_mean(key, names) or f"keys: {', '.join(names)}")  # fmt: skip

    def _features(self, entry: ServiceView, view: FeatureView) -> tuple[str, ...]:
        known = {feature.name.lower(): feature.name for feature in view.features}
        if entry.features is None:
            return tuple(known.values())
        found: list[str] = []
        for name in entry.features:
            if name.lower() in known:
                found.append(known[name.lower()])
            else:
                where = entry.feature_spans[name]
                self._report("unknown-feature", where, f"'{name}' is not a feature of '{view.name}'",
                             did_you_mean(name, known.values())
                             or f"features: {', '.join(known.values())}")  # fmt: skip
        return tuple(found)

    def _outputs(self, used: list[tuple[ServiceView, Instance, tuple[str, ...]]]) -> tuple[Output, ...]:
        """Columns are called after their feature; where two would be called alike, after view and feature."""
        names = [feature for _, _, features in used for feature in features]
        outputs: list[Output] = []
        for entry, instance, features in used:
            for feature in features:
                clashes = names.count(feature) > 1 or self.service.full_feature_names
                use = entry.alias or entry.view
                name = f"{use}__{feature}" if clashes else feature
                if self.service.is_sound and any(output.name == name for output in outputs):
                    span = entry.feature_spans.get(feature, entry.span)
                    self._report("duplicate-name", span, f"two features of the service would be called '{name}'",
                                 "give one use of the view an alias: {view: ..., as: ...}")  # fmt: skip
                outputs.append(Output(name=name, use=use, instance=instance, feature=feature))
        return tuple(outputs)

    def _check_types(self, plan: ServicePlan) -> None:
        """One column of the spine has one type, whoever reads it; and no feature hides a column of the spine."""
        seen: dict[str, tuple[str, str]] = {}
        spelled: dict[str, str] = {}
        for instance in plan.instances:
            for field in (*instance.view.keys, *instance.view.requests):
                name, dtype = instance.column(field.name), str(field.dtype)
                if (other := spelled.setdefault(name.lower(), name)) != name:
                    self._report("duplicate-name", self.service.span,
                                 f"requests would bring '{other}' and '{name}', which differ in capitals only",
                                 "write them alike, or map one of them to another column with on:")  # fmt: skip
                known = seen.setdefault(name, (dtype, instance.view.name))
                if known[0] != dtype:
                    self._report("type-mismatch", self.service.span,
                                 f"'{name}' is {known[0]} for '{known[1]}' and {dtype} for '{instance.view.name}'",
                                 "declare one type, or map one of them to another column with on:")  # fmt: skip
        for output in plan.outputs:
            if output.name.lower() in spelled:
                self._report("duplicate-name", self.service.span,
                             f"the feature '{output.name}' has the name of a column that requests bring",
                             "rename the feature, or set full_feature_names: true")  # fmt: skip

    def _check_watched(self, plan: ServicePlan) -> None:
        """What is said under `monitor:` is said of features that the service has."""
        names = [output.name for output in plan.outputs]
        for name, span in self.service.monitoring.feature_spans.items():
            if name not in names:
                self._report("unknown-feature", span, f"'{name}' is not a feature of '{plan.name}'",
                             did_you_mean(name, names) or f"features: {', '.join(names)}")  # fmt: skip

    def _report(self, code, span: Span, message: str, help_line: str | None = None) -> None:  # type: ignore[no-untyped-def]
        self.faults.append(Diagnostic(code=code, message=message, span=span, help=help_line))
