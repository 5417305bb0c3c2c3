-- @model
{{ config(request={'buyer': 'varchar'}) }}

select w.n
from {{ request() }} as r
left join {{ ref('w') }} as w on w.user_id = r.buyer
-- @model w
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n from {{ source('shop', 'payments') }} group by user_id
-- @diagnostics
error[type-mismatch]: 'buyer' is VARCHAR, and the key 'user_id' of 'w' is BIGINT
  --> features/v.sql:5:34
   |
 5 | left join {{ ref('w') }} as w on w.user_id = r.buyer
   |                                  ^^^^^^^^^^^^^^^^^^^
  help: declare the field with the key's type: 'bigint'
