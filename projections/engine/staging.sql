-- name: rebuilding
SELECT pg_try_advisory_lock($1, hashtext($2))

-- name: rebuilt
SELECT pg_advisory_unlock($1, hashtext($2))

-- name: stage
CREATE UNLOGGED TABLE {staging} (LIKE {live} INCLUDING CONSTRAINTS, PRIMARY KEY ({keys}))

-- name: begin
INSERT INTO read.checkpoints (projection, shard, shards, position, recorded_at)
SELECT $1, shard, shards, $3, (SELECT e.recorded_at FROM es.events e WHERE e.position = $3)
  FROM read.checkpoints
 WHERE projection = $2

-- name: compare
SELECT count(*) FILTER (WHERE l."{key}" IS NULL) AS missing,
       count(*) FILTER (WHERE s."{key}" IS NULL) AS surplus,
       count(*) FILTER (WHERE l."{key}" IS NOT NULL AND s."{key}" IS NOT NULL) AS wrong
  FROM {staging} s
  FULL JOIN {live} l ON {matches}
 WHERE l."{key}" IS NULL OR s."{key}" IS NULL OR ROW({staged_row}) IS DISTINCT FROM ROW({live_row})

-- name: by_hash
-- Of a live table that was last analysed empty the planner expects nothing, however much is in it by now, and would
-- scan it anew for each row that is added to it.
SET LOCAL enable_nestloop = off

-- name: remove
DELETE FROM {live} l
 WHERE NOT EXISTS (SELECT FROM {staging} s
                    WHERE {matches} AND ROW({staged_row}) IS NOT DISTINCT FROM ROW({live_row}))

-- name: add
INSERT INTO {live} ({columns})
SELECT {columns} FROM {staging} s
 WHERE NOT EXISTS (SELECT FROM {live} l WHERE {matches})

-- name: unpark
DELETE FROM read.parked WHERE projection = $1

-- name: repark
INSERT INTO read.parked (projection, stream_id, position, error, since)
SELECT $1, stream_id, position, error, since
  FROM read.parked
 WHERE projection = $2

-- name: regenerate
-- Nobody would do it again after a crash, so its commit waits for the disk.
UPDATE read.checkpoints live
   SET position = staged.position, recorded_at = staged.recorded_at, generation = live.generation + 1,
       updated_at = now()
  FROM read.checkpoints staged
 WHERE live.projection = $1 AND staged.projection = $2 AND live.shard = staged.shard
RETURNING set_config('synchronous_commit', 'on', true)
