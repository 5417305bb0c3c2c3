"""Sources: their tables, their rules about time, and what is checked as they are read."""

from __future__ import annotations

import pytest
from written_project import WrittenProject

from skewless.ground.durations import Duration
from skewless.project.environment import Environment, reveal
from skewless.project.model import Source

COLUMNS = """
        columns:
          - {name: id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: event_ts, data_type: timestamp}
          - {name: loaded_at, data_type: timestamp}
          - {name: gone, data_type: boolean}
"""


def with_table(*lines: str) -> str:
    """A source `p` with the table `t`; the lines begin in line 5, column 9."""
    return (
        "sources:\n  - name: p\n    tables:\n      - name: t\n"
        + "".join(f"        {line}\n" for line in lines)
        + COLUMNS[1:]
    )


def the_source(project: WrittenProject, text: str) -> Source:
    read = project.write("features/f.yml", text).read()
    assert read.diagnostics == ()
    (source,) = read.files.sources
    return source


def test_a_table_has_the_rules_that_it_states(project: WrittenProject) -> None:
    source = the_source(
        project,
        with_table(
            "event_time: event_ts", "known_at: loaded_at", "primary_key: id", "tie_break: [user_id]", "deleted: gone",
            "inclusive: true", "path: data/t-*.parquet", "identifier: T1", "append_only: false",
        ),
    )  # fmt: skip
    assert (source.event_time, source.known_at, source.deleted) == ("event_ts", "loaded_at", "gone")
    assert (source.primary_key, source.tie_break, source.inclusive) == (("id",), ("user_id",), True)
    assert (source.full_name, source.schema, source.identifier, source.path) == ("p.t", "p", "T1", "data/t-*.parquet")


def test_what_a_table_does_not_state_has_defaults(project: WrittenProject) -> None:
    source = the_source(project, with_table("event_time: event_ts"))
    assert (source.schema, source.identifier, source.database, source.path) == ("p", "t", None, None)
    assert (source.known_at, source.delay, source.primary_key, source.tie_break) == (None, Duration(0), (), ())
    assert not (source.append_only)
    assert not (source.inclusive)
    assert not (source.static)
    assert not (source.deleted)


def test_keys_of_a_table_know_where_they_are_written(project: WrittenProject) -> None:
    source = the_source(project, with_table("event_time: event_ts", "delay: 10 minutes"))
    span = source.key_spans["delay"]
    assert (span.file, span.line, span.column, span.end_column) == ("features/f.yml", 6, 9, 13)
    assert (source.span.line, source.span.column) == (4, 15)


def test_columns_are_found_in_any_case_and_spelled_as_declared(project: WrittenProject) -> None:
    source = the_source(project, with_table("event_time: EVENT_TS", "primary_key: [ID]"))
    assert (source.event_time, source.primary_key) == ("event_ts", ("id",))


SHARED = """
sources:
  - name: p
    schema: raw
    database: db
    tags: [a]
    meta: {x: 1}
    config: {tags: [c]}
    event_time: event_ts
    delay: 10 minutes
    inclusive: true
    tables:
      - name: plain
        columns: &columns
          - {name: id, data_type: varchar}
          - {name: event_ts, data_type: timestamp}
          - {name: loaded_at, data_type: timestamp}
      - {name: other, event_time: loaded_at, delay: 1 hour, inclusive: no, tags: [b], meta: {y: 2}, columns: *columns}
      - {name: loaded, known_at: loaded_at, columns: *columns}
      - {name: lookup, static: true, columns: *columns}
      - {name: reset, delay: null, columns: *columns}
"""


def test_rules_of_a_source_apply_to_its_tables_unless_the_table_says_otherwise(project: WrittenProject) -> None:
    read = project.write("features/f.yml", SHARED).read()
    assert read.diagnostics == ()
    found = {s.table: (s.event_time, s.known_at, str(s.delay), s.inclusive, s.static) for s in read.files.sources}
    assert found == {
        "plain": ("event_ts", None, "10 minutes", True, False),
        "other": ("loaded_at", None, "1 hour", False, False),
        "loaded": ("event_ts", "loaded_at", "0 seconds", True, False),
        "lookup": (None, None, "0 seconds", False, True),
        "reset": ("event_ts", None, "0 seconds", True, False),
    }


def test_labels_of_a_source_add_to_those_of_its_tables(project: WrittenProject) -> None:
    other = project.write("features/f.yml", SHARED).read().files.sources[1]
    assert (other.tags, other.meta, other.schema, other.database) == (("a", "c", "b"), {"x": 1, "y": 2}, "raw", "db")


def test_a_source_that_is_static_may_have_a_table_with_time(project: WrittenProject) -> None:
    text = with_table("event_time: event_ts").replace("    tables:", "    static: true\n    tables:")
    assert the_source(project, text).static is False


def test_a_source_that_is_not_enabled_is_left_out(project: WrittenProject) -> None:
    read = project.write("features/f.yml", with_table("event_time: event_ts", "config: {enabled: false}")).read()
    assert (read.files.sources, read.diagnostics) == ((), ())


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [],
            (
                "missing-event-time 4:15-15 p.t does not say when its rows happened"
                " | add `event_time: event_ts`, or `static: true` for a look-up table without time"
            ),
        ),
        (
            ["event_time: event_tz"],
            (
                "unknown-column 5:21-28 event_time of p.t names 'event_tz', which is not among its columns"
                " | did you mean 'event_ts'?"
            ),
        ),
        (
            ["event_time: event_ts", "primary_key: [id, use_id]"],
            (
                "unknown-column 6:27-32 primary_key of p.t names 'use_id', which is not among its columns"
                " | did you mean 'user_id'?"
            ),
        ),
        (
            ["event_time: event_ts", "tie_break: zzzzzz"],
            (
                "unknown-column 6:20-25 tie_break of p.t names 'zzzzzz', which is not among its columns"
                " | the columns of p.t: id, user_id, event_ts, loaded_at, gone"
            ),
        ),
        (
            ["event_time: user_id"],
            "invalid-value 5:21-27 event_time needs a column of type timestamp or date; 'user_id' is bigint",
        ),
        (
            ["event_time: event_ts", "primary_key: id", "deleted: user_id"],
            "invalid-value 7:18-24 deleted needs a column of type boolean; 'user_id' is bigint",
        ),
        (
            ["event_time: event_ts", "known_at: loaded_at", "delay: 1 hour"],
            "invalid-value 7:9-13 known_at and delay both say when a row became known | keep one of them",
        ),
        (
            ["event_time: event_ts", "deleted: gone"],
            (
                "invalid-value 6:9-15 deleted needs a primary_key: without one, no row is a version of another"
                " | add `primary_key: [...]`"
            ),
        ),
        (
            ["event_time: event_ts", "append_only: true"],
            (
                "invalid-value 6:9-19 append_only needs a primary_key: without one, no row is a version of another"
                " | add `primary_key: [...]`"
            ),
        ),
        (
            ["static: true", "event_time: event_ts"],
            "invalid-value 6:9-18 p.t is static, so event_time has no meaning | remove `event_time` or `static: true`",
        ),
        (
            ["event_time: event_ts", "delay: 1 month"],
            "calendar-window 6:16-22 '1 month' has no fixed length | write '30 days'",
        ),
        (["event_time: 7"], "invalid-value 5:21-21 'event_time' must be text | write it in quotes"),
        (
            ["event_time: event_ts", "loaded_at_field: loaded_at"],
            "unknown-key 6:9-23 'loaded_at_field' is not a key of a source table | did you mean 'known_at'?",
        ),
        (
            ["config: {event_time: event_ts}", "static: true"],
            (
                "unknown-key 5:18-27 'event_time' is not a key of a source's config"
                " | write `event_time` beside `config:`, not in it"
            ),
        ),
    ],
)
def test_a_rule_that_cannot_hold_is_one_fault_at_its_place(
    project: WrittenProject, lines: list[str], expected: str
) -> None:
    assert project.faults_of(with_table(*lines)) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "event_time: nope",
        "delay: soon",
        "event_tim: event_ts",
        "known_at: \"{{ env_var('NOWHERE') }}\"",
        "primary_key: [i]",
    ],
)
def test_a_source_with_a_fault_is_not_sound(project: WrittenProject, line: str) -> None:
    lines = [line] if "event_tim" in line else [line, "event_time: event_ts"]
    (source,) = project.write("features/f.yml", with_table(*lines)).read().files.sources
    assert not source.is_sound


def test_a_fault_of_a_data_test_leaves_its_source_sound(project: WrittenProject) -> None:
    text = with_table("event_time: event_ts", "data_tests: [not_nul]")
    (source,) = project.write("features/f.yml", text).read().files.sources
    assert source.is_sound


def test_a_column_of_a_source_needs_a_data_type(project: WrittenProject) -> None:
    text = with_table("event_time: event_ts").replace(", data_type: bigint", "")
    assert project.faults_of(text) == ["missing-key 8:20-26 the column 'user_id' of p.t needs a data_type"]


def test_a_table_without_columns_is_one_fault(project: WrittenProject) -> None:
    assert project.faults_of("sources:\n  - {name: p, tables: [{name: t, event_time: ts}]}\n") == [
        "missing-key 2:31-31 p.t needs 'columns', each with a data_type"
    ]


def test_a_source_without_tables_is_a_fault(project: WrittenProject) -> None:
    assert project.faults_of("sources:\n  - {name: p, path: x}\n") == [
        "missing-key 2:12-12 the source 'p' needs 'tables'",
        "unknown-key 2:15-18 'path' is not a key of a source | a path belongs to a table: write it below `tables:`",
    ]


def test_contradicting_rules_of_a_source_are_one_fault_however_many_tables_it_has(project: WrittenProject) -> None:
    faults = project.faults_of(SHARED.replace("    inclusive: true\n", "    known_at: loaded_at\n", 1))
    assert faults == ["invalid-value 9:5-9 known_at and delay both say when a row became known | keep one of them"]


def test_all_faults_of_a_table_are_reported_together(project: WrittenProject) -> None:
    faults = project.faults_of(with_table("event_tim: x", "delay: soon", "deleted: gone", "primary_key: [nope]"))
    assert [fault.split(" ")[0] for fault in faults] == [
        "unknown-key",
        "invalid-value",
        "unknown-column",
    ]


STREAM = "stream: {type: redis, url: 'redis://:hidden-word@events:6379/2'"


def test_a_table_may_have_a_stream(project: WrittenProject) -> None:
    source = the_source(project, with_table("event_time: event_ts", "primary_key: id", STREAM + "}"))
    assert source.stream is not None
    assert (source.stream.type, source.stream.name, source.stream.group, source.stream.format) == (
        "redis", "p.t", None, "json",
    )  # fmt: skip
    assert "hidden" not in f"{source} {source.stream.url}"
    assert reveal(source.stream.url) == "redis://:hidden-word@events:6379/2"


def test_a_stream_may_say_its_name_group_and_format(project: WrittenProject) -> None:
    stated = STREAM + ", name: orders, group: features, format: arrow}"
    source = the_source(project, with_table("event_time: event_ts", "primary_key: id", stated))
    assert source.stream is not None
    assert (source.stream.name, source.stream.group, source.stream.format) == ("orders", "features", "arrow")


def test_the_url_of_a_stream_may_come_from_the_environment(project: WrittenProject) -> None:
    table = with_table(
        "event_time: event_ts", "primary_key: id", "stream:", "  type: redis", "  url: \"{{ env_var('EVENTS') }}\""
    )
    project.environ = environ = Environment({"EVENTS": "redis://:hidden-word@events:6379"})
    source = the_source(project, table)
    assert source.stream is not None
    assert reveal(source.stream.url) == "redis://:hidden-word@events:6379"
    assert environ.redact("hidden-word") == "*****"
    assert environ.holds_secret("EVENTS")


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["primary_key: id", "stream: {type: kafka, url: 'redis://h'}"],
         ("invalid-value", "'kafka' is not a type of a stream", 7, "one of redis")),
        (["primary_key: id", "stream: {url: 'redis://h'}"],
         ("missing-key", "a stream needs 'type'", 7, "one of redis")),
        (["primary_key: id", "stream: orders"],
         ("missing-key", "a stream needs 'type'", 7, "one of redis")),
        (["primary_key: id", "stream: {type: redis}"],
         ("missing-key", "a Redis stream needs 'url'", 7, "write url: redis://host:6379")),
        (["primary_key: id", "stream: {type: redis, url: events}"],
         ("invalid-value", "'events' is not the url of a Redis server: write redis://host:6379", 7, None)),
        (["primary_key: id", "stream: {type: redis, url: 'redis://h', topic: x}"],
         ("unknown-key", "'topic' is not a key of a Redis stream", 7, "did you mean 'name'?")),
        (["primary_key: id", "stream: {type: redis, url: 'redis://h', gruop: x}"],
         ("unknown-key", "'gruop' is not a key of a Redis stream", 7, "did you mean 'group'?")),
        (["primary_key: id", "stream: {type: redis, url: 'redis://h', format: avro}"],
         ("invalid-value", "'format' must be 'json' or 'arrow'", 7, "did you mean 'arrow'?")),
        (["primary_key: id", "stream: {type: redis, url: 'redis://h', land: 's3://landed'}"],
         ("invalid-value", "'s3://landed' is not a folder on this disk: write its path, without any of * ? [ ] { } =", 7,
          None)),
        (["primary_key: id", "stream: {type: redis, url: 'redis://h', land: 'landed/*'}"],
         ("invalid-value", "'landed/*' is not a folder on this disk: write its path, without any of * ? [ ] { } =", 7,
          None)),
        (["primary_key: id", "stream: {type: redis, url: 'redis://h', landing: x}"],
         ("unknown-key", "'landing' is not a key of a Redis stream", 7, "did you mean 'land'?")),
        (["stream: {type: redis, url: 'redis://h'}"],
         ("missing-key", "the stream of p.t needs a primary_key: deliveries repeat, and without one they count twice",
          6, "add `primary_key: [...]`")),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_stream_is_told_where_it_is_written(
    project: WrittenProject, lines: list[str], fault: tuple[str, str, int, str | None]
) -> None:
    read = project.write("features/f.yml", with_table("event_time: event_ts", *lines)).read()
    found = [(one.code, one.message, one.span.line if one.span else 0, one.help) for one in read.diagnostics]
    assert found == [fault]


def test_a_static_table_has_no_stream(project: WrittenProject) -> None:
    read = project.write("features/f.yml", with_table("static: true", "primary_key: id", STREAM + "}")).read()
    assert [one.message for one in read.diagnostics] == ["p.t is static, so it has no events that a stream could bring"]


def test_a_password_in_the_url_of_a_stream_is_not_shown_in_its_own_fault(project: WrittenProject) -> None:
    broken = "stream: {type: redis, url: 'redis://:hidden-word@events:6379/two'}"
    table = with_table("event_time: event_ts", "primary_key: id", broken)
    project.environ = environ = Environment({})
    (fault,) = project.write("features/f.yml", table).read().diagnostics
    assert "hidden" not in fault.message + str(fault.help)
    assert "hidden" not in environ.redact(broken)


def test_a_stream_may_be_landed_in_a_folder(project: WrittenProject) -> None:
    source = the_source(project, with_table("event_time: event_ts", "primary_key: id", STREAM + ", land: landed/p.t}"))
    assert source.stream is not None
    assert source.stream.land == "landed/p.t"


def test_two_streams_are_not_landed_in_one_folder(project: WrittenProject) -> None:
    text = with_table("event_time: event_ts", "primary_key: id", STREAM + ", land: landed/all}")
    other = text.replace("name: p", "name: q").replace("landed/all", "./landed/all/")
    read = project.write("features/f.yml", text).write("features/g.yml", other).read()
    (fault,) = [one for one in read.diagnostics if one.code == "duplicate-name"]
    assert fault.message == "there is another stream whose rows land in 'landed/all' in features/f.yml:4"


def test_a_landed_table_has_no_column_that_is_named_as_its_folders(project: WrittenProject) -> None:
    text = with_table("event_time: event_ts", "primary_key: id", STREAM + ", land: landed}")
    text = text.replace("name: user_id", "name: known_date")
    assert "p.t has a column 'known_date', which is what the folders of its landed rows are named after" in [
        one.message for one in project.write("features/f.yml", text).read().diagnostics
    ]
