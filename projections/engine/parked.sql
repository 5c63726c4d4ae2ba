SELECT stream_id, position, error
  FROM read.parked
 WHERE projection = $1
