-- name: scope
SELECT s.product, s.place, s.location, s.on_hand
  FROM read.stock_levels_v1 s
  JOIN read.products_v1 p ON p.id = s.product
 WHERE s.organization = $1 AND s.warehouse = $2 AND NOT p.unlimited
   AND (cardinality($4::uuid[]) = 0 AND cardinality($5::text[]) = 0 AND cardinality($6::text[]) = 0
        OR s.product = ANY ($4)
        OR (cardinality($5) > 0 OR cardinality($6) > 0)
           AND (cardinality($5) = 0 OR p.category = ANY ($5))
           AND (cardinality($6) = 0 OR s.location = ANY ($6)))
   AND ($3 OR s.on_hand <> 0 OR s.product = ANY ($4))
 ORDER BY s.product, s.location

-- name: book
-- The newest balance of each pool of the product, less what had not occurred yet.
SELECT coalesce(sum(CASE WHEN $4 THEN newest.on_hand ELSE newest.quarantine END
                    - CASE WHEN $4 THEN later.delta ELSE later.quarantine_delta END), 0) AS quantity,
       (SELECT position FROM read.checkpoints WHERE projection = 'movements_v1') AS position
  FROM read.stock_levels_v1 s
 CROSS JOIN LATERAL (SELECT m.on_hand, m.quarantine FROM read.movements_v1 m
                      WHERE m.pool = s.id ORDER BY m.position DESC LIMIT 1) newest
 CROSS JOIN LATERAL (SELECT coalesce(sum(m.delta), 0) AS delta,
                            coalesce(sum(m.quarantine_delta), 0) AS quarantine_delta
                       FROM read.movements_v1 m WHERE m.pool = s.id AND m.occurred_at > $3) later
 WHERE s.warehouse = $1 AND s.product = $2

-- name: items
SELECT id FROM read.session_items_v1 WHERE session = $1 AND id > $2 ORDER BY id LIMIT $3

-- name: totals
SELECT count(*) AS items, count(posted) AS posted,
       coalesce(sum((posted ->> 'value')::numeric), 0) AS net_value,
       coalesce(sum(abs((posted ->> 'value')::numeric)), 0) AS gross_value
  FROM read.session_items_v1 WHERE session = $1

-- name: posting_sessions
SELECT organization, id FROM read.sessions_v1 WHERE status = 'POSTING' ORDER BY id LIMIT $1

-- name: expired_reservations
SELECT organization, pool FROM read.reservations_v1 WHERE expires_at <= $1
 GROUP BY organization, pool ORDER BY min(expires_at) LIMIT $2
