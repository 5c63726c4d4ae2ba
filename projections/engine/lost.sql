-- Whether the checkpoint is not of this log: its event is not there, or is another one.
SELECT NOT EXISTS (SELECT FROM es.events e
                    WHERE e.position = c.position AND e.recorded_at = coalesce(c.recorded_at, e.recorded_at))
  FROM read.checkpoints c
 WHERE c.projection = $1 AND c.shard = $2 AND c.shards = $3 AND c.position > 0
