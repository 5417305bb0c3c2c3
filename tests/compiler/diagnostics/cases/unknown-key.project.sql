-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @project
name: shop
features-paths: [features]
-- @diagnostics
error[unknown-key]: 'features-paths' is not a key of skewless.yml
  --> skewless.yml:2:1
   |
 2 | features-paths: [features]
   | ^^^^^^^^^^^^^^
  help: did you mean 'feature-paths'?
