INSERT INTO read.checkpoints (projection, shard, shards, position, recorded_at)
SELECT $1, shard, shards, $3, (SELECT e.recorded_at FROM es.events e WHERE e.position = $3)
  FROM read.checkpoints
 WHERE projection = $2
