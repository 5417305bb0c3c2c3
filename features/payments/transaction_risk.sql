{# The transaction being decided, against the hour before it. Without an hour before it there is nothing to compare with:
   ratios are NULL, and `is_first_in_hour` says why. #}
{{ config(entity='user', request={'amount': 'double'}) }}

select
    r.amount / ts.avg_transactions_1h               as amount_to_average,
    r.amount > coalesce(ts.amount_max_1h, 0.0)      as is_largest_in_hour,
    r.amount + coalesce(ts.amount_sum_1h, 0.0)      as amount_sum_with_this,
    coalesce(ts.txn_count_1h, 0) = 0                as is_first_in_hour,
    coalesce(ts.txn_count_10m, 0) >= 3              as is_burst,
    coalesce(ts.declined_count_1h, 0) > 0           as follows_a_decline
from {{ request() }} as r
left join {{ ref('transaction_stats') }} as ts using (user_id)
