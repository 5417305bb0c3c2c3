-- @model
{{ config(entity='user', ttl='1 day', request={'amount': 'money', 'price': 'double'}) }}

select price * 2 as twice from {{ request() }}
-- @diagnostics
error[invalid-value]: request: 'money' is not a type a feature may have
  --> features/v.sql:1:58
   |
 1 | {{ config(entity='user', ttl='1 day', request={'amount': 'money', 'price': 'double'}) }}
   |                                                          ^^^^^^^
  help: use boolean, integer, bigint, float, double, decimal(p,s), varchar, date, timestamp, or a list of one such as 'bigint[]'
