INSERT INTO read.checkpoints (projection, position)
VALUES ($1, 0)
ON CONFLICT (projection) DO NOTHING
