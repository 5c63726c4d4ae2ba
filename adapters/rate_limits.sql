-- name: hit
-- In the order of keys, so that two at once do not wait for each other.
INSERT INTO identity.rate_limits AS r (key, began, hits)
SELECT key, began, 1
  FROM unnest($1::text[], $2::timestamptz[]) AS t (key, began)
 ORDER BY key
ON CONFLICT (key, began) DO UPDATE SET hits = r.hits + 1
RETURNING key, hits

-- name: forget
DELETE FROM identity.rate_limits
 WHERE (key, began) IN (SELECT key, began FROM identity.rate_limits WHERE began < $1 LIMIT $2)
