"""Models that must not compile: training and serving could differ, or the future could be read.

Each case is `code: the model without its config`; `{payments}` stands for the source. What a message says is checked by
the goldens of tests/compiler/diagnostics; here it matters that nothing of this is ever accepted.
"""

from __future__ import annotations

import pytest

from .small_project import compiled_model, errors, shown

CONFIG = "{{ config(entity='user', ttl='1 day') }}\n"
SOURCES = ("payments", "refunds", "logins", "reports", "visits", "stores", "rates")

FUTURE = """
select user_id, lead(amount) over (partition by user_id order by paid_at) as x from {payments}
select user_id, lag(amount, -1) over (partition by user_id order by paid_at) as x from {payments}
select user_id, lag(amount, 1 - 2) over (partition by user_id order by paid_at) as x from {payments}
select user_id, lag(amount, amount::int) over (partition by user_id order by paid_at) as x from {payments}
select user_id, lag(amount, -1) ignore nulls over (partition by user_id order by paid_at) as x from {payments}
select user_id, fill(amount) over (partition by user_id order by paid_at) as x from {payments}
select user_id, cume_dist() over (partition by user_id order by paid_at) as x from {payments}
select user_id, ntile(2) over (partition by user_id order by paid_at) as x from {payments}
select user_id, percent_rank() over (partition by user_id order by paid_at) as x from {payments}
select user_id, sum(amount) over (partition by user_id) as x from {payments}
select user_id, sum(amount) over () as x from {payments}
select user_id, sum(amount) over (order by amount) as x from {payments}
select user_id, sum(amount) over (order by amount, paid_at) as x from {payments}
select user_id, sum(amount) over (order by paid_at desc) as x from {payments}
select user_id, sum(amount) over (order by -epoch(paid_at)) as x from {payments}
select user_id, sum(amount) over (order by paid_at + interval '1 hour') as x from {payments}
select user_id, sum(amount) over (order by paid_at rows between 1 preceding and 1 following) as x from {payments}
select user_id, sum(amount) over (order by paid_at rows between current row and 1 following) as x from {payments}
select user_id, sum(amount) over (order by paid_at rows between 2 following and 3 following) as x from {payments}
select user_id, sum(amount) over (order by paid_at rows between unbounded preceding and -1 preceding) as x from {payments}
select user_id, sum(amount) over (order by paid_at range between '1 day' preceding and '1 day' following) as x from {payments}
select user_id, sum(amount) over (order by paid_at groups between 1 preceding and 1 following) as x from {payments}
select user_id, last_value(amount) over (order by paid_at rows between 1 preceding and unbounded following) as x from {payments}
select user_id, sum(amount) filter (where amount > 1) over (partition by user_id) as x from {payments}
select user_id, first_value(amount ignore nulls) over (order by paid_at desc) as x from {payments}
select user_id, sum(amount) over w as x from {payments} window w as (partition by user_id)
select user_id, sum(amount) over w as x from {payments} window w as (order by paid_at rows between current row and 1 following)
select user_id, sum(amount) over w2 as x from {payments} window w as (order by paid_at desc), w2 as (w)
select user_id, sum(amount) over (w rows between 1 preceding and 1 following) as x from {payments} window w as (order by paid_at)
select user_id, amount from {payments} qualify row_number() over (partition by user_id order by paid_at desc) = 1
select user_id, amount from {payments} qualify lead(amount) over (partition by user_id order by paid_at) is null
with a as (select user_id, amount, lead(amount) over (order by paid_at) as n from {payments}) select user_id, amount from a
select user_id, sum(lead(amount) over (order by paid_at)) as x from {payments} group by user_id
select user_id, sum(amount) filter (where lead(amount) over (order by paid_at) > 1) as x from {payments} group by user_id
select lead(user_id) over (partition by store_id order by paid_at) as user_id, amount from {payments}
select lead(user_id) over (partition by store_id order by paid_at) as user_id, sum(amount) as x from {payments} group by 1
with a as (select user_id, paid_at + interval '1 day' as paid_at, amount from {payments}) select user_id, sum(amount) over (order by paid_at) as x from a
with a as (select user_id, amount as event_time from {payments}) select user_id, sum(event_time) over (order by event_time) as x from a
select p.user_id, r.amount as x from {payments} p asof join {refunds} r on p.user_id = r.user_id and p.paid_at <= r.refunded_at
select p.user_id, r.amount as x from {payments} p asof join {refunds} r on p.user_id = r.user_id and r.refunded_at > p.paid_at
select p.user_id, r.amount as x from {payments} p asof left join {refunds} r on p.user_id = r.user_id and r.refunded_at >= p.paid_at
select user_id, count(*) filter (where paid_at >= as_of()) as n from {payments} group by user_id
select user_id, count(*) filter (where event_time() > as_of()) as n from {payments} group by user_id
select user_id, count(*) filter (where as_of() < paid_at) as n from {payments} group by user_id
select user_id, count(*) filter (where paid_at > as_of() + interval '1 hour') as n from {payments} group by user_id
select user_id, count(*) filter (where paid_at between as_of() and as_of() + interval '1 hour') as n from {payments} group by user_id
select user_id, count(*) as n from {payments} where paid_at > as_of() group by user_id
"""
CHANCE = """
select user_id, random() as x from {payments}
select user_id, list_transform([amount], lambda y: y + random()) as x from {payments}
select user_id, list_transform([amount], y -> y + random()) as x from {payments}
select user_id, [y + random() for y in [amount]] as x from {payments}
select user_id, uuid() as x from {payments}
select user_id, gen_random_uuid() as x from {payments}
select user_id, now() as x from {payments}
select user_id, current_date as x from {payments}
select user_id, today() as x from {payments}
select user_id, localtimestamp as x from {payments}
select user_id, get_current_timestamp() as x from {payments}
select user_id, age(paid_at) as x from {payments}
select user_id, current_setting('threads') as x from {payments}
select user_id, getenv('HOME') as x from {payments}
select user_id, getvariable('x') as x from {payments}
select user_id, nextval('x') as x from {payments}
select user_id, txid_current() as x from {payments}
select user_id, session_user as x from {payments}
select user_id, version() as x from {payments}
select user_id, amount from {payments} where random() < 0.5
select user_id, amount from {payments} qualify row_number() over (order by paid_at, random()) = 1
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = p.store_id and random() < 0.5
with a as (select user_id, amount, random() as r from {payments}) select user_id, amount from a
with unused as (select random() as r from {payments}) select user_id, amount from {payments}
select user_id, sum(amount order by random()) as x from {payments} group by user_id
select user_id, list(amount order by random()) as x from {payments} group by user_id
select user_id, count(*) filter (where paid_at > now() - interval '1 day') as x from {payments} group by user_id
select user_id, approx_count_distinct(status) as x from {payments} group by user_id
select user_id, approx_quantile(amount, 0.5) as x from {payments} group by user_id
select user_id, approx_top_k(status, 2) as x from {payments} group by user_id
select user_id, reservoir_quantile(amount, 0.5) as x from {payments} group by user_id
select user_id, mode(status) as x from {payments} group by user_id
select user_id, arg_max_null(status, amount) as x from {payments} group by user_id
select user_id, amount from {payments} p tablesample 10%
select user_id, amount from {payments} using sample 10%
select user_id, amount from (select * from {payments}) tablesample 5 rows
with a as (select user_id, amount from {payments} using sample 5) select user_id, amount from a
"""
NO_ORDER = """
select user_id, device from {logins}
select user_id, last(device) as x from {logins} group by user_id
select user_id, first(device) filter (where device <> 'x') as x from {logins} group by user_id
select user_id, list(device)[1] as x from {logins} group by user_id
select user_id, any_value(device) as x from {logins} group by user_id
select user_id, arg_max(device, logged_in_at) as x from {logins} group by user_id
select user_id, string_agg(device, ',') as x from {logins} group by user_id
select user_id, list(distinct status) as x from {payments} group by user_id
select user_id, list(distinct status)[1] as x from {payments} group by user_id
select user_id, string_agg(distinct status, ',') as x from {payments} group by user_id
select user_id, list(distinct status order by amount) as x from {payments} group by user_id
with u as (select user_id, device from {logins} union all select user_id, status from {payments}) select user_id, first(device) as x from u group by user_id
with u as (select user_id, device from {logins} union all select user_id, status from {payments}) select user_id, device from u
select user_id, lag(device) over (partition by user_id order by logged_in_at) as x, 1 as y from {logins}
with a as (select user_id, row_number() over (order by logged_in_at) as n from {logins}) select user_id, max(n) as x from a group by user_id
with a as (select user_id, count(*) over (order by logged_in_at rows 3 preceding) as n from {logins}) select user_id, max(n) as x from a group by user_id
select p.user_id, q.device from {payments} p asof join {logins} q on p.user_id = q.user_id and p.paid_at >= q.logged_in_at
select p.user_id, rate from {payments} p left join {stores} s using (store_id) left join {rates} r using (country)
select p.user_id, s.country from {payments} p cross join {stores} s
select p.user_id, s.country from {payments} p, {stores} s where s.store_id = p.store_id
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = s.store_id
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = p.store_id or s.country = 'x'
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id > p.store_id
select p.user_id, s.country from {payments} p left join {stores} s on lower(s.store_id) = p.store_id
select p.user_id, last(s.country) as x from {payments} p cross join {stores} s group by 1
with a as (select p.user_id, rate, row_number() over (order by paid_at) as n from {payments} p cross join {rates}) select user_id, sum(n * rate) as x from a group by user_id
with s as (select country as store_id, opened_on from {stores}) select p.user_id, s.opened_on from {payments} p left join s using (store_id)
with s as (select a.store_id, r.rate from {stores} a join {rates} r using (country)) select p.user_id, s.rate from {payments} p left join s using (store_id)
select user_id, first_value(amount) over (order by paid_at range between interval '1 hour' preceding and current row) as x from {payments}
"""
LATE = """
select user_id, lag(score) over (partition by user_id order by happened_at) as x from {reports}
select user_id, lag(page) over (partition by user_id order by visited_at) as x from {visits}
select user_id, page from {visits} qualify row_number() over (partition by user_id order by visited_at) = 1
with a as (select user_id, count(*) over (order by visited_at) as n from {visits}) select user_id, max(n) as x from a group by user_id
with a as (select user_id, amount from {payments} union all select user_id, score from {reports}) select user_id, sum(amount) over (order by event_time()) as x from a
"""
LIMIT = """
select user_id, amount from {payments} limit 1
select user_id, amount from {payments} offset 1
select user_id, amount from {payments} fetch first 3 rows only
(select user_id, amount from {payments}) limit 1
with a as (select * from {payments} limit 1) select user_id, amount from a
with a as ((select * from {payments}) limit 1) select user_id, amount from a
with payments as (select * from {payments} limit 1) select user_id, amount from payments
select user_id, amount from (select * from (select * from {payments} limit 1))
with a as ((select user_id, amount from {payments} limit 1) union all select user_id, amount from {refunds}) select user_id, sum(amount) as x from a group by user_id
with a as (select user_id, amount from {payments} union all select user_id, amount from {refunds} limit 1) select user_id, sum(amount) as x from a group by user_id
with unused as (select * from {payments} limit 1) select user_id, amount from {payments}
select user_id, amount from {payments} {{ cut() }}
"""
UNTIMED = """
select p.user_id, r.amount from {payments} p join {refunds} r using (user_id)
select p.user_id, r.amount from {payments} p left join {refunds} r on r.user_id = p.user_id and r.refunded_at < p.paid_at
select p.user_id, r.amount from {payments} p, {refunds} r
select p.user_id, q.amount from {payments} p join {payments} q using (user_id)
select p.user_id, q.amount from {payments} p join (select user_id, amount from {refunds}) q using (user_id)
with q as (select user_id, amount from {refunds}) select p.user_id, q.amount from {payments} p left join q using (user_id)
select p.user_id, p.amount from {payments} p anti join {refunds} r using (user_id)
select p.user_id, p.amount from {payments} p semi join {refunds} r using (user_id)
select s.country, p.user_id, r.amount from {payments} p left join {stores} s using (store_id) join {refunds} r using (user_id)
"""
SHAPE = """
with a as (select user_id, sum(amount) as s from {payments} group by user_id) select user_id, s from a
with a as (select user_id, sum(amount) as s from {payments} group by all) select user_id, s from a
with a as (select sum(amount) as s from {payments}) select 1 as user_id, s from a
with a as (select distinct user_id, amount from {payments}) select user_id, sum(amount) as x from a group by user_id
with a as (select distinct on (user_id) user_id, amount from {payments}) select user_id, amount from a
select distinct user_id, amount from {payments}
select distinct on (user_id) user_id, amount from {payments}
with a as (select user_id, amount from {payments} union select user_id, amount from {refunds}) select user_id, sum(amount) as x from a group by user_id
with a as (select user_id from {payments} except all select user_id from {refunds}) select user_id, count(*) as x from a group by user_id
with a as (select user_id from {payments} intersect select user_id from {refunds}) select user_id, count(*) as x from a group by user_id
with a as (select user_id, amount from {payments} union all by name select amount, user_id from {refunds}) select user_id, sum(amount) as x from a group by user_id
with a(amount, user_id) as (select user_id, amount from {payments}) select user_id, amount from a
select user_id, amount from (select amount, user_id from {payments}) as p(user_id, amount)
select user_id, amount from {payments} as p(user_id, payment_id, store_id, amount)
select user_id, (select max(amount) from {refunds}) as x from {payments}
select user_id, sum((select max(amount) from {refunds})) as x from {payments} group by user_id
select user_id, sum(amount) filter (where exists (select 1 from {refunds})) as x from {payments} group by user_id
select user_id, amount from {payments} where user_id in (select user_id from {refunds})
select user_id, amount from {payments} where amount > all (select amount from {refunds})
select user_id, amount from {payments} where exists (select 1 from {refunds})
select user_id, amount from {payments} qualify row_number() over (order by paid_at) > (select count(*) from {refunds})
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = (select max(store_id) as m from {stores})
select p.user_id, amount from {payments} p, lateral (select 1 as y) l
select p.user_id, l.y from {payments} p left join lateral (select amount as y from {refunds} r where r.user_id = p.user_id) l on true
select user_id, unnest([amount, 1]) as x from {payments}
select user_id, unnest(list(amount)) as x from {payments} group by user_id
select user_id, generate_subscripts([1, 2], 1) as x from {payments}
with a as (select user_id, unnest([1, 2]) as x from {payments}) select user_id, sum(x) as s from a group by user_id
select user_id, x from {payments} cross join unnest([1, 2]) t(x)
select user_id, x from {payments} cross join (values (1)) t(x)
select user_id, max(columns(*)) as x from {payments} group by user_id
select user_id, columns('a.*') as x from {payments}
select user_id, columns(c -> c like 'a%') from {payments}
select user_id, * like 'am%' from {payments}
select user_id, hash(p.*) as x from {payments} p
select user_id, #2 as x from {payments}
select user_id, $1 as x from {payments}
select user_id, ? as x from {payments}
select * from {payments} pivot (sum(amount) for status in ('a', 'b'))
select user_id, amount from (select * from {payments}) pivot (sum(amount) for status in ('a', 'b'))
select user_id, amount from {payments} at (version => 3)
select user_id, amount into other from {payments}
select user_id, amount from {payments} for update
select p.user_id, s.country from {payments} p positional join {stores} s
select p.user_id, s.country from {payments} p natural join {stores} s
select p.user_id, s.country from {payments} p right join {stores} s using (store_id)
select p.user_id, s.country from {payments} p full join {stores} s using (store_id)
select p.user_id, p.amount from {payments} p semi join {stores} s using (store_id)
select p.user_id, p.amount from {payments} p anti join {stores} s using (store_id)
select p.user_id, p.amount from {payments} p join ({stores} s join {rates} r using (country)) using (store_id)
select p.user_id, s.country from {payments} p asof join {stores} s on p.store_id = s.store_id and p.paid_at >= s.opened_on
select p.user_id, r.amount from {payments} p asof right join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
select p.user_id, r.amount from {payments} p asof full join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
select p.user_id, p.amount from {payments} p asof semi join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
select p.user_id, p.amount from {payments} p asof anti join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
select p.user_id, r.amount from {payments} p asof join {refunds} r using (user_id, paid_at)
select p.user_id, r.amount from {payments} p asof join {refunds} r on p.user_id = r.user_id
select p.user_id, r.amount from {payments} p asof join {refunds} r on p.user_id = r.user_id and p.amount >= r.amount
select p.user_id, r.amount from {payments} p asof join {refunds} r on p.paid_at >= r.refunded_at and p.amount >= r.amount
select p.user_id, r.amount from {payments} p asof join {refunds} r on p.paid_at >= r.refunded_at or p.user_id = r.user_id
with a as (select user_id, amount from {payments} where paid_at > as_of() - interval '1 day') select user_id, amount from a
with a as (select user_id, date_diff('day', paid_at, as_of()) as d from {payments}) select user_id, d from a
select user_id, amount from {payments} qualify row_number() over (order by paid_at) < epoch(as_of())
select user_id, amount from {payments} where {{ last('1 hour') }}
select user_id, sum(amount) over (partition by paid_at > as_of() order by paid_at) as x from {payments}
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = p.store_id and as_of() > s.opened_on
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = p.store_id and row_number() over (order by paid_at) = 1
select date_part('day', as_of()) as user_id, amount from {payments}
select count(*) as user_id, sum(amount) as x from {payments} group by all
select user_id, as_of('2026-01-01') as x from {payments}
select user_id, count(*) as n from {payments} group by user_id having count(*) > 1
select user_id, count(*) as n from {payments} group by user_id order by n
select user_id, count(*) as n from {payments} group by user_id qualify row_number() over (order by paid_at) = 1
select user_id, count(*) as n from {payments} group by user_id qualify count(*) > 3
select user_id, count(*) as n from {payments} group by rollup (user_id)
select user_id, count(*) as n from {payments} group by cube (user_id)
select user_id, count(*) as n from {payments} group by grouping sets ((user_id), ())
select user_id, count(*) filter (where amount > avg(amount)) as n from {payments} group by user_id
select user_id, sum(count(*)) as n from {payments} group by user_id
select user_id, count(*) as n from {payments} where amount > avg(amount) group by user_id
select user_id, rank() over (order by count(*)) as n from {payments} group by user_id
select user_id, sum(lag(amount) over (order by paid_at)) as x from {payments} where {{ last('1 hour') }} group by user_id
select user_id, status, count(*) as n from {payments} group by all
select user_id, count(*) filter (where paid_at between symmetric as_of() - interval '1 hour' and as_of() - interval '2 hours') as n from {payments} group by user_id
select user_id, list(amount order by amount limit 1) as x from {payments} group by user_id
select user_id, quantile_cont(amount, 0.5) within group (order by amount) as x from {payments} group by user_id
select user_id, first_value(status order by amount) over (order by paid_at) as x from {payments}
select user_id, arg_max(status, amount, 2) as x from {payments} group by user_id
with recursive a as (select user_id, amount from {payments} union all select user_id, amount from a) select user_id, amount from a
select user_id, amount from {payments} union all select user_id, amount from {refunds}
select user_id, amount from {{ ref('w') }}
with a as (select * from {{ request() }}) select user_id from a
insert into x select user_id, amount from {payments}
select user_id, amount from {payments}; drop table x
select user_id from {payments}
"""
NAMES = """
unknown-source: select user_id, amount from read_parquet('x.parquet')
unknown-source: select user_id, amount from 'x.parquet'
unknown-source: select user_id, amount from payments
unknown-source: select user_id, amount from main.payments
unknown-source: select user_id, amount from information_schema.tables
unknown-source: select user_id, x from {payments} cross join range(3) t(x)
unknown-source: select user_id, x from {payments} cross join generate_series(1, 3) t(x)
unknown-source: select user_id, x from {payments} cross join query('select 1 as x')
unknown-source: with a as (select * from a) select user_id, amount from a
unknown-column: select user_id, rowid from {payments}
unknown-column: select user_id, filename from {payments}
unknown-column: select user_id, _event_time as x from {payments}
unknown-column: select user_id, sum(amount) over w as x from {payments}
duplicate-name: select user_id, amount as _at from {payments}
duplicate-name: select user_id, amount as _tie_1 from {payments}
duplicate-name: with a as (select *, amount as _known_at from {payments}) select user_id, amount from a
duplicate-name: with a as (select *, amount as _visible_to from {payments}) select user_id, sum(amount) as x from a group by user_id
missing-event-time: select 1 as user_id, country from {stores}
missing-event-time: with a as (select user_id, store_id from {payments} union all select 1, store_id from {stores}) select user_id, store_id from a
missing-event-time: with s as (select *, row_number() over (order by store_id) as n from {stores}) select user_id, n from {payments} join s using (store_id)
entity-key-missing: select user_id, count(*) as n from {payments}
entity-key-missing: select user_id, count(*) as n from {payments} group by user_id, status
entity-key-missing: select user_id, count(*) as n from {payments} group by user_id, date_trunc('day', paid_at)
entity-key-missing: select user_id, count(*) as n from {payments} group by status
type-mismatch: select user_id, paid_at - timestamp '2026-01-01' as x from {payments}
type-mismatch: select user_id, {'a': amount} as x from {payments}
calendar-window: select user_id, count(*) filter (where paid_at > as_of() - interval '1 month') as n from {payments} group by user_id
calendar-window: select user_id, count(*) filter (where paid_at > as_of() - interval 1 year) as n from {payments} group by user_id
calendar-window: select user_id, sum(amount) over (order by paid_at range between interval '1 month' preceding and current row) as x from {payments}
template-error: select user_id, count(*) filter (where {{ last('1 hour', '2 hours') }}) as n from {payments} group by user_id
"""
UNBOUNDED = """
select user_id, count(*) as n from {payments} group by user_id
select user_id, count(*) filter (where status = 'a') as n from {payments} group by user_id
select user_id, count(*) filter (where paid_at < as_of() - interval '1 hour') as n from {payments} group by user_id
select user_id, count(*) filter (where {{ last('1 hour') }} or status = 'a') as n from {payments} group by user_id
select user_id, count(*) filter (where not {{ last('1 hour') }}) as n from {payments} group by user_id
select user_id, count(*) as n from {payments} where {{ last('1 hour') }} or status = 'a' group by user_id
select user_id, count(*) filter (where {{ last('1 hour') }}) / count(*) as n from {payments} group by user_id
select user_id, count(*) filter (where as_of() - paid_at < interval '1 hour') as n from {payments} group by user_id
with a as (select user_id, paid_at + interval '1 day' as paid_at from {payments}) select user_id, count(*) filter (where paid_at > as_of() - interval '1 hour') as n from a group by user_id
"""
MACROS = {"macros/m.sql": "{% macro cut() %}limit 3{% endmacro %}"}


def cases(block: str, code: str = "") -> list[tuple[str, str]]:
    lines = block.strip().split("\n")
    return [(code, line) if code else tuple(line.split(": ", 1)) for line in lines]  # type: ignore[misc]


def written(model: str) -> str:
    for name in SOURCES:
        model = model.replace(f"{{{name}}}", f"{{{{ source('shop', '{name}') }}}}")
    return model


REFUSED = [
    *cases(FUTURE, "future-leakage"),
    *cases(CHANCE, "nondeterministic-function"),
    *cases(NO_ORDER, "no-total-order"),
    *cases(LATE, "late-rows-in-window"),
    *cases(LIMIT, "unordered-limit"),
    *cases(UNTIMED, "untimed-join"),
    *cases(SHAPE, "unsupported-shape"),
    *cases(NAMES),
]


@pytest.mark.parametrize(("code", "model"), REFUSED)
def test_it_does_not_compile(code: str, model: str) -> None:
    workspace = compiled_model(CONFIG + written(model), w=CONFIG + written("select user_id, amount from {payments}"), files=MACROS)
    assert "v" not in workspace.views
    assert code in {fault.code for fault in errors(workspace)}, shown(workspace)


@pytest.mark.parametrize(("code", "model"), cases(UNBOUNDED, "unbounded-window"))
def test_without_a_ttl_every_aggregate_needs_a_window(code: str, model: str) -> None:
    workspace = compiled_model("{{ config(entity='user') }}\n" + written(model))
    assert {fault.code for fault in errors(workspace)} == {code}, shown(workspace)


REQUEST = "{{ config(entity='user', request={'amount': 'double'}) }}\n"


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
    workspace = compiled_model(REQUEST + written(model), w=CONFIG + written("select user_id, amount from {payments}"))
    assert "v" not in workspace.views
    assert errors(workspace)
