select user_id, amount as _at from {payments}
select user_id, amount as _tie_1 from {payments}
with a as (select *, amount as _known_at from {payments}) select user_id, amount from a
with a as (select *, amount as _visible_to from {payments}) select user_id, sum(amount) as x from a group by user_id
select user_id, status from {odd}
