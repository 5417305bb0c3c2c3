"""`monitor:` of a service: what its served values are compared with, from when on that is told, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator

from skewless.ground.durations import Duration
from skewless.ground.spans import Span
from skewless.project.checking import Checker, Shape
from skewless.project.environment import Secret
from skewless.project.fields import Length, Name
from skewless.project.model import Monitoring, Rule, WatchedFeature, Webhook
from skewless.project.places import UNREADABLE, Place

_SECOND = 1_000_000
_LONGEST = Duration.parse("36500 days")
_SHARE = "a share is a number from 0 to 1"


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError(f"'{value}' is not a threshold: write a number, 0 or more")
    return float(value)


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"'{value}' is not a threshold: {_SHARE}")
    return float(value)


def period_length(value: Any) -> Duration:
    """The length of a period. Raises ValueError with a sentence for what is none."""
    if not isinstance(value, str):
        raise ValueError(f"'{value}' is not a duration; write a number and a unit, such as '1 hour' or '7 days'")
    if not (length := Duration.parse(value)).microseconds:
        raise ValueError("a period must be longer than nothing")
    if length > _LONGEST:
        raise ValueError(f"a period must not be longer than {_LONGEST}")
    return length


class RuleShape(Shape):
    """Two thresholds, of which a value that reaches one is told."""

    noun: ClassVar[str] = "a threshold"
    habits: ClassVar[Mapping[str, str]] = {
        "error": "did you mean 'fail'?",
        "warn_after": "did you mean 'warn'?",
        "error_after": "did you mean 'fail'?",
    }

    warn: Annotated[float, PlainValidator(_number)] | None = None
    fail: Annotated[float, PlainValidator(_number)] | None = None


class ShareRule(RuleShape):
    noun: ClassVar[str] = "the threshold of a share"

    warn: Annotated[float, PlainValidator(_share)] | None = None
    fail: Annotated[float, PlainValidator(_share)] | None = None


class AgeRule(RuleShape):
    noun: ClassVar[str] = "the threshold of an age"

    warn: Length | None = None  # type: ignore[assignment]
    fail: Length | None = None  # type: ignore[assignment]


RULES: Mapping[str, type[RuleShape]] = {
    "psi": RuleShape,
    "kl": RuleShape,
    "js": RuleShape,
    "ks": ShareRule,
    "null_rate": ShareRule,
    "not_found_rate": ShareRule,
    "outside_max_age_rate": ShareRule,
    "invalid_rate": ShareRule,
    "freshness": AgeRule,
}
"""The metrics that a threshold can be given for."""


class RulesShape(Shape):
    noun: ClassVar[str] = "the thresholds of a service"

    psi: Any = None
    kl: Any = None
    js: Any = None
    ks: Any = None
    null_rate: Any = None
    not_found_rate: Any = None
    outside_max_age_rate: Any = None
    invalid_rate: Any = None
    freshness: Any = None


class WatchedShape(RulesShape):
    noun: ClassVar[str] = "a watched feature"

    enabled: bool = True


class WebhookShape(Shape):
    noun: ClassVar[str] = "a webhook"
    habits: ClassVar[Mapping[str, str]] = {"when": "did you mean 'on'?", "level": "did you mean 'on'?"}

    url: Name
    on: Literal["always", "warn", "fail"] = "fail"
    headers: dict[str, str] = Field(default_factory=dict)
    timeout: float = Field(default=10.0, gt=0)


class MonitorShape(Shape):
    noun: ClassVar[str] = "the monitor of a service"
    habits: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(RULES, "thresholds stand under 'thresholds'"),
        "reference": "did you mean 'baseline'?",
        "interval": "did you mean 'every'?",
        "columns": "did you mean 'features'?",
    }

    baseline: Name | None = None
    log: Name | None = None
    every: Annotated[Duration, PlainValidator(period_length)] = Monitoring().every
    bins: int = Field(default=10, ge=2)
    categories: int = Field(default=20, ge=1)
    min_rows: int = Field(default=500, ge=1)
    thresholds: Any = None
    features: Any = None
    webhook: Any = None


ShapeT = TypeVar("ShapeT", bound=Shape)


def read_monitoring(checker: Checker, service: Place) -> Monitoring:
    """What a service says under `monitor:`, and the defaults where it says nothing; faults are reported."""
    if service.data.get("monitor") in (None, UNREADABLE):
        return Monitoring()
    place = service.at("monitor")
    shape = checker.check(MonitorShape, place)
    if shape is None:
        return Monitoring()
    features, spans = _watched(checker, place)
    return Monitoring(
        baseline=shape.baseline,
        log=shape.log,
        every=shape.every,
        bins=shape.bins,
        categories=shape.categories,
        min_rows=shape.min_rows,
        rules=_rules(checker, RulesShape, place.at("thresholds")) if _is_said(place, "thresholds") else {},
        features=features,
        feature_spans=spans,
        webhook=_webhook(checker, place.at("webhook")) if _is_said(place, "webhook") else None,
    )


def _is_said(place: Place, key: str) -> bool:
    return place.data.get(key) not in (None, UNREADABLE)


def _watched(checker: Checker, place: Place) -> tuple[dict[str, WatchedFeature], dict[str, Span]]:
    if not _is_said(place, "features"):
        return {}, {}
    features = place.at("features")
    if not isinstance(features.data, dict):
        checker.report("invalid-value", "'features' of a monitor is a mapping of names to thresholds", features.span)
        return {}, {}
    found = {}
    for name, value in features.data.items():
        at = features.at(name)
        shape = None if value in (None, UNREADABLE) else checker.check(WatchedShape, at)
        if shape is not None:
            found[str(name)] = WatchedFeature(enabled=shape.enabled, rules=_rules_at(checker, at))
    return found, {str(name): span for name, span in features.key_spans().items()}


def _rules(checker: Checker, shape: type[ShapeT], place: Place) -> dict[str, Rule]:
    return {} if checker.check(shape, place) is None else _rules_at(checker, place)


def _rules_at(checker: Checker, place: Place) -> dict[str, Rule]:
    found = {}
    for metric, shape in RULES.items():
        if not _is_said(place, metric):
            continue
        rule = checker.check(shape, place.at(metric))
        if rule is not None:
            found[metric] = Rule(warn=_amount(rule.warn), fail=_amount(rule.fail))
            _check_order(checker, place, metric, found[metric])
    return found


def _amount(value: float | Duration | None) -> float | None:
    """An age is in seconds from here on."""
    return value.microseconds / _SECOND if isinstance(value, Duration) else value


def _check_order(checker: Checker, place: Place, metric: str, rule: Rule) -> None:
    if rule.warn is not None and rule.fail is not None and rule.warn > rule.fail:
        message = f"'{metric}' would fail before it warns"
        checker.report("invalid-value", message, place.at(metric).value("warn"), "give 'warn' the smaller threshold")


def _webhook(checker: Checker, place: Place) -> Webhook | None:
    if isinstance(place.data, dict):
        _hide(checker, place.data)
    shape = checker.check(WebhookShape, place)
    if shape is None or not shape.url:
        return None
    if fault := _url_fault(shape.url):
        checker.report("invalid-value", fault, place.value("url"), "write https://host/path")
        return None
    headers = {name: Secret(value) for name, value in shape.headers.items()}
    return Webhook(url=Secret(shape.url), on=shape.on, headers=headers, timeout=shape.timeout)


def _hide(checker: Checker, written: Mapping[str, Any]) -> None:
    """An address of a webhook is a secret by its path alone."""
    headers = written.get("headers")
    values = headers.values() if isinstance(headers, dict) else ()
    for value in (written.get("url"), *values):
        if isinstance(value, str):
            checker.keep_secret(value, whole=True)


def _url_fault(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "the url of the webhook is no URL"
    return None if parts.scheme in ("http", "https") and parts.hostname else "the url of the webhook is no web address"
