"""A small project with every kind of view, over sources with every kind of rule."""

from __future__ import annotations

from pathlib import Path

from skewless.project.model import UnitTest
from skewless.tasks.workspace import Options, Workspace, load_workspace

_COLUMNS = """
          - {name: id, data_type: bigint}
          - {name: k, data_type: bigint}
          - {name: other, data_type: bigint}
          - {name: x, data_type: integer}
          - {name: z, data_type: double}
          - {name: m, data_type: "decimal(12, 2)"}
          - {name: s, data_type: varchar}
          - {name: t, data_type: timestamp}"""
PROPERTIES = f"""
entities:
  - {{name: user, keys: [{{name: k, data_type: bigint}}]}}
sources:
  - name: w
    tables:
      - name: orders
        event_time: t
        known_at: known
        primary_key: [id]
        deleted: gone
        columns:{_COLUMNS}
          - {{name: known, data_type: timestamp}}
          - {{name: gone, data_type: boolean}}
      - name: visits
        event_time: t
        delay: 10 minutes
        primary_key: [id]
        append_only: true
        columns:{_COLUMNS}
      - name: notes
        event_time: t
        known_at: known
        inclusive: true
        tie_break: [x]
        columns:{_COLUMNS}
          - {{name: known, data_type: timestamp}}
"""
VIEWS = {
    "totals": """{{ config(entity='user') }}
select k,
    count(*) filter (where {{ last('1 hour') }}) as n,
    count(*) filter (where {{ last('1 day') }} and s = 'paid') as paid,
    sum(x) filter (where {{ last('1 hour') }}) as total,
    last(x) filter (where {{ last('1 day') }}) as newest,
    first(s) filter (where {{ last('1 day') }}) as oldest
from {{ source('w', 'orders') }} group by k""",
    "sums": """{{ config(entity='user', ttl='1 day') }}
select k, count(*) as n, sum(x) as total, avg(m) as mean, max(s) filter (where {{ last('1 hour') }}) as greatest
from {{ source('w', 'orders') }} group by k""",
    "traffic": """{{ config(entity='user') }}
select k,
    count(*) filter (where {{ last('1 hour') }}) as n,
    avg(x) filter (where {{ last('1 hour') }}) as mean,
    sum(m) filter (where {{ last('1 day') }}) as total,
    min(z) filter (where {{ last('1 day') }}) as least
from {{ source('w', 'visits') }} group by k""",
    "newest": """{{ config(entity='user', ttl='2 hours') }}
select k, x, z, s, date_diff('second', t, {{ as_of() }}) as age from {{ source('w', 'orders') }}""",
    "seen": """{{ config(entity='user') }}
select k, x as seen_x, s as seen_s, m as seen_m from {{ source('w', 'visits') }}""",
    "nightly": """{{ config(entity='user', refresh='1 day', offset='2 hours', lag='30 minutes') }}
select k, count(*) filter (where {{ last('3 days') }}) as n, max(x) filter (where {{ last('1 day') }}) as most
from {{ source('w', 'orders') }} group by k""",
    "remarks": """{{ config(entity='user', ttl='6 hours') }}
select k, count(*) as n, last(x) as latest, max(s) as greatest from {{ source('w', 'notes') }} group by k""",
    "matched": """{{ config(entity='user') }}
select o.k as k, count(*) filter (where {{ last('1 day') }}) as n, sum(v.x) filter (where {{ last('1 day') }}) as visited
from {{ source('w', 'orders') }} as o
asof left join {{ source('w', 'visits') }} as v on o.k = v.k and o.t >= v.t group by o.k""",
    "ends": """{{ config(entity='user') }}
with both as (select k, x from {{ source('w', 'visits') }} union all select k, x from {{ source('w', 'orders') }})
select k, count(*) filter (where {{ last('1 day') }}) as n from both group by k""",
    "asked": """{{ config(entity='user', request={'amount': 'double'}) }}
select round(r.amount, 1) as rounded, r.amount * 3 as tripled, r.amount > coalesce(t.n, 0) as above,
    coalesce(t.total, -1) as total
from {{ request() }} as r left join {{ ref('totals') }} as t using (k)""",
}


def workshop(folder: Path) -> Workspace:
    """The project, written to a folder and compiled."""
    (folder / "features").mkdir()
    (folder / "features" / "p.yml").write_text(PROPERTIES)
    for name, sql in VIEWS.items():
        (folder / "features" / f"{name}.sql").write_text(sql)
    (folder / "skewless.yml").write_text("name: p\nversion: '1'\nprofile: p\n")
    (folder / "profiles.yml").write_text(
        "p: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: target/online.db}}}}\n"
    )
    return _compiled(folder)


def unit_test_in(folder: Path, text: str) -> tuple[Workspace, UnitTest]:
    """The project, and the unit test that the text of a file adds to it."""
    (folder / "features" / "written.yml").write_text(text)
    workspace = _compiled(folder)
    [test] = workspace.files.unit_tests
    return workspace, test


def _compiled(folder: Path) -> Workspace:
    workspace = load_workspace(Options(project_dir=folder), {})
    workspace.check()
    return workspace
