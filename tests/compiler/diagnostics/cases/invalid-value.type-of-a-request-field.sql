-- @model
{{ config(entity='user', request={'price': 'dubble'}) }}

select r.price * 2 as twice from {{ request() }} as r
-- @diagnostics
error[invalid-value]: request: 'dubble' is not a type a feature may have
  --> features/v.sql:1:44
   |
 1 | {{ config(entity='user', request={'price': 'dubble'}) }}
   |                                            ^^^^^^^^
  help: use boolean, integer, bigint, float, double, decimal(p,s), varchar, date, timestamp, or a list of one such as 'bigint[]'
