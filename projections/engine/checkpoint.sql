SELECT position, generation
  FROM read.checkpoints
 WHERE projection = $1 AND shard = $2 AND shards = $3
