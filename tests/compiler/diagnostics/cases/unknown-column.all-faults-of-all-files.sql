-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amunt, now() as at from {{ source('shop', 'payments') }} limit 3
-- @model w
{{ config(entity='user') }}

select user_id, count(*) as n from {{ source('shop', 'nothing') }} group by user_id
-- @model u
{{ config(entity='user', ttl='1 day') }}

select user_id amount status from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: risk
    featurs: [v]
    features: [x]
-- @diagnostics
error[unknown-key]: 'featurs' is not a key of a service
  --> features/services.yml:3:5
   |
 3 |     featurs: [v]
   |     ^^^^^^^
  help: did you mean 'features'?

error[unknown-view]: there is no feature view 'x'
  --> features/services.yml:4:16
   |
 4 |     features: [x]
   |                ^
  help: a view is a .sql file in the features folder

error[syntax-error]: the SQL cannot be read: 'status' is not expected here
  --> features/u.sql:3:23
   |
 3 | select user_id amount status from {{ source('shop', 'payments') }}
   |                       ^^^^^^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before

error[unknown-column]: there is no column 'amunt'
  --> features/v.sql:3:17
   |
 3 | select user_id, amunt, now() as at from {{ source('shop', 'payments') }} limit 3
   |                 ^^^^^
  help: did you mean 'amount'?

error[nondeterministic-function]: now() differs between training and serving
  --> features/v.sql:3:24
   |
 3 | select user_id, amunt, now() as at from {{ source('shop', 'payments') }} limit 3
   |                        ^^^^^
  help: write as_of(), the moment for which the feature is computed

error[unordered-limit]: LIMIT keeps some rows and not others, and which ones changes as rows arrive
  --> features/v.sql:3:80
   |
 3 | select user_id, amunt, now() as at from {{ source('shop', 'payments') }} limit 3
   |                                                                                ^
  help: filter with WHERE, or take the first and last of an entity with first(), last() or a latest view

error[unknown-source]: there is no source 'shop.nothing'
  --> features/w.sql:3:36
   |
 3 | select user_id, count(*) as n from {{ source('shop', 'nothing') }} group by user_id
   |                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: did you mean 'shop.logins'?
