-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, {{ ''.__class__ }} as amount
from {{ source('shop', 'payments') }}
-- @diagnostics
error[template-error]: the template may not do this: access to attribute '__class__' of 'str' object is unsafe
  --> features/v.sql:3:17
   |
 3 | select user_id, {{ ''.__class__ }} as amount
   |                 ^^^^^^^^^^^^^^^^^^
