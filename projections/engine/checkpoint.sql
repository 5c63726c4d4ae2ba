SELECT position
  FROM read.checkpoints
 WHERE projection = $1
