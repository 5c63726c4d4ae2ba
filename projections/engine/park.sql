INSERT INTO read.parked (projection, stream_id, position, error)
VALUES ($1, $2, $3, $4)
ON CONFLICT (projection, stream_id) DO NOTHING
