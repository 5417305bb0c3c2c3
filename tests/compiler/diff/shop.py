"""A small project, edited in one place at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from skewless.contract.definition import Definitions
from skewless.tasks.definitions import definitions_of
from skewless.tasks.workspace import Options, load_workspace

FILES: Mapping[str, str] = {
    "skewless.yml": "name: shop\nversion: '1'\nprofile: shop\nvars: {least: 1}\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, threads: 1}}}\n",
    "macros/amounts.sql": "{% macro settled(column) %}{{ column }} > {{ var('least') }}{% endmacro %}\n",
    "features/shop.yml": """\
entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - name: orders
        path: orders.parquet
        event_time: ordered_at
        known_at: loaded_at
        primary_key: [order_id]
        deleted: is_deleted
        columns:
          - {name: order_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: ordered_at, data_type: timestamp}
          - {name: loaded_at, data_type: timestamp}
          - {name: is_deleted, data_type: boolean}
          - {name: amount, data_type: double}
          - {name: place, data_type: varchar}
      - name: visits
        path: visits.parquet
        event_time: visited_at
        delay: 5 minutes
        primary_key: [visit_id]
        append_only: true
        columns:
          - {name: visit_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: visited_at, data_type: timestamp}
          - {name: seconds, data_type: integer}
          - {name: page, data_type: varchar}
      - name: places
        path: places.parquet
        static: true
        primary_key: [place]
        columns:
          - {name: place, data_type: varchar}
          - {name: country, data_type: varchar}
features:
  - name: orders
    description: What a user has ordered.
    columns:
      - {name: n_1d, data_type: bigint, description: How many.}
services:
  - name: offers
    features:
      - orders
      - last_visit: [last_page]
      - offer
""",
    "features/orders.sql": """\
{{ config(entity='user', owner='shop', tags=['money']) }}

with paid as (
    select o.user_id, o.amount, o.place, o.amount * 0.2 as tax
    from {{ source('shop', 'orders') }} as o
    where {{ settled('o.amount') }} and o.place is not null
),
known as (
    select p.place as name, p.country from {{ source('shop', 'places') }} as p
)
select
    paid.user_id,
    count(*) filter (where {{ last('1 day') }}) as n_1d,
    sum(paid.amount) filter (where {{ last('7 days') }}) as total_7d,
    max(paid.tax) filter (where {{ last('7 days') }} and (known.country = 'FR' or known.country = 'DE')) as most_tax_7d
from paid left join known on paid.place = known.name
group by paid.user_id
""",
    "features/last_visit.sql": """\
{{ config(entity='user', ttl='30 days') }}
select user_id, page as last_page, seconds + 1 as last_seconds
from {{ source('shop', 'visits') }}
""",
    "features/daily.sql": """\
{{ config(entity='user', refresh='1 day', lag='1 hour') }}
select user_id, avg(seconds) filter (where {{ last('30 days') }}) as mean_seconds_30d
from {{ source('shop', 'visits') }}
group by user_id
""",
    "features/offer.sql": """\
{{ config(entity='user', request={'price': 'double'}) }}
select
    r.price / nullif(o.total_7d, 0) as price_to_total,
    coalesce(v.last_page = 'cart', false) as was_in_cart
from {{ request() }} as r
left join {{ ref('orders') }} as o using (user_id)
left join {{ ref('last_visit') }} as v using (user_id)
""",
}


def write(folder: Path, files: Mapping[str, str] = FILES) -> None:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def definitions(folder: Path, variables: Mapping[str, object] | None = None) -> Definitions:
    workspace = load_workspace(Options(project_dir=folder, variables=variables), {})
    workspace.check()
    return definitions_of(workspace)
