-- name: append
SELECT * FROM es.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                        $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)

-- name: recognise
-- Which of these events are in the log as these very events, not as others in their place.
SELECT s.no, e.position, e.recorded_at
  FROM unnest($1::uuid[], $2::int[], $3::uuid[]) WITH ORDINALITY s(stream, version, event_id, no)
  JOIN es.events e ON e.stream_id = s.stream AND e.version = s.version AND e.event_id = s.event_id

-- name: end_others
-- The backend of a lost connection, which could still run what was sent to it.
SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
 WHERE application_name = $1 AND pid <> pg_backend_pid()

-- name: load
SELECT e.*
  FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY s(stream, after, no)
  JOIN LATERAL (SELECT * FROM es.events x
                 WHERE x.stream_id = s.stream AND x.version > coalesce(s.after, 0)
                   AND x.version <= least($3, coalesce(s.after, 0) + $4::bigint)
                 ORDER BY x.version) e ON true
 ORDER BY s.no, e.version

-- name: confirm
SELECT outcome, stream_id, version, position, event FROM es.confirm($1, $2, $3, $4, $5, $6)

-- name: forget_keys
SELECT es.forget_keys($1)

-- name: head
SELECT coalesce(max(position), 0) FROM es.events

-- name: read
SELECT * FROM es.events WHERE position > $1 ORDER BY position LIMIT $2

-- name: page
-- An array per column instead of a record per event; positions have no gap, so a page is a range of them.
SELECT array_agg(stream_id), array_agg(version), array_agg(occurred_at), array_agg(actor), array_agg(event_type),
       array_agg(event_schema), array_agg(payload), array_agg(organization_id), array_agg(position),
       array_agg(recorded_at)
  FROM (SELECT *
          FROM es.events
         WHERE position > $1 AND position <= $2 AND event_type <> ALL ($3::text[])
           AND ($5 = 1 OR read.shard(organization_id, $5) = $4)
         ORDER BY position) page

-- name: claimed
-- The upper bound is the prefix followed by the last character of all, so that the index answers it.
SELECT count(*) FROM es.claims
 WHERE organization_id = $1 AND kind = $2 AND value >= $3 AND value < $3 || chr(1114111)

-- name: holder
SELECT stream_id FROM es.claims WHERE organization_id = $1 AND kind = $2 AND value = $3

-- name: holders
SELECT stream_id FROM es.claims
 WHERE organization_id = $1 AND kind = $2 AND stream_id > $3
 ORDER BY stream_id LIMIT $4

-- name: position_at
SELECT es.position_at($1)

-- name: recorded_at
SELECT recorded_at FROM es.events WHERE position = $1
