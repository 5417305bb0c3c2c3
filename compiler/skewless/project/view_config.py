"""The configuration of a feature view, as YAML files give it, and how two layers of it become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from skewless.project.checking import Shape
from skewless.project.fields import LengthText, NameOrNames, Names, TypeText, Version


class ViewConfig(Shape):
    """The keys of `config()`. Values stay as one would write them in a model; only `tags` is always a tuple."""

    noun: ClassVar[str] = "a view's configuration"
    habits: ClassVar[Mapping[str, str]] = {
        "materialized": "a feature view is not materialized as such; see `refresh` and `online`",
        "entities": "did you mean 'entity'?",
    }

    entity: NameOrNames | None = None
    kind: Literal["latest", "aggregate", "request"] | None = None
    ttl: LengthText | None = None
    refresh: LengthText | None = None
    offset: LengthText | None = None
    lag: LengthText | None = None
    request: dict[str, TypeText] | None = None
    online: bool = True
    version: Version | None = None
    owner: str | None = None
    tags: Names = ()
    meta: dict[str, Any] | None = None
    enabled: bool = True
    plan: str | None = None
    max_events: int | None = Field(default=None, ge=1)
    description: str | None = None


def merged(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
    """Two layers as dbt merges them: the inner one wins, but tags add up and `meta` is merged by key."""
    config = {**outer, **inner}
    if "tags" in outer and "tags" in inner:
        config["tags"] = tuple(dict.fromkeys((*outer["tags"], *inner["tags"])))
    if "meta" in outer and "meta" in inner:
        config["meta"] = {**outer["meta"], **inner["meta"]}
    return config
