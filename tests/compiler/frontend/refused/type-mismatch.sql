select user_id, paid_at - timestamp '2026-01-01' as x from {payments}
select user_id, {'a': amount} as x from {payments}
