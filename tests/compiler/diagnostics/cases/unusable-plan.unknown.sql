-- @model
{{ config(entity='user', plan='magic') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unusable-plan]: plan='magic' cannot compute this view: there is no plan 'magic'; plans: range_join, window_union, asof, ranked_join
  --> features/v.sql:1:26
   |
 1 | {{ config(entity='user', plan='magic') }}
   |                          ^^^^
  help: drop plan=..., and the cheapest plan that honours the view is chosen
