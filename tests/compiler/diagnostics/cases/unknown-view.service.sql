-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: risk
    features:
      - w
      - a_view_of_another_project
-- @diagnostics
error[unknown-view]: there is no feature view 'w'
  --> features/services.yml:4:9
   |
 4 |       - w
   |         ^
  help: a view is a .sql file in the features folder

error[unknown-view]: there is no feature view 'a_view_of_another_project'
  --> features/services.yml:5:9
   |
 5 |       - a_view_of_another_project
   |         ^^^^^^^^^^^^^^^^^^^^^^^^^
  help: a view is a .sql file in the features folder
