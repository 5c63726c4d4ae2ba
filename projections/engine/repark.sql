INSERT INTO read.parked (projection, stream_id, position, error, since)
SELECT $1, stream_id, position, error, since
  FROM read.parked
 WHERE projection = $2
