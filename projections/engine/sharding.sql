-- name: turn
SELECT bool_and(pg_try_advisory_lock($1, hashtext(turn)))
  FROM unnest($2::text[]) AS turn

-- name: reshard
-- All shards are at one position by now. A projector of the old ones is fenced.
WITH old AS (
  DELETE FROM read.checkpoints
   WHERE projection = $1
  RETURNING position, recorded_at, generation
)
INSERT INTO read.checkpoints (projection, shard, shards, position, recorded_at, generation)
SELECT $1, shard, $2, max(position), max(recorded_at), max(generation) + 1
  FROM old, generate_series(1, $2::int) AS shard
 GROUP BY shard
