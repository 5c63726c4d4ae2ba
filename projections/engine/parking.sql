-- name: park
INSERT INTO read.parked (projection, stream_id, position, error)
VALUES ($1, $2, $3, $4)
ON CONFLICT (projection, stream_id) DO NOTHING

-- name: parked
SELECT stream_id, position, error
  FROM read.parked
 WHERE projection = $1
