-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties features
features:
  - name: v
    config: {ttl: soon}
    columns:
      - {name: amount, data_type: money}
-- @diagnostics
error[invalid-value]: 'soon' is not a duration; write a number and a unit, such as '1 hour' or '7 days'
  --> features/features.yml:3:19
   |
 3 |     config: {ttl: soon}
   |                   ^^^^

error[invalid-value]: 'money' is not a type a feature may have; use boolean, integer, bigint, float, double, decimal(p,s), varchar, date, timestamp, or a list of one such as 'bigint[]'
  --> features/features.yml:5:35
   |
 5 |       - {name: amount, data_type: money}
   |                                   ^^^^^
