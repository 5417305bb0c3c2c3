"""An entry of `sources:` into its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, ClassVar

from pydantic import Field

from skewless.project.checking import Checker, called
from skewless.project.fields import Name, Names
from skewless.project.model import Source
from skewless.project.places import Place
from skewless.project.properties.columns import LabelConfig, read_columns
from skewless.project.properties.data_tests import read_data_tests
from skewless.project.properties.streams import read_stream
from skewless.project.properties.time_rules import (
    Scope,
    TimeRules,
    Timing,
    VersionRules,
    check_known_once,
    read_timing,
)

_HABITS = {
    "loaded_at_field": "did you mean 'known_at'?",
    "timestamp_field": "did you mean 'event_time'?",
    "created_timestamp_column": "did you mean 'known_at'?",
    "freshness": "there are no freshness checks; `delay` says after how long a row counts as known",
}


class SourceShape(TimeRules):
    noun: ClassVar[str] = "a source"
    habits: ClassVar[Mapping[str, str]] = {
        **_HABITS,
        "columns": "columns belong to a table: write them below `tables:`",
        "path": "a path belongs to a table: write it below `tables:`",
        "primary_key": "a primary key belongs to a table: write it below `tables:`",
        "stream": "a stream belongs to a table: write it below `tables:`",
    }

    name: Name
    database: str | None = None
    schema_: str | None = Field(default=None, alias="schema")
    tables: Any = None
    description: str = ""
    loader: str | None = None
    tags: Names = ()
    meta: dict[str, Any] = Field(default_factory=dict)
    quoting: dict[str, bool] | None = None
    config: Any = None


class TableShape(VersionRules):
    noun: ClassVar[str] = "a source table"
    habits: ClassVar[Mapping[str, str]] = _HABITS

    name: Name
    identifier: Name | None = None
    path: Name | None = None
    columns: Any = None
    description: str = ""
    data_tests: Any = None
    tests: Any = None
    stream: Any = None
    loader: str | None = None
    tags: Names = ()
    meta: dict[str, Any] = Field(default_factory=dict)
    quoting: dict[str, bool] | None = None
    config: Any = None


class SourceConfig(LabelConfig):
    noun: ClassVar[str] = "a source's config"
    habits: ClassVar[Mapping[str, str]] = {
        **_HABITS,
        **{key: f"write `{key}` beside `config:`, not in it" for key in (*VersionRules.model_fields, "stream")},
    }


def read_source(checker: Checker, place: Place) -> Iterator[Source]:
    """The tables of one source."""
    since = checker.grave
    source = checker.check(SourceShape, place)
    if source is None:
        checker.lost.add("source")
        return
    config = _config(checker, place)
    check_known_once(checker, place)
    if not place.data.get("tables"):
        checker.report_missing(SourceShape, place, "tables", f"{called('the source', source.name)} needs 'tables'")
    if not source.name or not isinstance(place.data.get("tables"), list):
        checker.lost.add("source")
    is_sound = checker.is_sound(place.only({key: key for key in place.data if key != "tables"}), since)
    for item in checker.each(place, "tables"):
        table = _read_table(checker, item, source=source, source_place=place, outer=config)
        if table is not None and config.enabled and source.name:
            yield table if is_sound else replace(table, is_sound=False)


def _config(checker: Checker, place: Place) -> SourceConfig:
    written = place.data.get("config") is not None
    return (written and checker.check(SourceConfig, place.at("config"))) or SourceConfig()


def _read_table(
    checker: Checker, item: Place, *, source: SourceShape, source_place: Place, outer: SourceConfig
) -> Source | None:
    since = checker.grave
    shape = checker.check(TableShape, item)
    if shape is None or not shape.name:
        checker.lost.add("source")
    if shape is None:
        return None
    config = _config(checker, item)
    title = f"{source.name or '?'}.{shape.name or '?'}"
    columns = read_columns(checker, item, key="columns", of=title, typed=True)
    if item.data.get("columns") in (None, []):
        checker.report_missing(TableShape, item, "columns", f"{title} needs 'columns', each with a data_type")
    scope = Scope(title=title, source=source, source_place=source_place, table=shape, table_place=item, columns=columns)
    timing = read_timing(checker, scope)
    data_tests = read_data_tests(checker, item, column=False)
    stream = read_stream(checker, item, scope)
    if not shape.name or not config.enabled:
        return None
    return Source(
        name=source.name,
        table=shape.name,
        database=source.database,
        schema=source.schema_ or source.name,
        identifier=shape.identifier or shape.name,
        path=shape.path,
        columns=columns,
        description=shape.description,
        tags=tuple(dict.fromkeys((*source.tags, *outer.tags, *shape.tags, *config.tags))),
        meta={**source.meta, **outer.meta, **shape.meta, **config.meta},
        data_tests=data_tests,
        stream=stream,
        span=item.value("name"),
        key_spans=item.key_spans(),
        is_sound=checker.is_sound(item, since),
        **{field.name: getattr(timing, field.name) for field in fields(Timing)},
    )
