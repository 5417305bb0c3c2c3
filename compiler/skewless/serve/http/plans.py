"""What is asked for into the bundles that answer it, and the columns of the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from skewless.contract.artifact import OutputColumn
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import DataType
from skewless.serve.http.catalogue import Catalogue, Served
from skewless.serve.http.encode import Encode, encoder, names
from skewless.serve.http.forms import Asked, TimestampFormat, holds_decimals
from skewless.serve.http.refusal import NAME_COLLISION, NO_SERVICE, NO_VIEW, Refusal

_REMEMBERED = 1_000
"""Plans that are kept; clients ask for few different things, but they may ask for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of the answer: its name in the vector, its full name, how it is written, and whose it is."""

    name: str
    full_name: str
    encode: Encode
    view: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one bundle answers."""

    served: Served
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An answer before it has values. `service` is empty when features were asked for one by one."""

    service: str
    parts: tuple[Part, ...]
    keys: tuple[tuple[str, Encode], ...]
    types: dict[str, DataType]
    """Keys and request fields that all parts need together."""
    holds_decimals: bool
    """Whether a part takes one of them as a decimal; another may take it as a double."""
    metadata: bytes
    values_are_present: bool
    """Whether every value that is there is called PRESENT: Feast's clients before 0.64 drop all others, and the count
    of an unknown entity is 0, not NULL. They are known by what they leave out of a request. A value that cannot be
    computed would be NULL to them, and is an error of the whole request."""


class Plans:
    """Finds plans, and remembers them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[tuple[object, ...], Plan] = {}

    def of(self, asked: Asked) -> Plan:
        """Raises Refusal for a service, a view or a feature that is not served."""
        what = asked.feature_service or tuple(asked.features)
        key = (what, asked.full_feature_names, asked.timestamp_format)
        plan = self._known.get(key)
        if plan is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            plan = self._known[key] = self._made(what, asked)
        return plan

    def _made(self, what: str | tuple[str, ...], asked: Asked) -> Plan:
        is_full = asked.full_feature_names is True
        if isinstance(what, str):
            served = self._service(what)
            chosen = [(served, list(served.bundle.outputs))]
            columns = [full_name(one) if is_full else one.name for one in served.bundle.outputs]
        else:
            chosen = self._grouped(what)
            outputs = [one for _, some in chosen for one in some]
            columns = [full_name(one) if is_full else one.feature for one in outputs]
            _check_names([*dict.fromkeys(key.name for served, _ in chosen for key in served.bundle.keys), *columns])
        key_types = {key.name: DataType.parse(key.type) for served, _ in chosen for key in served.bundle.keys}
        return Plan(
            service=what if isinstance(what, str) else "",
            parts=tuple(
                Part(served=served, features=tuple(_feature(one, asked.timestamp_format) for one in some))
                for served, some in chosen
            ),
            keys=tuple((name, encoder(dtype, asked.timestamp_format)) for name, dtype in key_types.items()),
            types={name: dtype for served, _ in chosen for name, dtype in served.types.items()},
            holds_decimals=any(holds_decimals(dtype) for served, _ in chosen for dtype in served.types.values()),
            metadata=b'],"metadata":{"feature_names":' + names([*key_types, *columns]) + b"}}",
            values_are_present=not isinstance(what, str) and not isinstance(asked.full_feature_names, bool),
        )

    def _service(self, name: str) -> Served:
        if name in self._catalogue.services:
            return self._catalogue.services[name]
        raise Refusal(
            404, _unknown(f"there is no feature service '{name}'", name, self._catalogue.services), kind=NO_SERVICE
        )

    def _grouped(self, references: tuple[str, ...]) -> list[tuple[Served, list[OutputColumn]]]:
        """The features by view, views in the order in which they are first named."""
        if not references:
            raise Refusal(422, "nothing is asked for; name a feature_service, or features as 'view:feature'")
        grouped: dict[str, list[OutputColumn]] = {}
        for reference in references:
            view, colon, feature = reference.partition(":")
            if not colon:
                raise Refusal(422, f"'{reference}' in features is not of the form 'view:feature'")
            grouped.setdefault(view, []).append(self._feature(view, feature))
        return [(self._catalogue.views[view], outputs) for view, outputs in grouped.items()]

    def _feature(self, view: str, feature: str) -> OutputColumn:
        served = self._catalogue.views.get(view)
        if served is None:
            message = _unknown(f"there is no feature view '{view}'", view, self._catalogue.views)
            raise Refusal(404, message, kind=NO_VIEW)
        for output in served.bundle.outputs:
            if output.feature == feature:
                return output
        known = [output.feature for output in served.bundle.outputs]
        raise Refusal(404, _unknown(f"the feature view '{view}' has no feature '{feature}'", feature, known))


def _feature(output: OutputColumn, timestamps: TimestampFormat) -> Feature:
    encode = encoder(DataType.parse(output.type), timestamps)
    return Feature(name=output.name, full_name=full_name(output), encode=encode, view=output.view)


def full_name(output: OutputColumn) -> str:
    """`view__feature`; a view that the service uses under another name is called by that."""
    return f"{output.use}__{output.feature}"


def _check_names(columns: list[str]) -> None:
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise Refusal(
            422,
            f"features would give '{twice[0]}' twice; ask for each once, or set full_feature_names",
            kind=NAME_COLLISION,
        )


def _unknown(message: str, name: str, known: Iterable[str]) -> str:
    hint = did_you_mean(name, known)
    return f"{message}; {hint}" if hint else message
