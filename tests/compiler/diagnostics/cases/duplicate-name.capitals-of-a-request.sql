-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount as BUYER from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: two
    features: [v, {view: v, as: other, on: {user_id: User_Id}}]
  - name: feature
    features: [{view: v, on: {user_id: buyer}}]
-- @diagnostics
error[duplicate-name]: requests would bring 'user_id' and 'User_Id', which differ in capitals only
  --> features/services.yml:2:11
   |
 2 |   - name: two
   |           ^^^
  help: write them alike, or map one of them to another column with on:

error[duplicate-name]: the feature 'BUYER' has the name of a column that requests bring
  --> features/services.yml:4:11
   |
 4 |   - name: feature
   |           ^^^^^^^
  help: rename the feature, or set full_feature_names: true
