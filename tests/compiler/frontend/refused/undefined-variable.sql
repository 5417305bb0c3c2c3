select user_id, '{{ lipsum() }}' as x from {payments}
