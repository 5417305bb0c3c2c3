-- @model
{{ config(entity='user', request={'amount': 'double'}) }}

select event_time() as at from {{ request() }}
-- @diagnostics
error[missing-event-time]: there is no timed source here, so rows have no event time
  --> features/v.sql:3:8
   |
 3 | select event_time() as at from {{ request() }}
   |        ^^^^^^^^^^^^
  help: read from a source with an event_time
