{# One row for each user, at any moment: `last('7 days')` counts back from the moment that is asked for. The same SQL
   makes training data (at each row of the spine) and the vector that is served (now). #}
{{ config(entity='user') }}

select
    user_id,
    count(*) filter (where {{ last('7 days') }})        as purchases_7d,
    sum(amount) filter (where {{ last('7 days') }})     as spent_7d,
    avg(amount) filter (where {{ last('7 days') }})     as mean_amount_7d,
    max(amount) filter (where {{ last('1 day') }})      as largest_amount_1d
from {{ source('shop', 'purchases') }}
where status = 'paid'
group by user_id
