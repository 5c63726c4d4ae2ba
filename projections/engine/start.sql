-- A new projection starts in as many shards as the others are followed in.
INSERT INTO read.checkpoints (projection, position, shard, shards)
SELECT $1, 0, shard, shards
  FROM (SELECT coalesce(max(shards), 1)::int FROM read.checkpoints) AS others (shards),
       generate_series(1, shards) AS shard
 WHERE NOT EXISTS (SELECT FROM read.checkpoints WHERE projection = $1)
