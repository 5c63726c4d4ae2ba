-- name: table
SELECT oid::regclass::text FROM pg_class WHERE relname LIKE '%\_events' AND relkind = 'r'

-- name: multiply
-- The sample's events for each of the other pools, interleaved as in the log.
INSERT INTO {table} (originator_id, originator_version, topic, state)
SELECT pool, originator_version, topic, state
  FROM {table} CROSS JOIN unnest($1::uuid[]) AS pool
 WHERE originator_id = $2 ORDER BY originator_version, pool
