"""Different meanings have different canonical forms: two that shared one would share a version, and a state."""

from __future__ import annotations

from collections import defaultdict

import duckdb
import pytest
from sqlglot import parse_one

from skewless.codegen.canonical import anonymous, canonical

EXPRESSIONS = """\
a - (b - c)
a - b - c
a / (b / c)
a / b / c
a + (b + c)
a + b + c
a * (b + c)
a * b + c
not (a and b)
not a and b
not a or not b
a or b and c
(a or b) and c
a = b
a <> b
a is distinct from b
a is not distinct from b
a in (1, 2)
a in (1, 3)
a not in (1, 2)
count(*)
count(a)
count(distinct a)
sum(a)
sum(distinct a)
first(a order by b)
first(a order by b desc)
first(a order by b nulls first)
first(a order by b desc nulls first)
last(a order by b)
arg_max(a, b)
arg_min(a, b)
cast(a as decimal(10, 2))
cast(a as decimal(10, 3))
try_cast(a as decimal(10, 2))
cast(a as float)
cast(a as double)
round(a, 1)
round(a, 2)
round(a)
round_even(a, 1)
a = '1'
a = 1
a = 1.0
a like 'x%'
a ilike 'x%'
a not like 'x%'
a between 1 and 2
a between 2 and 1
true
false
null
coalesce(a, 0)
coalesce(a, -0.0)
coalesce(a, 0.0)
a % 2
a // 2
a ** 2
lag(a, 1) over (order by b)
lag(a, 2) over (order by b)
lead(a, 1) over (order by b)
row_number() over (order by b)
row_number() over (order by b desc)
row_number() over (partition by c order by b)
rank() over (order by b)
sum(a) over (order by b rows between 2 preceding and current row)
sum(a) over (order by b rows between 3 preceding and current row)
sum(a) over (order by b range between 3 preceding and current row)
sum(a) over (order by b rows between 2 preceding and 1 preceding)
sum(a) over (order by b rows between 2 preceding and 1 following)
sum(a) over (order by b rows between 2 preceding and unbounded following)
sum(a) over (order by b rows between current row and 2 following)
sum(a) over (order by b range 2 preceding)
sum(a) over (order by b groups 2 preceding)
sum(a) over (order by b rows unbounded preceding)
sum(a) over (order by b range unbounded preceding)
sum(a) over (order by b rows current row)
sum(a) over (order by b)
if(a, b, c)
if(a, c, b)
if(a, b)
if(a, b, null)
case a when b then c end
case if(a, b, c) when b then c end
case when if(a, b, c) then b end
sum(a) over (order by b rows between 2 preceding and current row exclude current row)
trim(a)
ltrim(a)
rtrim(a)
trim(leading 'x' from a)
trim(trailing 'x' from a)
date_trunc('hour', a)
date_trunc('day', a)
extract(hour from a)
extract(day from a)
hour(a)
date_diff('day', a, b)
date_diff('hour', a, b)
date_sub('hour', a, b)
a is null
a is not null
a[1:2]
a[1:3]
a[1]
a[0]
a[2]
list_extract(a, 3)
substring(a, 1, 2)
substring(a, 1, 3)
case when a then 1 end
case when a then 1 else 0 end
case a when 1 then 2 end
case when a then 1 when b then 2 end
case when b then 2 when a then 1 end
if(a, 1, 2)
a + interval 1 day
a + interval 2 day
a + interval 1 hour
a + interval '1' month
a at time zone 'UTC'
a at time zone 'Europe/Paris'
max(a)
min(a)
max(a, 2)
max(a) filter (where b)
max(a) filter (where not b)
bool_and(a)
bool_or(a)
a >> 1
a << 1
a & b
a | b
a || b
concat(a, b)
greatest(a, b)
least(a, b)
-a
- -a
abs(a)
strftime(a, '%Y')
strptime(a, '%Y')
string_agg(a, ',')
string_agg(a, ';')
string_agg(a, ',' order by b)
list(a)
list(a order by b)
quantile_cont(a, 0.5)
quantile_cont(a, 0.9)
quantile_disc(a, 0.5)
median(a)
approx_count_distinct(a)
regexp_matches(a, 'x')
regexp_matches(a, 'x', 'i')
regexp_replace(a, 'x', 'y')
regexp_replace(a, 'x', 'y', 'g')
regexp_extract(a, 'x', 1)
regexp_extract(a, 'x', 0)
list_sum(list_transform(a, x -> x + 1))
list_sum(list_transform(a, x -> x + 2))
exists(select 1 from t where t.x = a)
not exists(select 1 from t where t.x = a)
exists(select 1 from t where t.x > a)
a > all(select x from t)
a > any(select x from t)
event._event_time >= moment._at - interval 1 hour
event._event_time > moment._at - interval 1 hour
event._event_time < moment._at - interval 1 hour
event._event_time <= moment._at - interval 1 hour
event._event_time >= moment._at - interval 2 hour
event._event_time >= moment._at + interval 1 hour
event._event_time < moment._at
event._event_time <= moment._at
event._event_time - interval 1 hour >= moment._at
event._known_at >= moment._at - interval 1 hour
event._event_time between moment._at - interval 1 hour and moment._at
date '2020-01-01'
timestamp '2020-01-01'
'2020-01-01'
a::date
a::timestamp
a::timestamptz
a.b
json_extract(a, '$.b')
json_extract_string(a, '$.b')
log(a)
ln(a)
log2(a)
log10(a)
log(a, 2)
floor(a)
ceil(a)
position('x' in a)
starts_with(a, 'x')
ends_with(a, 'x')
lpad(a, 3, 'x')
rpad(a, 3, 'x')
any_value(a)
mode(a)
stddev_samp(a)
stddev_pop(a)
var_samp(a)
var_pop(a)
corr(a, b)
corr(b, a)
regr_slope(a, b)
regr_slope(b, a)
first_value(a) over (order by b)
first_value(a ignore nulls) over (order by b)
nth_value(a, 2) over (order by b)
a is true
a is not true
a collate nocase = b
a glob 'x*'
split_part(a, ',', 1)
split_part(a, ',', 2)
epoch(a)
epoch_ms(a)
epoch_us(a)
isodow(a)
dayofweek(a)
array_length(a)
len(a)
upper(a)
lower(a)
md5(a)
hash(a)
nullif(a, 0)
nullif(a, 1)
ifnull(a, 1)
sign(a)
trunc(a)
ascii(a)
chr(a)
make_timestamp(a)
to_timestamp(a)
"""
QUERIES = """\
select s.a from s join t on s.k = t.k
select t.a from s join t on s.k = t.k
select s.a from s left join t on s.k = t.k
select s.a from s right join t on s.k = t.k
select s.a from s full join t on s.k=t.k
select s.a from s cross join t
select s.a from s semi join t on s.k = t.k
select s.a from s anti join t on s.k = t.k
select s.a from s natural join t
select s.a from s natural left join t
select s.a from s positional join t
select s.a from s asof join t on s.k=t.k and s.ts >= t.ts
select s.a from s asof left join t on s.k=t.k and s.ts >= t.ts
select s.a from s asof left join t on s.k=t.k and s.ts > t.ts
select distinct s.a from s
select s.a from s
select s.a from s union all select t.a from t
select s.a from s union select t.a from t
select t.a from t union all select s.a from s
select s.a from s qualify row_number() over (partition by s.k order by s.ts)=1
select s.a from s qualify row_number() over (partition by s.k order by s.ts desc)=1
select s.a, s.b from s
select s.a as b, s.b as a from s
select x.a from s as x join s as y on x.k = y.k
select y.a from s as x join s as y on x.k = y.k
select x.a from s x join s y on x.k=y.k where y.a > 1
select x.a from s x join s y on x.k=y.k where x.a > 1
select s.a from s where exists(select 1 from t where t.k = s.k)
select s.a from s where exists(select 1 from t where t.k = t.k)
select s.a from s where exists(select 1 from s as t where t.k = s.k)
"""


def _shared(forms: dict[str, str]) -> list[list[str]]:
    """The texts that have one form."""
    by_form: defaultdict[str, list[str]] = defaultdict(list)
    for text, form in forms.items():
        by_form[form].append(text)
    return [texts for texts in by_form.values() if len(texts) > 1]


def test_no_two_expressions_of_different_meanings_have_one_form() -> None:
    texts = EXPRESSIONS.splitlines()
    assert len(texts) == len(set(texts)) > 200
    assert _shared({text: canonical(parse_one(text, dialect="duckdb")) for text in texts}) == []


def test_no_two_queries_of_different_meanings_have_one_form() -> None:
    texts = QUERIES.splitlines()
    assert len(texts) == len(set(texts)) > 20
    queries = {text: parse_one(text, dialect="duckdb") for text in texts}
    assert _shared({text: canonical(anonymous(query)) for text, query in queries.items()}) == []


def test_what_is_only_written_in_another_way_has_the_same_form() -> None:
    for one, other in (
        ("a and (b and c)", "(c and a) and b"),
        ("((a)) + (b)", "a + b"),
        ("moment._at - interval 60 minute <= event._event_time", "event._event_time >= moment._at - interval 1 hour"),
    ):
        assert canonical(parse_one(one, dialect="duckdb")) == canonical(parse_one(other, dialect="duckdb"))


@pytest.mark.parametrize("kind", ["rows", "range", "groups"])
@pytest.mark.parametrize("start", ["2 preceding", "0 preceding", "unbounded preceding", "current row"])
def test_a_frame_ends_at_the_current_row_if_nothing_is_said(kind: str, start: str) -> None:
    short, long = (
        f"select list(a) over (order by b nulls first {frame}) from t order by a"
        for frame in (f"{kind} {start}", f"{kind} between {start} and current row")
    )
    assert _form(short) == _form(long) == _form(short.replace(kind, kind.upper()).replace(start, start.upper()))
    with duckdb.connect() as engine:
        engine.execute("create table t as from (values (1, 1), (2, 1), (3, 2), (4, 5), (5, 5), (6, null)) as v(a, b)")
        assert engine.execute(short).fetchall() == engine.execute(long).fetchall()


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("join t on s.k = t.k", "inner join t on s.k = t.k"),
        ("join t using (k)", "inner join t using (k)"),
        ("left join t on s.k = t.k", "left outer join t on s.k = t.k"),
        ("right join t on s.k = t.k", "right outer join t on s.k = t.k"),
        ("full join t on s.k = t.k", "full outer join t on s.k = t.k"),
        ("asof join t on s.k >= t.k", "asof inner join t on s.k >= t.k"),
        ("asof left join t on s.k >= t.k", "asof left outer join t on s.k >= t.k"),
        ("natural join t", "natural inner join t"),
    ],
)
def test_words_of_a_join_that_may_be_left_out(short: str, long: str) -> None:
    queries = [f"select s.a, t.b from s {join} order by all" for join in (short, long)]
    assert len({_form(query) for query in queries}) == 1
    with duckdb.connect() as engine:
        engine.execute("create table s as from (values (1, 1), (2, 2), (3, null)) as v(k, a)")
        engine.execute("create table t as from (values (2, 1), (2, 2), (4, 3)) as v(k, b)")
        results = [engine.execute(query).fetchall() for query in queries]
    assert results[0] == results[1] != []


def test_if_is_a_case() -> None:
    for one, other in (
        ("if(a, b, c)", "case when a then b else c end"),
        ("if(a, b)", "case when a then b end"),
        ("if(a, if(b, c, d), e)", "case when a then (case when b then c else d end) else e end"),
        ("case when a then b else if(c, d, e) end", "if(a, b, case when c then d else e end)"),
    ):
        assert _form(one) == _form(other)


def _form(text: str) -> str:
    return canonical(parse_one(text, dialect="duckdb"))
