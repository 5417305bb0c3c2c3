-- @model
{{ config(entity='user', ttl='1 day') }}

insert into payments select 1
-- @diagnostics
