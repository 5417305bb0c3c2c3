select user_id, count(*) filter (where {{ last('1 hour', '2 hours') }}) as n from {payments} group by user_id
