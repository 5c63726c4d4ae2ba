-- name: checkpoint
SELECT position, generation
  FROM read.checkpoints
 WHERE projection = $1 AND shard = $2 AND shards = $3

-- name: standing
SELECT shard, shards, position
  FROM read.checkpoints
 WHERE projection = $1
 ORDER BY shard

-- name: advance
-- Moves checkpoints from where this projector left them; one that is missing in the answer was moved by another.
-- Events that the log does not have, as it was restored to an earlier point, move nothing.
-- A crash loses rows and checkpoints together and they are made again, so the commit need not wait for the disk.
UPDATE read.checkpoints c
   SET position = $1, recorded_at = $7, updated_at = now()
  FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS known (projection, position, generation)
 WHERE c.projection = known.projection AND c.shard = $5 AND c.shards = $6
   AND c.position = known.position AND c.generation = known.generation
   AND EXISTS (SELECT FROM es.events e WHERE e.position = $1 AND e.recorded_at = $7)
RETURNING c.projection, set_config('synchronous_commit', 'off', true)

-- name: hold
-- The projectors wait until the transaction ends.
SELECT FROM read.checkpoints WHERE projection = $1 ORDER BY shard FOR UPDATE

-- name: lost
-- Whether the checkpoint is not of this log: its event is not there, or is another one.
SELECT NOT EXISTS (SELECT FROM es.events e
                    WHERE e.position = c.position AND e.recorded_at = coalesce(c.recorded_at, e.recorded_at))
  FROM read.checkpoints c
 WHERE c.projection = $1 AND c.shard = $2 AND c.shards = $3 AND c.position > 0

-- name: restart
-- All shards of a projection begin anew, as they share its table; whoever follows one is fenced.
UPDATE read.checkpoints
   SET position = 0, recorded_at = NULL, generation = generation + 1, updated_at = now()
 WHERE projection = '{id}';
DELETE FROM read.parked WHERE projection = '{id}';
TRUNCATE {tables}
