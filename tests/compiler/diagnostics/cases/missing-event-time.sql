-- @model
{{ config(entity='store') }}

select store_id, country from {{ source('shop', 'stores') }}
-- @diagnostics
error[missing-event-time]: this view reads static sources only, so its values belong to no moment
  --> features/v.sql:3:31
   |
 3 | select store_id, country from {{ source('shop', 'stores') }}
   |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join them to a timed source, or give the source an event_time
