-- name: reached
SELECT read.reached('{movements_v1}', (SELECT organization FROM read.sessions_v1 WHERE id = $1)) AS position

-- name: scope
SELECT scope FROM read.sessions_v1 WHERE id = $1

-- name: events
SELECT e.stream_id, e.position, e.event_type, e.event_schema, e.payload
  FROM unnest($1::uuid[]) WITH ORDINALITY s (stream, no)
 CROSS JOIN LATERAL (SELECT * FROM es.events x
                      WHERE x.stream_id = s.stream AND x.position <= $2
                      ORDER BY x.version) e
 ORDER BY s.no, e.version

-- name: costs
SELECT product, average FROM read.valuations_v1 WHERE product = ANY ($1::uuid[])

-- name: pools
-- The pools of each product in the warehouse, also deleted ones: a loose scan, one probe per pool,
-- and one more for the newest balance and the first movement of each. An entry in which nothing has
-- moved yet is a pool like the others.
WITH RECURSIVE pools (product, pool) AS (
  SELECT w.product, first.pool
    FROM unnest($2::uuid[]) w (product)
   CROSS JOIN LATERAL (SELECT m.pool FROM read.movements_v1 m
                        WHERE m.warehouse = $1 AND m.product = w.product
                        ORDER BY m.pool LIMIT 1) first
  UNION ALL
  SELECT p.product, next.pool
    FROM pools p
   CROSS JOIN LATERAL (SELECT m.pool FROM read.movements_v1 m
                        WHERE m.warehouse = $1 AND m.product = p.product AND m.pool > p.pool
                        ORDER BY m.pool LIMIT 1) next
)
SELECT p.product, p.pool, first.position AS first_position,
       newest.place, newest.on_hand, newest.quarantine,
       l.id IS NOT NULL AS live,
       CASE WHEN newest.place = $1 THEN '' ELSE coalesce(l.location, place.code, '') END AS shelf
  FROM pools p
 CROSS JOIN LATERAL (SELECT m.position FROM read.movements_v1 m
                      WHERE m.pool = p.pool ORDER BY m.position LIMIT 1) first
 CROSS JOIN LATERAL (SELECT m.place, m.on_hand, m.quarantine FROM read.movements_v1 m
                      WHERE m.pool = p.pool AND m.position <= $3
                      ORDER BY m.position DESC LIMIT 1) newest
  LEFT JOIN read.stock_levels_v1 l ON l.id = p.pool
  LEFT JOIN read.places_v2 place ON place.id = newest.place
 UNION ALL
SELECT l.product, l.id, created.position, l.place, 0.000, 0.000, true, l.location
  FROM read.stock_levels_v1 l
  JOIN es.events created ON created.stream_id = l.id AND created.version = 1
 WHERE l.warehouse = $1 AND l.product = ANY ($2) AND created.position <= $3
   AND NOT EXISTS (SELECT FROM read.movements_v1 m WHERE m.pool = l.id AND m.position <= $3)
 ORDER BY product, shelf, pool

-- name: moves
-- What the variances as of any position from $3 to $4 follow from.
SELECT m.pool, m.position, m.occurred_at, m.delta, m.quarantine_delta
  FROM unnest($1::uuid[], $2::timestamptz[]) w (pool, since)
 CROSS JOIN LATERAL (SELECT * FROM read.movements_v1 x
                      WHERE x.pool = w.pool AND x.occurred_at > w.since AND x.position <= $4
                      UNION ALL
                     SELECT * FROM read.movements_v1 x
                      WHERE x.pool = w.pool AND x.position > $3 AND x.position <= $4
                        AND x.occurred_at <= w.since) m
 ORDER BY m.pool, m.position
