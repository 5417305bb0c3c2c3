"""The uses of views that a service needs, each evaluated once, dependencies first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from skewless.contract.ir import FeatureView
from skewless.contract.names import EVENT, MOMENT, REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A view under certain keys. `on` names the spine's column for each key and request field of the view."""

    name: str
    view: FeatureView
    on: tuple[tuple[str, str], ...]
    dependencies: tuple[tuple[str, Instance], ...]
    """A request view's joins: alias in its expressions, and the instance it stands for."""

    def column(self, field: str) -> str:
        """The spine's column that holds a key or request field."""
        return dict(self.on).get(field, field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One column of a training set or a vector. `use` is what the service calls the view: its name, or an alias."""

    name: str
    use: str
    instance: Instance
    feature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """A service, resolved: its instances in order of evaluation, and its columns in the service's order."""

    name: str
    instances: tuple[Instance, ...]
    outputs: tuple[Output, ...]
    description: str

    @property
    def spine_columns(self) -> Mapping[str, str]:
        """The spine's columns that the service reads, and their types: keys first, then request fields."""
        keys = {
            instance.column(field.name): str(field.dtype) for instance in self.instances for field in instance.view.keys
        }
        fields = {
            instance.column(field.name): str(field.dtype)
            for instance in self.instances
            for field in instance.view.requests
        }
        return {**keys, **{name: dtype for name, dtype in fields.items() if name not in keys}}

    @property
    def key_columns(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(instance.column(key.name) for instance in self.instances for key in instance.view.keys)
        )


_RELATIONS = frozenset({"spine", "spine_given", "points", "cutoff", MOMENT, EVENT, REQUEST})


class InstanceBuilder:
    """Collects instances; the same view under the same keys is one instance."""

    def __init__(self, views: Mapping[str, FeatureView]) -> None:
        self._views = views
        self._known: dict[tuple[str, tuple[tuple[str, str], ...]], Instance] = {}

    def add(self, view: FeatureView, on: Mapping[str, str], alias: str | None = None) -> Instance:
        """The instance of a view, with those it depends on added before it."""
        fields = (*view.keys, *view.requests)
        binding = tuple(dict.fromkeys((field.name, on.get(field.name, field.name)) for field in fields))
        if (known := self._known.get((view.name, binding))) is not None:
            return known
        columns = dict(binding)
        dependencies = tuple(
            (dependency.alias, self._dependency(dependency.view, dict(dependency.on), columns))
            for dependency in view.dependencies
        )
        instance = Instance(name=self._unique(alias or view.name), view=view, on=binding, dependencies=dependencies)
        self._known[view.name, binding] = instance
        return instance

    @property
    def instances(self) -> tuple[Instance, ...]:
        return tuple(self._known.values())

    def _dependency(self, name: str, on: Mapping[str, str], columns: Mapping[str, str]) -> Instance:
        view = self._views[name]
        return self.add(view, {key: columns.get(field, field) for key, field in on.items()} | _requests(view, columns))

    def _unique(self, wanted: str) -> str:
        taken = {instance.name.lower() for instance in self._known.values()}
        return next(name for name in _names(wanted) if not _clashes(name.lower(), taken))


def _names(wanted: str) -> Iterator[str]:
    """A number at the end tells two uses of one view apart; one in front also `orders__daily` from `orders`."""
    yield wanted
    for number in count(2):
        yield f"{wanted}_{number}"
        yield f"view_{number}_{wanted}"


def _clashes(name: str, taken: set[str]) -> bool:
    """Whether a relation of this name, or one that begins with it, could be taken for another."""
    if name in taken or name in _RELATIONS:
        return True
    return any(other.startswith(f"{name}__") or name.startswith(f"{other}__") for other in taken)


def _requests(view: FeatureView, columns: Mapping[str, str]) -> dict[str, str]:
    return {field.name: columns.get(field.name, field.name) for field in view.requests}


def service_of_view(
    view: FeatureView,
    views: Mapping[str, FeatureView],
    *,
    name: str | None = None,
    on: Mapping[str, str] | None = None,
) -> ServicePlan:
    """A service of one view, under its own name and keys unless told otherwise."""
    builder = InstanceBuilder(views)
    instance = builder.add(view, on or {}, name)
    use = name or view.name
    outputs = tuple(Output(name=one.name, use=use, instance=instance, feature=one.name) for one in view.features)
    return ServicePlan(name=use, instances=builder.instances, outputs=outputs, description=view.description)
