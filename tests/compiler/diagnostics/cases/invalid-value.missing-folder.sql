-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @project
name: shop
feature-paths: [features, featurez]
-- @diagnostics
error[invalid-value]: feature-paths names the folder 'featurez', which does not exist
  --> skewless.yml:2:27
   |
 2 | feature-paths: [features, featurez]
   |                           ^^^^^^^^
  help: did you mean 'features'?
