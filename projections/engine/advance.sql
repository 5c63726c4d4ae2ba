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
