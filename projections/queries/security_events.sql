-- name: events
-- Newest first.
SELECT *
  FROM read.security_events_v2
 WHERE organization = $1
   AND ($2::uuid IS NULL OR member = $2)
   AND (cardinality($3::text[]) = 0 OR type = ANY ($3))
   AND ($4::timestamptz IS NULL OR recorded_at >= $4)
   AND ($5::bigint IS NULL OR position < $5)
 ORDER BY position DESC
 LIMIT $6
