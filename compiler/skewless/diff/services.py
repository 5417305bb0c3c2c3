"""Services, before and now: what they ask for and answer with, and what changes in the views they read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from skewless.contract.definition import Definitions, OutputDefinition, ServiceDefinition
from skewless.diff.result import Change, Kind
from skewless.diff.words import changed


def compare_services(before: Definitions, now: Definitions, views: Sequence[Change]) -> list[Change]:
    """Every service, those that are gone last; `views` are the changes of the views."""
    by_view = {change.name: change for change in views}
    gone = [name for name in before.services if name not in now.services]
    return [
        *(_compare(before.services.get(name), service, by_view) for name, service in now.services.items()),
        *(Change(name=name, resource="service", kind=Kind.SCHEMA, reasons=("the service is gone",)) for name in gone),
    ]


def _compare(before: ServiceDefinition | None, now: ServiceDefinition, views: Mapping[str, Change]) -> Change:
    if before is None:
        return Change(name=now.name, resource="service", kind=Kind.NEW_FEATURES, reasons=("the service is new",))
    kind, reasons = Kind.UNCHANGED, list[str]()
    touched: list[str] = []
    for part, found in (
        (Kind.SCHEMA, list(_breaks(before, now))),
        (Kind.VALUES, list(_values(before, now, views, touched))),
        (Kind.NEW_FEATURES, list(_added(before, now))),
        (Kind.COSMETIC, list(_cosmetic(now, views))),
    ):
        if found:
            kind = max(kind, part)
            reasons += found
    return Change(
        name=now.name, resource="service", kind=kind, reasons=tuple(reasons), features=tuple(dict.fromkeys(touched))
    )


def _breaks(before: ServiceDefinition, now: ServiceDefinition) -> Iterator[str]:
    was, is_ = dict(before.spine), dict(now.spine)
    for name in dict.fromkeys((*was, *is_)):
        if was.get(name) != is_.get(name):
            yield changed(f"it asks for {name}", was.get(name, "no"), is_.get(name, "no"))
    old, new = _outputs(before), _outputs(now)
    for name, output in old.items():
        if name not in new:
            yield f"{name} is gone"
        elif output.type != new[name].type:
            yield changed(f"type of {name}", output.type, new[name].type)
    kept, left = [name for name in old if name in new], [name for name in new if name in old]
    if kept != left:
        yield changed("order of its features", ", ".join(kept), ", ".join(left))


def _values(
    before: ServiceDefinition, now: ServiceDefinition, views: Mapping[str, Change], touched: list[str]
) -> Iterator[str]:
    """Outputs that come from elsewhere, and those whose feature changes. Notes their names."""
    old = _outputs(before)
    for output in now.outputs:
        was = old.get(output.name)
        if was is None:
            continue
        if (was.view, was.feature, was.on) != (output.view, output.feature, output.on):
            touched.append(output.name)
            yield changed(f"{output.name} is", _place(was), _place(output))
        elif (change := views.get(output.view)) is not None and _changes(change, output.feature):
            touched.append(output.name)
            yield f"{output.name}: {change.kind.words} in {output.view}"


def _changes(view: Change, feature: str) -> bool:
    return view.kind >= Kind.VALUES and feature in view.features


def _added(before: ServiceDefinition, now: ServiceDefinition) -> Iterator[str]:
    old = _outputs(before)
    return (f"{output.name} is new: {_place(output)}" for output in now.outputs if output.name not in old)


def _cosmetic(now: ServiceDefinition, views: Mapping[str, Change]) -> Iterator[str]:
    """Views of another version in which nothing that the service reads is another."""
    for name, fingerprint in now.pins:
        change = views.get(name)
        if change is not None and change.before is not None and change.before != fingerprint:
            yield f"{name} has another version: {change.kind.words}"


def _outputs(service: ServiceDefinition) -> dict[str, OutputDefinition]:
    return {output.name: output for output in service.outputs}


def _place(output: OutputDefinition) -> str:
    on = ", ".join(f"{key} = {field}" for key, field in output.on if key != field)
    return f"{output.view}.{output.feature}" + (f" on {on}" if on else "")
