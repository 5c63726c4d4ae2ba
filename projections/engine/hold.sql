-- The projectors wait until the transaction ends.
SELECT FROM read.checkpoints WHERE projection = $1 ORDER BY shard FOR UPDATE
