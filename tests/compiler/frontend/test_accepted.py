"""Legal models: their kind, keys, types and horizon, and values that were worked out by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from skewless import Project
from skewless.ground.durations import Duration

from .shop_data import at, write_data
from .small_project import compiled_model, errors, shown, written

CONFIG = "{{ config(entity='user', ttl='1 day') }}\n"
WITHOUT_TTL = "{{ config(entity='user') }}\n"
OF_REQUESTS = "{{ config(entity='user', request={'amount': 'double'}) }}\n"
TOTALS = CONFIG + "select user_id, count(*) as n, sum(amount) as total from {payments} group by user_id"
MACROS = """
{% macro counted(condition, window) %}count(*) filter (where {{ condition }} and {{ last(window) }}){% endmacro %}
{% macro share(condition, window) %}
    {{ counted(condition, window) }} / count(*) filter (where {{ last(window) }})
{% endmacro %}
"""
# (user, moment): early enough, exactly at a row's time, unknown users, and no user at all.
SPINE = ((1, at("10:00")), (2, at("10:00")), (3, at("10:00")), (None, at("10:00")), (1, at("09:30")))
UNKNOWN = None


def with_sources(model: str) -> str:
    return re.sub(r"(?<!{){(\w+)}(?!})", r"{{ source('shop', '\1') }}", model)


def trained(root: Path, models: Mapping[str, str], spine: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The features of view `v`, one dict for each row of the spine."""
    files = {f"features/{name}.sql": with_sources(text) for name, text in models.items()}
    service = {"features/s.yml": "services: [{name: s, features: [v]}]\n", "macros/m.sql": MACROS}
    write_data(written(root, {**files, **service}))
    rows = Project.load(root).training_set("s", spine, timestamp="at").to_pylist()
    return [{name: value for name, value in row.items() if name not in spine[0]} for row in rows]


# Model, and the values of its features for each row of the spine; UNKNOWN where every feature is NULL.
VALUES: dict[str, tuple[str, list[tuple[Any, ...] | None]]] = {
    "a chain of queries": (
        CONFIG + """with a as (select * from {payments}),
        b as (select user_id, amount * 2 as twice, status from a where status = 'settled'),
        c as (select * exclude (status) from b)
        select user_id, twice from c""",
        [(80.0,), (10.0,), UNKNOWN, UNKNOWN, (20.0,)],
    ),
    "a query that reads an outer one from within": (
        CONFIG + """with a as (select * from {payments}), b as (with c as (select * from a) select * from c)
        select user_id, amount from b""",
        [(40.0,), (5.0,), UNKNOWN, UNKNOWN, (20.0,)],
    ),
    "a star without some columns and with others replaced": (
        CONFIG + "select * exclude (payment_id, paid_at) replace (amount + 1 as amount) from {payments}",
        [("a", 41.0, "settled"), ("a", 6.0, "settled"), UNKNOWN, UNKNOWN, ("b", 21.0, "declined")],
    ),
    "queries with names of compiled SQL": (
        CONFIG + """with rows as (select * from {payments}), payments_raw as (select * from rows),
        timeline as (select * from payments_raw), moments as (select * from timeline)
        select user_id, count(*) as n from moments group by user_id""",
        [(4,), (2,), (0,), (0,), (2,)],
    ),
    "windows with an inclusive tail and an exclusive head": (
        WITHOUT_TTL + """select user_id, count(*) filter (where {{ last('1 hour') }}) as n_1h,
            count(*) filter (where {{ last('30 minutes') }}) as n_30m,
            sum(amount) filter (where {{ last('2 hours') }} and status = 'settled') as settled_2h
        from {payments} group by user_id""",
        [(3, 2, 80.0), (2, 1, 5.0), (0, 0, None), (0, 0, None), (1, 1, 10.0)],
    ),
    "a window between two moments": (
        WITHOUT_TTL + """select user_id, sum(amount) filter (
            where paid_at between as_of() - interval '2 hours' and as_of() - interval '1 hour') as total
        from {payments} group by user_id""",
        [(30.0,), (6.0,), UNKNOWN, UNKNOWN, (10.0,)],
    ),
    "a window in WHERE": (
        WITHOUT_TTL + """select user_id, count(*) as n, sum(amount) as total from {payments}
        where (({{ last('45 minutes') }}) and status = 'settled') group by user_id""",
        [(2, 70.0), (1, 5.0), (0, None), (0, None), (0, None)],
    ),
    "a union of three sources": (
        CONFIG + """with a as (
            select user_id, amount, paid_at as t from {payments}
            union all select user_id, -amount, refunded_at from {refunds}
            union all (select user_id, 0, logged_in_at from {logins}))
        select user_id, sum(amount) as total, count(*) filter (where t >= as_of() - interval '1 hour') as n
        from a group by user_id""",
        [(94.0, 7), (11.0, 2), (None, 0), (None, 0), (29.0, 4)],
    ),
    "an as-of join": (
        CONFIG + """select p.user_id, r.amount as refund from {payments} p
        asof left join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at""",
        [(3.0,), (None,), UNKNOWN, UNKNOWN, (1.0,)],
    ),
    "an as-of join that is strict and written the other way round": (
        CONFIG + """select p.user_id, r.amount as refund from {payments} p
        asof left join {refunds} r on r.refunded_at < p.paid_at and r.user_id = p.user_id""",
        [(1.0,), (None,), UNKNOWN, UNKNOWN, (1.0,)],
    ),
    "an inner as-of join drops rows without a partner": (
        CONFIG + """select p.user_id, count(*) as n from {payments} p
        asof join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at group by 1""",
        [(3,), (0,), (0,), (0,), (1,)],
    ),
    "an as-of join with what was known of a source with versions": (
        CONFIG + """select p.user_id, r.score from {payments} p
        asof left join {reports} r on p.user_id = r.user_id and p.paid_at >= r.happened_at""",
        [(7,), (None,), UNKNOWN, UNKNOWN, (7,)],
    ),
    "the latest version of the latest event": (
        CONFIG + "select user_id, score from {reports}",
        [(3,), UNKNOWN, UNKNOWN, UNKNOWN, (7,)],
    ),
    "corrections and retractions count from when they were known": (
        CONFIG + "select user_id, count(*) as n, sum(score) as total from {reports} group by user_id",
        [(1, 3), (0, None), (0, None), (0, None), (2, 10)],
    ),
    "rows that are known late": (
        CONFIG + "select user_id, count(*) as n, max(page) as page from {visits} group by user_id",
        [(1, "home"), (0, None), (0, None), (0, None), (1, "home")],
    ),
    "named windows over ties": (
        CONFIG + """select user_id, sum(amount) over w as total, row_number() over w as number,
            lag(amount) over w as before, count(*) over (w rows between 1 preceding and current row) as pair
        from {payments} window w as (partition by user_id order by paid_at)""",
        [(100.0, 4, 30.0, 2), (11.0, 2, 6.0, 2), UNKNOWN, UNKNOWN, (30.0, 2, 10.0, 2)],
    ),
    "the first row of each entity": (
        CONFIG + """select user_id, amount from {payments}
        qualify row_number() over (partition by user_id order by paid_at) = 1""",
        [(10.0,), (6.0,), UNKNOWN, UNKNOWN, (10.0,)],
    ),
    "a window inside an aggregate": (
        CONFIG + """select user_id, sum(lag(amount) over w) as total from {payments} group by user_id
        window w as (partition by user_id order by paid_at)""",
        [(60.0,), (6.0,), UNKNOWN, UNKNOWN, (10.0,)],
    ),
    "a window and the moment in one expression": (
        CONFIG + """select user_id, date_diff('minute', lag(paid_at) over (partition by user_id order by paid_at),
            as_of()) as minutes from {payments}""",
        [(30,), (60,), UNKNOWN, UNKNOWN, (90,)],
    ),
    "variables of lambdas and comprehensions hide columns": (
        CONFIG + """select user_id, list_sum(list_transform([amount, 1.0], lambda AMOUNT: amount + 1)) as a,
            list_sum([x * amount for x in [1, 2] if x > 0]) as b, list_sum([amount * 2 for amount in [1.0, 2.0]]) as c
        from {payments}""",
        [(43.0, 120.0, 6.0), (8.0, 15.0, 6.0), UNKNOWN, UNKNOWN, (23.0, 60.0, 6.0)],
    ),
    "a static source joined by its key": (
        CONFIG + "select p.user_id, s.country, store_id from {payments} p left join {stores} s using (store_id)",
        [("NL", "a"), ("NL", "a"), UNKNOWN, UNKNOWN, ("DE", "b")],
    ),
    "a static join that makes several rows of one": (
        CONFIG + """select p.user_id, count(*) as n, sum(rate) as total from {payments} p
        join {stores} s using (store_id) join {rates} r using (country) group by 1""",
        [(6, pytest.approx(0.9)), (2, pytest.approx(0.3)), (0, None), (0, None), (2, pytest.approx(0.3))],
    ),
    "a bitwise NOT in brackets": (
        CONFIG + "select user_id, max((~user_id) - 1) as x, max(~(user_id - 1)) as y from {payments} group by user_id",
        [(-3, -1), (-4, -2), UNKNOWN, UNKNOWN, (-3, -1)],
    ),
    "a key that is an expression": (
        CONFIG + "select user_id % 2 as user_id, count(*) as n from {payments} group by 1",
        [(4,), (0,), (0,), (0,), (2,)],
    ),
    "ordered aggregates over ties": (
        CONFIG + """select user_id, first(amount) as f, last(amount) as l, list(amount) as every,
            list(amount)[1] as one, arg_max(store_id, amount) as store,
            string_agg(status, '/' order by amount desc) as words,
            any_value(status) as word, last(store_id ignore nulls) as newest,
            any_value(amount order by amount desc) as largest, mode(status) as usual, mode(store_id) as place,
            mode(store_id order by store_id desc) as highest
        from {payments} group by user_id""",
        [
            (10.0, 40.0, [10.0, 20.0, 30.0, 40.0], 10.0, "a", "settled/settled/declined/settled", "settled", "a",
             40.0, "settled", "a", "a"),
            (6.0, 5.0, [6.0, 5.0], 6.0, "a", "settled", "settled", "a", 6.0, "settled", "a", "a"),
            UNKNOWN,
            UNKNOWN,
            (10.0, 20.0, [10.0, 20.0], 10.0, "b", "declined/settled", "settled", "b", 20.0, "settled", "a", "b"),
        ],
    ),
    "NULLs ignored, with a FILTER and without": (
        CONFIG + """select user_id, first(store_id ignore nulls) filter (where amount < 30) as oldest,
            any_value(status ignore nulls) as word, first(status respect nulls) filter (where amount < 30) as status
        from {payments} group by user_id""",
        [("a", "settled", "settled"), ("a", "settled", None), UNKNOWN, UNKNOWN, ("a", "settled", "settled")],
    ),
    "aggregates in expressions": (
        CONFIG + """select user_id, coalesce(sum(amount), 0) as total, count(distinct store_id) as stores,
            count_if(amount >= 20) as large, bool_or(status = 'declined') as declined,
            date_diff('minute', max(paid_at), as_of()) as minutes,
            case when count(*) > 2 then 'often' else 'seldom' end as habit, user_id + 1 as following
        from {payments} group by user_id""",
        [
            (100.0, 2, 3, True, 30, "often", 2), (11.0, 1, 0, False, 1, "seldom", 3),
            (0.0, 0, 0, None, None, "seldom", 4), (0.0, 0, 0, None, None, "seldom", None),
            (30.0, 2, 1, True, 30, "seldom", 2),
        ],
    ),
    "the moment in a latest view": (
        WITHOUT_TTL + """select user_id, date_diff('minute', paid_at, as_of()) as minutes,
            coalesce(date_diff('minute', paid_at, {{ as_of() }}), -1) as safe from {payments}""",
        [(30, 30), (1, 1), UNKNOWN, UNKNOWN, (30, 30)],
    ),
    "a ttl of half an hour": (
        "{{ config(entity='user', ttl='30 minutes') }}\nselect user_id, amount from {payments}",
        [(40.0,), (5.0,), UNKNOWN, UNKNOWN, (20.0,)],
    ),
    "relations and columns with names of the compiler and of SQL": (
        CONFIG + """select event.user_id, event.amount as "order", event.status as moment, request.country as "Group By"
        from {payments} as event left join {stores} as request on request.store_id = event.store_id""",
        [(40.0, "settled", "NL"), (5.0, "settled", "NL"), UNKNOWN, UNKNOWN, (20.0, "declined", "DE")],
    ),
    "names without regard to case": (
        CONFIG + 'with A as (SELECT "user_id", AMOUNT as Total FROM {payments}) select USER_ID, total from a',
        [(40.0,), (5.0,), UNKNOWN, UNKNOWN, (20.0,)],
    ),
    "macros that call macros": (
        WITHOUT_TTL + """select user_id, {{ share("status = 'settled'", '1 hour') }} as share
        from {payments} group by user_id""",
        [(pytest.approx(2 / 3),), (0.5,), UNKNOWN, UNKNOWN, (0.0,)],
    ),
    "aliases of the SELECT list used further on": (
        CONFIG + """select user_id, amount * 2 as twice, twice + 1 as more, status as amount_status
        from {payments} where twice > 10""",
        [(80.0, 81.0, "settled"), (12.0, 13.0, None), UNKNOWN, UNKNOWN, (40.0, 41.0, "declined")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str, tmp_path: Path) -> None:
    model, expected = VALUES[name]
    spine = [{"user_id": user, "at": moment} for user, moment in SPINE]
    rows = trained(tmp_path, {"v": model}, spine)
    width = len(rows[0])
    assert [tuple(row.values()) for row in rows] == [row or (None,) * width for row in expected]


def test_values_of_a_view_under_two_keys_of_the_request(tmp_path: Path) -> None:
    model = """{{ config(request={'buyer': 'bigint', 'seller': 'bigint', 'price': 'double'}) }}
    select r.price / b.total as share, coalesce(s.n, 0) as sales, hour(as_of()) as hour, r.price > s.total as dearer
    from {{ request() }} as r
    left join {{ ref('totals') }} as b on b.user_id = r.buyer
    left join {{ ref('totals') }} as s on r.seller = s.user_id"""
    spine = [
        {"buyer": 1, "seller": 2, "price": 50.0, "at": at("10:00")},
        {"buyer": 2, "seller": 3, "price": 22.0, "at": at("10:00")},
        {"buyer": None, "seller": 1, "price": None, "at": at("09:30")},
    ]
    rows = trained(tmp_path, {"v": model, "totals": TOTALS}, spine)
    assert [tuple(row.values()) for row in rows] == [(0.5, 2, 10, True), (2.0, 0, 10, None), (None, 2, 9, None)]


def test_values_of_a_request_view_over_a_request_view(tmp_path: Path) -> None:
    models = {
        "v": OF_REQUESTS + """select w.share * 2 as twice, t.n from {{ request() }}
            left join {{ ref('w') }} w using (user_id) left join {{ ref('totals') }} as t using (user_id)""",
        "w": OF_REQUESTS + """select amount / totals.total as share from {{ request() }}
            left join {{ ref('totals') }} using (user_id)""",
        "totals": TOTALS,
    }  # fmt: skip
    spine = [{"user_id": user, "amount": 50.0, "at": at("10:00")} for user in (1, 3)]
    rows = trained(tmp_path, models, spine)
    assert [tuple(row.values()) for row in rows] == [(1.0, 4), (None, 0)]


def test_values_of_a_composite_key(tmp_path: Path) -> None:
    model = """{{ config(entity=['user', 'store'], ttl='1 day') }}
    select user_id, store_id, count(*) as n, max(amount) as largest from {payments} group by all"""
    spine = [
        {"user_id": 1, "store_id": "a", "at": at("10:00")},
        {"user_id": 1, "store_id": "b", "at": at("10:00")},
        {"user_id": 2, "store_id": None, "at": at("10:00")},
        {"user_id": 2, "store_id": "b", "at": at("10:00")},
    ]
    rows = trained(tmp_path, {"v": model}, spine)
    assert [tuple(row.values()) for row in rows] == [(3, 40.0), (1, 20.0), (0, None), (0, None)]


def test_a_spine_row_without_a_moment_has_no_values(tmp_path: Path) -> None:
    spine: list[dict[str, int | datetime | None]] = [{"user_id": 1, "at": at("10:00")}, {"user_id": 1, "at": None}]
    assert trained(tmp_path, {"v": TOTALS}, spine) == [{"n": 4, "total": 100.0}, {"n": 0, "total": None}]


SHAPES = re.findall(
    r"^-- (\w+), (.+?): (.+)\n((?:(?!--).+\n)+)",
    (Path(__file__).parent / "accepted.sql").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("kind", "horizon", "types", "model"), SHAPES)
def test_shapes(kind: str, horizon: str, types: str, model: str) -> None:
    """`accepted.sql`: the kind of each model, how far back it reads, and the types of its features."""
    workspace = compiled_model(CONFIG + with_sources(model))
    assert not errors(workspace), shown(workspace)
    view = workspace.views["v"]
    assert (view.kind, view.horizon) == (kind, Duration.parse(horizon))
    assert [(key.name, str(key.dtype)) for key in view.keys] == [("user_id", "BIGINT")]
    assert " ".join(str(feature.dtype) for feature in view.features) == types


@pytest.mark.parametrize(
    ("model", "types"),
    [
        ("select amount + 1 as more from {{ request() }}", "DOUBLE"),
        (
            "select user_id, amount / t.n as mean, t.n from {{ request() }} left join {{ ref('t') }} t using (user_id)",
            "DOUBLE BIGINT",
        ),
        (
            "select r.*, t.* from {{ request() }} r left join {{ ref('t') }} as t on t.user_id = r.user_id",
            "DOUBLE BIGINT DOUBLE",
        ),
        ("select * from {{ request() }} left join {{ ref('t') }} using (user_id)", "DOUBLE BIGINT DOUBLE"),
        (
            "select as_of() as at, hour(as_of()) as h, if(amount > 1, 'a', null) as c from {{ request() }} as request",
            "TIMESTAMP BIGINT VARCHAR",
        ),
    ],
)
def test_shapes_of_request_views(model: str, types: str) -> None:
    workspace = compiled_model(OF_REQUESTS + model, t=with_sources(TOTALS))
    assert not errors(workspace), shown(workspace)
    view = workspace.views["v"]
    assert view.kind == "request"
    assert [field.name for field in (*view.keys, *view.requests)] == ["user_id", "amount"]
    assert " ".join(str(feature.dtype) for feature in view.features) == types
