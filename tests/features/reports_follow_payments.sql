-- A report that arrives before its payment means that one of the two clocks is not UTC.
select
    transaction_id,
    event_ts,
    ingested_at
from {{ source('payments', 'transactions') }}
where ingested_at < event_ts
