"""YAML text into data with positions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from skewless.ground.diagnostics import Diagnostic
from skewless.project.environment import Environment
from skewless.project.places import UNREADABLE, Place
from skewless.project.templates import renderer
from skewless.project.yaml_nodes import YamlText, parse_yaml


def document(text: str) -> YamlText:
    parsed = parse_yaml(text, "f.yml")
    assert isinstance(parsed, YamlText)
    return parsed


def built(text: str, environ: dict[str, str] | None = None, **variables: Any) -> tuple[Place, list[str]]:
    place, diagnostics = document(text).build(renderer(Environment(environ or {}), variables))
    return place, [f"{fault.code} {fault.span} {fault.message} | {fault.help}" for fault in diagnostics]


def broken(text: str) -> str:
    fault = parse_yaml(text, "f.yml")
    assert isinstance(fault, Diagnostic)
    return f"{fault.code} {fault.span} {fault.message} | {fault.help}"


SOURCES = """\
sources:
  - name: payments
    tables:
      - {name: a}
      - name: transactions
        event_time: event_ts
"""


def test_a_path_leads_to_the_span_of_the_key_and_of_the_value() -> None:
    table = built(SOURCES)[0].at("sources", 0, "tables", 1)
    key, value = table.key("event_time"), table.value("event_time")
    assert (key.line, key.column, key.end_line, key.end_column) == (6, 9, 6, 18)
    assert (value.line, value.column, value.end_line, value.end_column) == (6, 21, 6, 28)
    assert table.data == {"name": "transactions", "event_time": "event_ts"}


def test_the_span_of_a_block_ends_with_its_last_value_and_not_with_the_next_key() -> None:
    span = built("a:\n  b: 1\n  c: xyz\n\n\nd: 2\n")[0].value("a")
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 3, 3, 8)


def test_the_span_of_a_text_block_ends_in_its_last_line() -> None:
    span = built("a: |\n  one\n  two\nb: 1\n")[0].value("a")
    assert (span.line, span.end_line) == (1, 3)


def test_columns_count_characters_and_not_bytes() -> None:
    assert built("{é: 'ü€😀', b: 1}")[0].key("b").column == 12


def test_a_timestamp_is_a_datetime() -> None:
    assert built("t: 2026-06-12 10:00:00")[0].data == {"t": datetime(2026, 6, 12, 10)}


def test_keys_are_text_even_where_yaml_reads_a_boolean() -> None:
    assert built("on: {user_id: owner_id}\n1: x\n")[0].data == {"on": {"user_id": "owner_id"}, "1": "x"}


def test_merge_keys_and_aliases_work_and_own_keys_win() -> None:
    place, faults = built("base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\n")
    assert place.at("more").data == {"x": 1, "y": 3}
    assert place.at("more").value("x").line == 1
    assert faults == []


def test_an_alias_that_contains_itself_is_a_fault() -> None:
    assert "syntax-error f.yml:1:4 an alias that contains itself | None" in built("a: &a [*a]")[1]


def test_a_key_that_is_written_twice_is_a_fault_and_the_first_one_counts() -> None:
    place, faults = built("a: 1\nb: 2\na: 3\n")
    assert place.data == {"a": 1, "b": 2}
    assert faults == ["duplicate-name f.yml:3:1 the key 'a' is written twice, first in line 1 | None"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n\tb: 2\n", "syntax-error f.yml:2:1 not YAML: a tab in the indentation | indent with spaces"),
        ("a: b: c\n", "a value with a colon in it needs quotes"),
        ("a: [1, 2\nb: 3\n", "syntax-error f.yml:1:4 not YAML: did not find expected ',' or ']'"),
        ("x: 1\na: 'x\nb: 1\n", "syntax-error f.yml:2:4 not YAML: found unexpected end of stream"),
        ("---\na: 1\n---\nb: 2\n", "syntax-error f.yml:3:1 more than one YAML document in the file"),
        ("a: 1\nb: \x01b\n", "syntax-error f.yml:2:1 not YAML: unacceptable character #x0001"),
        ("a: *x\n", "syntax-error f.yml:1:4 not YAML: found undefined alias"),
    ],
)
def test_broken_yaml_is_a_fault_with_its_position(text: str, expected: str) -> None:
    assert expected in broken(text)


@pytest.mark.parametrize("text", ["{a: decimal(12,2), b: 1}", "{a: decimal(12, 2), b: 1}"])
def test_a_comma_within_a_value_in_braces_is_one_fault(text: str) -> None:
    place, faults = built(text)
    assert place.data == {"a": UNREADABLE, "b": 1}
    assert faults == ["syntax-error f.yml:1:5 the comma ends the value within its brackets | write 'decimal(12,2)'"]


@pytest.mark.parametrize("text", ["{a: 'decimal(12,2)', b: f(x)}", "{a: (b, c): 1}", "a: f(\nb): 1\n"])
def test_brackets_that_are_meant_stay(text: str) -> None:
    assert all("comma" not in fault for fault in built(text)[1])


@pytest.mark.parametrize("text", ["", "\n# only a comment\n"])
def test_a_text_without_content_is_no_document(text: str) -> None:
    assert parse_yaml(text, "f.yml") is None


@pytest.mark.parametrize("value", ["2026-13-45", "!!python/object:os.system x"])
def test_a_value_that_yaml_cannot_make_is_a_fault(value: str) -> None:
    assert built(f"a: {value}")[1][0].startswith("invalid-value f.yml:1:4")


def test_environment_variables_work_in_every_scalar() -> None:
    text = "a: \"{{ env_var('X') }}\"\nb: [\"p/{{ env_var('X') }}/q\", \"{{ env_var('NO', 'default') }}\"]\n"
    assert built(text, {"X": "1"})[0].data == {"a": "1", "b": ["p/1/q", "default"]}


def test_secrets_may_be_read_at_some_places_alone() -> None:
    text = (
        "hook: {url: \"{{ env_var('A_KEY') }}\", headers: &h {x: [\"{{ env_var('A_KEY') }}\"]}}\n"
        "more: {hook: {url: \"{{ env_var('A_KEY') }}\"}, copy: *h}\n"
        "hooks: [{url: \"{{ env_var('A_KEY') }}\"}, {headers: *h}]\n"
    )
    places = {("hook", "url"), ("hook", "headers"), ("hooks", "url"), ("hooks", "headers")}
    render = renderer(Environment({"A_KEY": "opensesame"}), {})
    place, faults = document(text).build(render, secrets_at=places)
    assert place.data == {
        "hook": {"url": "opensesame", "headers": {"x": ["opensesame"]}},
        "more": {"hook": {"url": UNREADABLE}, "copy": UNREADABLE},
        "hooks": [{"url": "opensesame"}, {"headers": {"x": ["opensesame"]}}],
    }
    assert [(fault.code, str(fault.span)) for fault in faults] == [
        ("template-error", "f.yml:2:20"),
        ("invalid-value", "f.yml:1:48"),
    ]


@pytest.mark.parametrize("text", ["{{ env_var }}", "{{ [env_var] }}", "{{ {'a': (1, var)} }}", "{{ range }}"])
def test_a_function_is_no_value(text: str) -> None:
    """Handed on to a model, it would read there what models must not read."""
    assert "the template gives no value, but a " in built(f'a: "{text}"')[1][0]


def test_the_name_of_a_variable_is_text() -> None:
    assert "env_var() takes the name of a variable, as text" in built('a: "{{ env_var(1) }}"')[1][0]


def test_an_expression_keeps_its_type_and_text_is_never_read_again() -> None:
    text = "a: \"{{ env_var('N') | int }}\"\nb: \"{{ env_var('Z') }}\"\nc: \"{{ env_var('B') | as_bool }}\""
    assert built(text, {"N": "4", "Z": "0123", "B": "true"})[0].data == {"a": 4, "b": "0123", "c": True}


def test_variables_of_the_project_work() -> None:
    assert built("a: \"{{ var('days') }}\"\nb: \"{{ var('no', 3) }}\"", days=7)[0].data == {"a": 7, "b": 3}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            "{{ env_var('HOSTT') }}",
            (
                "undefined-variable f.yml:2:4 the environment variable 'HOSTT' is not set"
                " | set it, or give a default: env_var('HOSTT', '...')"
            ),
        ),
        ("{{ var('dayz') }}", "undefined-variable f.yml:2:4 the variable 'dayz' is not defined | did you mean 'days'?"),
        ("{{ env_vra('X') }}", "undefined-variable f.yml:2:4 'env_vra' is undefined | did you mean 'env_var'?"),
        ("{{ target }}", "undefined-variable f.yml:2:4 'target' is undefined | YAML files know env_var() and var()"),
        ("{{ 1 + }}", "template-error f.yml:2:4 the template cannot be read"),
        ("{{ 'x' | as_number }}", "template-error f.yml:2:4 the template cannot be rendered"),
        ("{{ ''.__class__.__mro__ }}", "template-error f.yml:2:4 the template cannot be rendered"),
    ],
)
def test_a_template_without_a_value_is_a_fault_at_its_scalar(template: str, expected: str) -> None:
    assert built(f'x: 1\na: "{template}"\n', days=7)[1][0].startswith(expected)


def test_a_template_without_quotes_is_told_to_have_some() -> None:
    assert built("a: {{ env_var('X') }}\nb: 1\n")[1] == [
        "syntax-error f.yml:1:4 a mapping cannot be a key | a value that begins with {{ needs quotes around it"
    ]


def test_only_the_part_that_is_built_is_rendered() -> None:
    text = document("dev: {a: 1}\nprod: {a: \"{{ env_var('PASSWORD') }}\"}\n").mapping("dev")
    assert text is not None
    place, diagnostics = text.build(renderer(Environment({}), None))
    assert (place.data, diagnostics) == ({"a": 1}, ())
