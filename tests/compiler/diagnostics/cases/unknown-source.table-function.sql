-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from read_parquet('data/payments.parquet')
-- @diagnostics
