-- name: positions
SELECT projection, position FROM read.checkpoints

-- name: health
SELECT c.projection, c.position,
       (SELECT coalesce(max(e.position), 0) FROM es.events e) - c.position AS behind,
       c.updated_at,
       (SELECT count(*) FROM read.parked p WHERE p.projection = c.projection) AS parked
  FROM read.checkpoints c
 ORDER BY c.projection

-- name: parked
SELECT projection, stream_id, position, error, since
  FROM read.parked
 ORDER BY since
 LIMIT $1
