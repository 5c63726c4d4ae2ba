UPDATE read.checkpoints live
   SET position = staged.position, recorded_at = staged.recorded_at, generation = live.generation + 1,
       updated_at = now()
  FROM read.checkpoints staged
 WHERE live.projection = $1 AND staged.projection = $2 AND live.shard = staged.shard
