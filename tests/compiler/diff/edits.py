"""Edits of the shop, and what kind of change each is, of which views; of all others it is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skewless.diff.result import Kind

ORDERS, VISIT, DAILY, OFFER, YAML, MACROS = (
    "features/orders.sql",
    "features/last_visit.sql",
    "features/daily.sql",
    "features/offer.sql",
    "features/shop.yml",
    "macros/amounts.sql",
)
_COSMETIC, _NEW, _VALUES, _SCHEMA = Kind.COSMETIC, Kind.NEW_FEATURES, Kind.VALUES, Kind.SCHEMA


@dataclass(frozen=True, slots=True)
class Edit:
    """What is replaced in which file; what it makes of views; words that the reasons have."""

    name: str
    replaced: tuple[tuple[str, str, str], ...]
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, object] | None = None


def _edit(name: str, file: str, old: str, new: str, **kinds: Kind) -> Edit:
    return Edit(name, ((file, old, new),), kinds)


def _told(name: str, file: str, old: str, new: str, words: Mapping[str, str], **kinds: Kind) -> Edit:
    return Edit(name, ((file, old, new),), kinds, words)


# fmt: off
PRESERVING = (
    _edit("another comment", ORDERS, "with paid as", "-- what was paid\nwith paid as", orders=_COSMETIC),
    _edit("a comment of the template", ORDERS, "with paid as", "{# what was paid #}with paid as"),
    _edit("line breaks", ORDERS, "select o.user_id, o.amount,", "select\n    o.user_id,\n    o.amount,", orders=_COSMETIC),
    _edit("keywords in capitals", ORDERS, "with paid as (\n    select", "WITH paid AS (\n    SELECT", orders=_COSMETIC),
    _edit("functions in capitals", ORDERS, "count(*)", "COUNT(*)", orders=_COSMETIC),
    Edit(
        "another alias of a table",
        ((ORDERS, "select o.user_id, o.amount, o.place, o.amount * 0.2", "select b.user_id, b.amount, b.place, b.amount * 0.2"),
         (ORDERS, "as o\n    where {{ settled('o.amount') }} and o.place", "as b\n    where {{ settled('b.amount') }} and b.place")),
        {"orders": _COSMETIC},
    ),
    Edit(
        "no alias of a table",
        ((ORDERS, "select p.place as name, p.country from {{ source('shop', 'places') }} as p",
          "select place as name, country from {{ source('shop', 'places') }}"),),
        {"orders": _COSMETIC},
    ),
    _edit("qualified columns", VISIT, "select user_id, page as", "select visits.user_id, visits.page as", last_visit=_COSMETIC),
    Edit(
        "another order of CTEs",
        ((ORDERS, "with paid as (\n    select o.user_id, o.amount, o.place, o.amount * 0.2 as tax\n    from {{ source('shop', 'orders') }} as o\n    where {{ settled('o.amount') }} and o.place is not null\n),\nknown as (\n    select p.place as name, p.country from {{ source('shop', 'places') }} as p\n)",
          "with known as (\n    select p.place as name, p.country from {{ source('shop', 'places') }} as p\n),\npaid as (\n    select o.user_id, o.amount, o.place, o.amount * 0.2 as tax\n    from {{ source('shop', 'orders') }} as o\n    where {{ settled('o.amount') }} and o.place is not null\n)"),),
        {"orders": _COSMETIC},
    ),
    Edit(
        "another name of a CTE",
        ((ORDERS, "known as (", "countries as ("), (ORDERS, "left join known on paid.place = known.name", "left join countries on paid.place = countries.name"),
         (ORDERS, "(known.country = 'FR' or known.country = 'DE')", "(countries.country = 'FR' or countries.country = 'DE')")),
        {"orders": _COSMETIC},
    ),
    Edit("a renamed macro", ((MACROS, "settled", "is_settled"), (ORDERS, "{{ settled(", "{{ is_settled("))),
    Edit("an inlined macro", ((ORDERS, "{{ settled('o.amount') }}", "o.amount > 1"),)),
    _edit("a variable instead of its value", MACROS, "{{ var('least') }}", "1"),
    _edit("a join in more words", ORDERS, "left join known", "LEFT OUTER JOIN known", orders=_COSMETIC),
    _edit("another order of conditions", ORDERS, "{{ settled('o.amount') }} and o.place is not null", "o.place is not null and {{ settled('o.amount') }}", orders=_COSMETIC),
    _edit("another order of alternatives", ORDERS, "known.country = 'FR' or known.country = 'DE'", "known.country = 'DE' or known.country = 'FR'", orders=_COSMETIC),
    _edit("brackets that change nothing", ORDERS, "o.amount * 0.2 as tax", "(o.amount * (0.2)) as tax", orders=_COSMETIC),
    _edit("a window of 24 hours", ORDERS, "last('1 day')", "last('24 hours')"),
    _edit("a ttl in another unit", VISIT, "ttl='30 days'", "ttl='720 hours'"),
    _edit("a lag in another unit", DAILY, "lag='1 hour'", "lag='60 minutes'"),
    _edit("a delay in another unit", YAML, "delay: 5 minutes", "delay: 300 seconds"),
    _told("another order of features", VISIT, "page as last_page, seconds + 1 as last_seconds", "seconds + 1 as last_seconds, page as last_page", {"last_visit": "order of features"}, last_visit=_COSMETIC),
    _told("another owner", ORDERS, "owner='shop'", "owner='sales'", {"orders": "owner: shop -> sales"}, orders=_COSMETIC),
    _told("another tag", ORDERS, "tags=['money']", "tags=['money', 'fraud']", {"orders": "tags"}, orders=_COSMETIC),
    _told("another description", YAML, "description: How many.", "description: How many in a day.", {"orders": "description of n_1d"}, orders=_COSMETIC),
    _told("the description of a view", YAML, "What a user has ordered.", "The orders of a user.", {"orders": "description: What a user has ordered. ->"}, orders=_COSMETIC),
    _edit("a column that nobody reads", YAML, "          - {name: page, data_type: varchar}\n", "          - {name: page, data_type: varchar}\n          - {name: agent, data_type: varchar}\n"),
    _edit("columns of a source in another order", YAML, "          - {name: seconds, data_type: integer}\n          - {name: page, data_type: varchar}\n", "          - {name: page, data_type: varchar}\n          - {name: seconds, data_type: integer}\n"),
    _edit("columns of a static source in another order", YAML, "          - {name: place, data_type: varchar}\n          - {name: country, data_type: varchar}\n", "          - {name: country, data_type: varchar}\n          - {name: place, data_type: varchar}\n"),
    _edit("a column of a static source that nobody reads", YAML, "          - {name: country, data_type: varchar}\n", "          - {name: country, data_type: varchar}\n          - {name: county, data_type: varchar}\n"),
    _edit("another plan", ORDERS, "owner='shop'", "owner='shop', plan='range_join'", orders=_COSMETIC),
    _edit("<> as !=", ORDERS, "o.place is not null", "not o.place is null", orders=_COSMETIC),
    _edit("quotes around a name", DAILY, "avg(seconds)", 'avg("seconds")', daily=_COSMETIC),
    Edit("a variable that nobody reads", (), variables={"unread": 3, "least": 1}),
)

CHANGING = (
    _told("a wider window", ORDERS, "last('1 day')", "last('2 days')", {"orders": "window of n_1d: 1 day -> 2 days"}, orders=_VALUES, offer=_COSMETIC),
    _told("a wider window in one of two", ORDERS, "sum(paid.amount) filter (where {{ last('7 days') }})", "sum(paid.amount) filter (where {{ last('8 days') }})", {"orders": "window of total_7d: 7 days -> 8 days", "offer": "orders has other values: total_7d"}, orders=_VALUES, offer=_VALUES),
    _told("a shorter ttl", VISIT, "ttl='30 days'", "ttl='29 days'", {"last_visit": "ttl: 30 days -> 29 days"}, last_visit=_VALUES, offer=_VALUES),
    _told("no ttl", VISIT, ", ttl='30 days'", "", {"last_visit": "ttl: 30 days -> none"}, last_visit=_VALUES, offer=_VALUES),
    _told("a quicker refresh", DAILY, "refresh='1 day'", "refresh='12 hours'", {"daily": "refresh: 1 day -> 12 hours"}, daily=_VALUES),
    _told("no refresh", DAILY, ", refresh='1 day', lag='1 hour'", "", {"daily": "refresh: 1 day -> none"}, daily=_VALUES),
    _told("another lag", DAILY, "lag='1 hour'", "lag='2 hours'", {"daily": "lag: 1 hour -> 2 hours"}, daily=_VALUES),
    _told("an offset", DAILY, "lag='1 hour'", "lag='1 hour', offset='3 hours'", {"daily": "offset"}, daily=_VALUES),
    _told("another condition", ORDERS, "o.place is not null", "o.place is null", {"orders": "WHERE of paid"}, orders=_VALUES, offer=_VALUES),
    _told("no condition", ORDERS, " and o.place is not null", "", {"orders": "WHERE of paid"}, orders=_VALUES, offer=_VALUES),
    _told("another macro", MACROS, "{{ column }} >", "{{ column }} >=", {"orders": "WHERE of paid"}, orders=_VALUES, offer=_VALUES),
    Edit("another variable", (), {"orders": _VALUES, "offer": _VALUES}, {"orders": "o.amount > 1"}, {"least": 2}),
    _told("another constant", ORDERS, "o.amount * 0.2 as tax", "o.amount * 0.25 as tax", {"orders": "tax of paid"}, orders=_VALUES, offer=_COSMETIC),
    _told("brackets that change a value", VISIT, "seconds + 1 as last_seconds", "seconds - (1 - seconds) as last_seconds", {"last_visit": "last_seconds of the rows"}, last_visit=_VALUES, offer=_COSMETIC),
    _edit("brackets around another part", VISIT, "seconds + 1 as", "(seconds + 1) * 2 as", last_visit=_VALUES, offer=_COSMETIC),
    _told("another function", DAILY, "avg(seconds)", "median(seconds)", {"daily": "mean_seconds_30d: AVG(seconds)"}, daily=_VALUES),
    _told("DISTINCT", ORDERS, "count(*) filter", "count(distinct paid.place) filter", {"orders": "n_1d: "}, orders=_VALUES, offer=_COSMETIC),
    _told("an inner join", ORDERS, "left join known", "inner join known", {"orders": "JOIN of the rows"}, orders=_VALUES, offer=_VALUES),
    _told("another join", ORDERS, "on paid.place = known.name", "on paid.place = known.country", {"orders": "JOIN of the rows"}, orders=_VALUES, offer=_VALUES),
    _told("another text", ORDERS, "'DE'", "'ES'", {"orders": "most_tax_7d"}, orders=_VALUES, offer=_COSMETIC),
    _told("a request feature", OFFER, "v.last_page = 'cart', false", "v.last_page = 'cart', true", {"offer": "was_in_cart: "}, offer=_VALUES),
    _told("a longer delay", YAML, "delay: 5 minutes", "delay: 6 minutes", {"last_visit": "delay of shop.visits: 5 minutes -> 6 minutes"}, last_visit=_VALUES, daily=_VALUES, offer=_VALUES),
    _told("no known time", YAML, "        known_at: loaded_at\n", "", {"orders": "known_at of shop.orders: loaded_at -> none"}, orders=_VALUES, offer=_VALUES),
    _told("no retractions", YAML, "        deleted: is_deleted\n", "", {"orders": "deleted of shop.orders: is_deleted -> none"}, orders=_VALUES, offer=_VALUES),
    _told("append only", YAML, "        deleted: is_deleted\n", "        append_only: true\n", {"orders": "append_only of shop.orders: false -> true"}, orders=_VALUES, offer=_VALUES),
    _told("rows at the moment itself", YAML, "delay: 5 minutes", "delay: 5 minutes\n        inclusive: true", {"daily": "inclusive of shop.visits: false -> true"}, last_visit=_VALUES, daily=_VALUES, offer=_VALUES),
    _told("another tie-break", YAML, "        append_only: true\n", "        append_only: true\n        tie_break: [page]\n", {"last_visit": "tie_break of shop.visits: none -> page"}, last_visit=_VALUES, offer=_VALUES),
    # Of two versions that became known at once, and that tie_break does not tell apart, the columns in their order decide.
    _told("columns of versions in another order", YAML, "          - {name: amount, data_type: double}\n          - {name: place, data_type: varchar}\n      - name: visits", "          - {name: place, data_type: varchar}\n          - {name: amount, data_type: double}\n      - name: visits", {"orders": "order of columns of shop.orders: order_id, user_id, ordered_at, loaded_at, is_deleted, amount, place -> "}, orders=_VALUES, offer=_VALUES),
    _told("another key of events", YAML, "primary_key: [order_id]", "primary_key: [order_id, place]", {"orders": "primary_key of shop.orders: order_id -> order_id, place"}, orders=_VALUES, offer=_VALUES),
    _told("another event time", YAML, "event_time: ordered_at", "event_time: loaded_at", {"orders": "event_time of shop.orders"}, orders=_VALUES, offer=_VALUES),
    _told("another file", YAML, "path: visits.parquet", "path: visits_2.parquet", {"daily": "path of shop.visits"}, last_visit=_VALUES, daily=_VALUES, offer=_VALUES),
    _told("another type of a column", YAML, "{name: seconds, data_type: integer}", "{name: seconds, data_type: bigint}", {"daily": "type of shop.visits.seconds: INTEGER -> BIGINT", "last_visit": "type of last_seconds"}, last_visit=_SCHEMA, offer=_COSMETIC, daily=_VALUES),
    _told("a feature more", VISIT, "page as last_page,", "page as last_page, upper(page) as last_upper,", {"last_visit": "last_upper is new"}, last_visit=_NEW, offer=_COSMETIC),
    _told("an aggregate more", ORDERS, "select\n    paid.user_id,", "select\n    paid.user_id,\n    min(paid.amount) filter (where {{ last('1 day') }}) as least_1d,", {"orders": "least_1d is new"}, orders=_NEW, offer=_COSMETIC),
    _told("an ordered aggregate more", ORDERS, "select\n    paid.user_id,", "select\n    paid.user_id,\n    last(paid.place) filter (where {{ last('1 day') }}) as place_1d,", {"orders": "place_1d is new"}, orders=_NEW, offer=_COSMETIC),
    _told("a feature less", VISIT, ", seconds + 1 as last_seconds", "", {"last_visit": "last_seconds is gone"}, last_visit=_SCHEMA, offer=_COSMETIC),
    Edit("another name of a feature", ((ORDERS, "as n_1d", "as n_24h"), (YAML, "name: n_1d", "name: n_24h")), {"orders": _SCHEMA, "offer": _COSMETIC}, {"orders": "n_1d is gone"}),
    _told("another type of a feature", ORDERS, "sum(paid.amount) filter (where {{ last('7 days') }})", "cast(sum(paid.amount) filter (where {{ last('7 days') }}) as float)", {"orders": "type of total_7d: DOUBLE -> FLOAT"}, orders=_SCHEMA, offer=_VALUES),
    _told("a field of the request more", OFFER, "request={'price': 'double'}", "request={'price': 'double', 'place': 'varchar'}", {"offer": "request: price DOUBLE -> price DOUBLE, place VARCHAR"}, offer=_SCHEMA),
    _told("another type of a field", OFFER, "'price': 'double'", "'price': 'bigint'", {"offer": "request: "}, offer=_SCHEMA),
    _told("another type of a key", YAML, "{name: user_id, data_type: bigint}]}\nsources", "{name: user_id, data_type: integer}]}\nsources", {"daily": "keys: user_id BIGINT -> user_id INTEGER"}, orders=_SCHEMA, last_visit=_SCHEMA, daily=_SCHEMA, offer=_SCHEMA),
    _told("not served any more", DAILY, "refresh='1 day'", "refresh='1 day', online=false", {"daily": "online: true -> false"}, daily=_SCHEMA),
)
# fmt: on
