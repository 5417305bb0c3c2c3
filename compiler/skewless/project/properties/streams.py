"""`stream:` of a source table: where its rows are delivered as they come."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from skewless.contract.landed import DATE
from skewless.project.checking import Checker, Shape
from skewless.project.fields import Name, spelled
from skewless.project.kinds import check_kind
from skewless.project.model import Stream
from skewless.project.places import UNREADABLE, Place
from skewless.project.properties.time_rules import Scope
from skewless.project.target_shapes import RedisUrl

LandingFolder = Annotated[
    Name, spelled(r"(?!.*://)[^*?\[\]{}=]+", "a folder on this disk: write its path, without any of * ? [ ] { } =")
]
_IN_URL = "write it in the url: redis://user:password@host:6379/0"


class RedisStreamShape(Shape):
    noun: ClassVar[str] = "a Redis stream"
    required: ClassVar[tuple[tuple[str, ...], ...]] = (("url",),)
    required_help: ClassVar[str] = "write url: redis://host:6379"
    habits: ClassVar[Mapping[str, str]] = {
        "host": _IN_URL,
        "port": _IN_URL,
        "db": _IN_URL,
        "username": _IN_URL,
        "password": _IN_URL,
        "stream": "did you mean 'name'?",
        "key": "did you mean 'name'?",
        "topic": "did you mean 'name'?",
        "consumer_group": "did you mean 'group'?",
        "group_id": "did you mean 'group'?",
        "landing": "did you mean 'land'?",
        "consumer": "a consumer is named where it runs: skewless stream --consumer NAME",
    }

    type: Literal["redis"]
    url: RedisUrl | None = None
    name: Name | None = None
    group: Name | None = None
    format: Literal["json", "arrow"] = "json"
    land: LandingFolder | None = None


STREAMS: Mapping[str, type[RedisStreamShape]] = {"redis": RedisStreamShape}


def read_stream(checker: Checker, item: Place, scope: Scope) -> Stream | None:
    """The stream of a table, if it has one; what is wrong with it is reported."""
    if item.data.get("stream") in (None, UNREADABLE):
        return None
    _check_table(checker, item, scope)
    place = item.at("stream")
    if isinstance(place.data, dict) and isinstance(url := place.data.get("url"), str):
        checker.keep_secret(url)
    shape = check_kind(checker, place, STREAMS, "a stream")
    if shape is None or not shape.url:
        return None
    if shape.land is not None:
        _check_columns(checker, place, scope)
    return Stream(
        type=shape.type,
        url=checker.keep_secret(shape.url),
        name=shape.name or scope.title,
        group=shape.group,
        format=shape.format,
        land=None if shape.land is None else os.path.normpath(shape.land),
        span=place.span,
    )


def _check_table(checker: Checker, item: Place, scope: Scope) -> None:
    static = scope.rules("static")
    if static is not None and static.static:
        message = f"{scope.title} is static, so it has no events that a stream could bring"
        checker.report("invalid-value", message, item.key("stream"), "remove `stream` or `static: true`")
    elif item.data.get("primary_key") in (None, []) and not type(scope.table).has_meant(item, "primary_key"):
        message = (
            f"the stream of {scope.title} needs a primary_key: deliveries repeat, and without one they count twice"
        )
        checker.report("missing-key", message, item.key("stream"), "add `primary_key: [...]`")


def _check_columns(checker: Checker, place: Place, scope: Scope) -> None:
    """Tools read the names of the folders as a column, which would stand in for one of the same name in the files."""
    if any(column.name.lower() == DATE for column in scope.columns):
        message = f"{scope.title} has a column '{DATE}', which is what the folders of its landed rows are named after"
        checker.report("invalid-value", message, place.key("land"), "give the column another name, or remove `land`")
