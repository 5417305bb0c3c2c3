select user_id, rowid from {payments}
select user_id, filename from {payments}
select user_id, _event_time as x from {payments}
select user_id, sum(amount) over w as x from {payments}
