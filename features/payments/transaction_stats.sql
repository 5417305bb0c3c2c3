{# Every aggregate filters by itself, because the last two also count what has not settled. What has no window of its own
   looks back as far as the ttl. #}
{{ config(entity='user', ttl='1 hour') }}

select
    user_id,
    count(*) filter (where {{ last('1 hour') }} and status = 'settled')         as txn_count_1h,
    avg(amount) filter (where {{ last('1 hour') }} and status = 'settled')      as avg_transactions_1h,
    sum(amount) filter (where {{ last('1 hour') }} and status = 'settled')      as amount_sum_1h,
    max(amount) filter (where {{ last('1 hour') }} and status = 'settled')      as amount_max_1h,
    count(distinct merchant_id)
        filter (where {{ last('1 hour') }} and status = 'settled')              as merchants_1h,
    count(*) filter (where {{ last('10 minutes') }} and status = 'settled')     as txn_count_10m,
    count(*) filter (where status = 'declined')                                 as declined_count_1h,
    count(*) filter (where status = 'settled') / count(*)                       as settled_share_1h
from {{ source('payments', 'transactions') }}
group by user_id
