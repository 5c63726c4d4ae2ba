-- name: positions
SELECT shard, shards, projection, position FROM read.checkpoints

-- name: health
-- The age of the oldest event that is missing tells who has stopped, however quiet it is.
SELECT c.projection, format('%s/%s', c.shard, c.shards) AS shard, c.position,
       (SELECT coalesce(max(e.position), 0) FROM es.events e) - c.position AS behind,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)
                   FROM es.events e WHERE e.position = c.position + 1), 0)::float8 AS seconds,
       c.updated_at,
       (SELECT count(*) FROM read.parked p WHERE p.projection = c.projection) AS parked
  FROM read.checkpoints c
 ORDER BY c.projection, c.shard

-- name: tables
-- The table of versions counts with its projection's; the number of rows is the last ANALYZE's.
SELECT regexp_replace(relname, '_versions$', '') AS projection,
       sum(greatest(reltuples, 0)) FILTER (WHERE relname !~ '_versions$')::bigint AS rows,
       sum(pg_total_relation_size(oid))::bigint AS bytes
  FROM pg_class
 WHERE relnamespace = 'read'::regnamespace AND relkind = 'r' AND relname ~ '_v[0-9]+(_versions)?$'
 GROUP BY 1
 ORDER BY 1

-- name: lag
SELECT (SELECT coalesce(max(e.position), 0) FROM es.events e) - $1 AS behind,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)
                   FROM es.events e WHERE e.position = $1 + 1), 0)::float8 AS seconds

-- name: parked
SELECT projection, stream_id, position, error, since
  FROM read.parked
 ORDER BY since
 LIMIT $1
