{# Computed when it is asked for: `amount` comes with the request, the rest from another view at the same moment. #}
{{ config(entity='user', request={'amount': 'double'}) }}

select
    r.amount >= {{ var('large_amount') }}                           as is_large,
    {{ share('r.amount', 'us.mean_amount_7d') }}                    as amount_to_mean,
    coalesce(us.purchases_7d, 0) = 0                                as is_first_in_week
from {{ request() }} as r
left join {{ ref('user_spending') }} as us using (user_id)
