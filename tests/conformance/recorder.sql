-- name: track
INSERT INTO read.checkpoints AS c (projection, position) VALUES ($1, $2)
ON CONFLICT (projection, shard) DO UPDATE SET position = excluded.position, updated_at = now()
 WHERE c.position < excluded.position
RETURNING true

-- name: tracked
SELECT position FROM read.checkpoints WHERE projection = $1
