-- name: turn
SELECT pg_try_advisory_lock($1)

-- name: log
SELECT s.system_identifier || '/' || current_database() FROM es.server() s

-- name: head
SELECT coalesce(max(position), 0) FROM es.events

-- name: event_id
SELECT event_id FROM es.events WHERE position = $1

-- name: following
SELECT * FROM es.events WHERE position > $1 ORDER BY position LIMIT $2
