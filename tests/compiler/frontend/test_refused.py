"""Models that must not compile: training and serving could differ, or the future could be read.

`refused/<code>.sql` has one model a line, without its config; `{payments}` stands for the source. What the messages say
is checked by the goldens in tests/compiler/diagnostics; here it matters that none of these is ever accepted.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .small_project import compiled_model, errors, shown

CONFIG = "{{ config(entity='user', ttl='1 day') }}\n"
WITHOUT_TTL = "{{ config(entity='user') }}\n"
OF_REQUESTS = "{{ config(entity='user', request={'amount': 'double'}) }}\n"
FILES = {
    "macros/m.sql": "{% macro cut() %}limit 3{% endmacro %}",
    "features/odd.yml": """
sources:
  - name: shop
    tables:
      - name: odd
        event_time: happened_at
        primary_key: id
        columns:
          - {name: id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: status, data_type: varchar}
          - {name: happened_at, data_type: timestamp}
          - {name: _event_time, data_type: timestamp}
""",
}


def with_sources(model: str) -> str:
    return re.sub(r"(?<!{){(\w+)}(?!})", r"{{ source('shop', '\1') }}", model)


W = CONFIG + with_sources("select user_id, amount from {payments}")
REFUSED = [
    pytest.param(path.stem, model, id=f"{path.stem}: {model}")
    for path in sorted((Path(__file__).parent / "refused").glob("*.sql"))
    for model in path.read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(("code", "model"), REFUSED)
def test_it_does_not_compile(code: str, model: str) -> None:
    config = WITHOUT_TTL if code == "unbounded-window" else CONFIG
    workspace = compiled_model(config + with_sources(model), w=W, files=FILES)
    assert "v" not in workspace.views
    assert code in {fault.code for fault in errors(workspace)}, shown(workspace)


@pytest.mark.parametrize(
    "model",
    [
        "select amount from {{ request() }} where amount > 0",
        "select distinct amount from {{ request() }}",
        "select amount from {{ request() }} limit 1",
        "select amount from {{ request() }} order by amount",
        "select sum(amount) as x from {{ request() }}",
        "select user_id, sum(amount) as x from {{ request() }} group by user_id",
        "select sum(amount) over () as x from {{ request() }}",
        "select amount, event_time() as t from {{ request() }}",
        "select random() as x from {{ request() }}",
        "select (select 1) as x from {{ request() }}",
        "select unnest([amount]) as x from {{ request() }}",
        "select w.amount as x from {{ request() }} join {{ ref('w') }} as w using (user_id)",
        "select w.amount as x from {{ request() }} right join {{ ref('w') }} as w using (user_id)",
        "select w.amount as x from {{ request() }} cross join {{ ref('w') }} as w",
        "select w.amount as x from {{ request() }} left join {{ ref('w') }} as w on true",
        "select w.amount as x from {{ request() }} r left join {{ ref('w') }} as w on w.amount = r.amount",
        "select w.amount as x from {{ request() }} r left join {{ ref('w') }} as w on w.user_id > r.user_id",
        "select p.amount as x from {{ request() }} left join {payments} as p using (user_id)",
        "with a as (select 1 as x) select amount from {{ request() }}",
        "select amount from {{ request() }} using sample 10%",
        "select amount from {{ request() }} union all select amount from {{ request() }}",
        "select user_id from {{ request() }}",
    ],
)
def test_a_request_view_is_expressions_over_values(model: str) -> None:
    workspace = compiled_model(OF_REQUESTS + with_sources(model), w=W)
    assert "v" not in workspace.views
    assert errors(workspace)


@pytest.mark.parametrize("request_fields", ["{'user_id': 'varchar'}", "{'User_ID': 'bigint'}", "{'_at': 'timestamp'}"])
def test_a_field_of_the_request_cannot_take_the_place_of_another_column(request_fields: str) -> None:
    model = f"{{{{ config(entity='user', request={request_fields}) }}}}\nselect 1 as one from {{{{ request() }}}}"
    assert errors(compiled_model(model))
