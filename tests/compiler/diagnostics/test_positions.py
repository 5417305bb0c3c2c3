"""A diagnostic points at the user's own text, whatever the file's line ends, letters and templates do to offsets."""

from __future__ import annotations

from pathlib import Path

import pytest
from frontend.small_project import compiled, errors, shown

SOURCE = "{{ source('shop', 'payments') }}"
LOGINS = "{{ source('shop', 'logins') }}"
CONFIG = "{{ config(entity='user', ttl='1 day') }}"


def marked(root: Path, text: str, **files: str) -> list[str]:
    """What the carets of each error stand below; `text` is the model."""
    root.mkdir(exist_ok=True)
    workspace = compiled(
        root, {"features/v.sql": text.encode(), **{f"macros/{name}.sql": body for name, body in files.items()}}
    )
    lines = text.replace("\r\n", "\n").split("\n")
    spans = [fault.span for fault in errors(workspace) if fault.span is not None]
    assert spans, "there is an error"
    return [
        lines[span.line - 1][span.column - 1 : span.end_column if span.end_line == span.line else None]
        for span in spans
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{CONFIG}\r\n\r\nselect user_id,\r\n  amunt\r\nfrom {SOURCE}\r\n", ["amunt"]),
        (f"{CONFIG}\nselect\n\tuser_id,\n\t\tamunt\nfrom {SOURCE}", ["amunt"]),
        (f"{CONFIG}\nselect user_id, 'größe 🚀' as größe, amunt from {SOURCE}", ["amunt"]),
        (f"{{# ä\n ö #}}{CONFIG}{{% set x = 1 %}}\n\n\nselect user_id, {{{{ x }}}} as x, amunt from {SOURCE}",
         ["amunt"]),
        (f"{CONFIG}\n{{%- if true -%}}\n  select user_id, amunt\n{{%- endif %}}\nfrom {SOURCE}", ["amunt"]),
        (f"{CONFIG}\nselect user_id, {{{{ 'am' }}}}unt2 from {SOURCE}", ["{{ 'am' }}unt2"]),
        (f"{CONFIG}\nselect user_id{{% for c in ['amunt', 'x'] %}}, {{{{ c }}}}{{% endfor %}} from {SOURCE}",
         ["{{ c }}", "{{ c }}"]),
        (f"{CONFIG}\n{{% raw %}}select user_id, amunt{{% endraw %}} from {SOURCE}", ["amunt"]),
        (f"{CONFIG}\n{{% set list %}}amunt{{% endset %}}select user_id, {{{{ list }}}} from {SOURCE}", ["{{ list }}"]),
        (f"{CONFIG}\n-- a comment with now()\nselect user_id, /* now() */ 'now()' as a, now() as b from {SOURCE}",
         ["now()"]),
        (f"{CONFIG}\nselect user_id, current_date as a, 'current_date' as b, current_date as c from {SOURCE}",
         ["current_date", "current_date"]),
        (f"{CONFIG}\nselect user_id, lead( amount ) over (partition by (user_id) order by paid_at) as x from {SOURCE}",
         ["lead( amount ) over (partition by (user_id) order by paid_at)"]),
        (f"{CONFIG}\nselect user_id, sum(status) filter (where (amount) > 1) as x from {SOURCE} group by user_id",
         ["sum(status)"]),
        (f"{CONFIG}\nselect user_id, last(device) filter (where (user_id) > 1) as x from {LOGINS} group by user_id",
         ["last(device) filter (where (user_id) > 1)"]),
        (f"{{{{ config(\n  entity='user',\n  ttl='1 month',\n) }}}}\nselect user_id, amount from {SOURCE}", ["ttl"]),
    ],
)  # fmt: skip
def test_the_mark_is_below_the_word_at_fault(text: str, expected: list[str], tmp_path: Path) -> None:
    assert marked(tmp_path, text) == expected


def test_what_a_macro_writes_is_marked_where_it_is_called(tmp_path: Path) -> None:
    call = "{{ twice(column='amunt') }}"
    text = f"{CONFIG}\nselect\n    user_id,\n    {call} as x\nfrom {SOURCE}"
    assert marked(tmp_path, text, m="{% macro twice(column) %}\n\n{{ column }} * 2\n{% endmacro %}") == [call]


def test_what_a_call_block_wraps_is_marked_at_the_block(tmp_path: Path) -> None:
    text = f"{CONFIG}\nselect user_id, {{% call wrapped() %}}amunt{{% endcall %}} as x\nfrom {SOURCE}"
    macro = "{% macro wrapped() %}abs({{ caller() }}){% endmacro %}"
    assert len(marked(tmp_path, text, m=macro)) == 1


def test_every_fault_of_every_file_is_reported_in_order(tmp_path: Path) -> None:
    workspace = compiled(tmp_path, {
        "features/a.sql": f"{CONFIG}\nselect user_id, amunt, now() as at from {SOURCE} limit 1",
        "features/b.sql": "{{ nope }}",
        "features/c.sql": f"{CONFIG}\nselect user_id amount status from {SOURCE}",
        "features/d.yml": "services:\n  - {name: s, featurs: [a]}\n",
        "macros/m.sql": "{% macro broken( %}",
    })  # fmt: skip
    places = [(fault.code, fault.span.file if fault.span else "") for fault in workspace.diagnostics]
    assert places == [
        ("unknown-column", "features/a.sql"), ("nondeterministic-function", "features/a.sql"),
        ("unordered-limit", "features/a.sql"), ("undefined-variable", "features/b.sql"),
        ("syntax-error", "features/c.sql"), ("unknown-key", "features/d.yml"),
        ("template-error", "macros/m.sql"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe\x00 not text", b"", b"   \n", b"select \x00 from x", b"select " + b"(" * 3000 + b"1" + b")" * 3000,
     b"{{ '\x0099\x01' }}", b"{% for i in range(10) %}{{ i }}", b"{{ [1][5] }}", b"{{ config(ttl={}) }}select 1",
     b"{{ config(entity=3) }} select 1", b"{{ config(entity='user', request=[1]) }} select 1 from {{ request() }}",
     b"{{ config(entity='user', tags={'a': [1]}) }} from {{ source(none, 1) }}", b"{{ ref(none) }}", b"'", b"/*",
     b";;;",
     b"select", b"with a as (select 1)", b"({{ request() }})", b"values (1)", b"from {{ request() }}",
     b"{{ request() }}",
     b"{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", b"pivot x on y", b"describe x", b"select * from a, b, c"],
)  # fmt: skip
def test_whatever_a_model_is_there_is_a_diagnostic_and_no_crash(text: bytes, tmp_path: Path) -> None:
    workspace = compiled(tmp_path, {"features/v.sql": text})
    assert errors(workspace)
    assert shown(workspace)
