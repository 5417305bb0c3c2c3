-- @model
{{ config(entity='user', plan='window_union') }}

select user_id, last(amount) filter (where {{ last('1 hour') }}) as last_amount
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unusable-plan]: plan='window_union' cannot compute this view: last_amount: last() needs an order inside its frame
  --> features/v.sql:1:26
   |
 1 | {{ config(entity='user', plan='window_union') }}
   |                          ^^^^
  help: drop plan=..., and the cheapest plan that honours the view is chosen
