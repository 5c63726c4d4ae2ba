SELECT shard, shards, position
  FROM read.checkpoints
 WHERE projection = $1
 ORDER BY shard
