-- name: newest
-- Those whose last event is the log's; LATERAL … LIMIT 1 is one index probe each.
SELECT s.stream_id, s.version, s.organization_id, s.state
  FROM unnest($1::uuid[]) AS wanted (stream)
  JOIN LATERAL (SELECT * FROM read.snapshots x
                 WHERE x.stream_id = wanted.stream AND x.code = $2 AND x.version <= $3 LIMIT 1) s ON true
  JOIN LATERAL (SELECT e.recorded_at FROM es.events e
                 WHERE e.stream_id = s.stream_id AND e.version = s.version LIMIT 1) known
    ON known.recorded_at = s.recorded_at

-- name: keep
-- The later one stays, whoever is faster.
INSERT INTO read.snapshots AS s (stream_id, code, version, recorded_at, organization_id, state)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (stream_id, code) DO UPDATE
   SET version = EXCLUDED.version, recorded_at = EXCLUDED.recorded_at, state = EXCLUDED.state
 WHERE s.version < EXCLUDED.version

-- name: forget
-- What other releases have kept.
DELETE FROM read.snapshots WHERE ctid = ANY (ARRAY(SELECT ctid FROM read.snapshots WHERE code <> $1 LIMIT $2))
