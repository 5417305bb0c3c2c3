-- @model
{{ config(entity='user', ttl='1 day') }}

select
	user_id,
	'größe ✓'	as größe,	amunt
from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-column]: there is no column 'amunt'
  --> features/v.sql:5:22
   |
 5 | 	'größe ✓'	as größe,	amunt
   | 	         	         	^^^^^
  help: did you mean 'amount'?
