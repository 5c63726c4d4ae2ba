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

-- name: limited
SELECT id FROM read.products_v1
 WHERE organization = $1 AND id = ANY ($2::uuid[]) AND NOT unlimited

-- name: book
-- The newest balance of each pool of the product, less what had not occurred yet.
SELECT coalesce(sum(CASE WHEN $4 THEN newest.on_hand ELSE newest.quarantine END
                    - CASE WHEN $4 THEN later.delta ELSE later.quarantine_delta END), 0) AS quantity,
       read.reached('{movements_v1}', $5) AS position
  FROM read.stock_levels_v1 s
 CROSS JOIN LATERAL (SELECT m.on_hand, m.quarantine FROM read.movements_v1 m
                      WHERE m.pool = s.id ORDER BY m.position DESC LIMIT 1) newest
 CROSS JOIN LATERAL (SELECT coalesce(sum(m.delta), 0) AS delta,
                            coalesce(sum(m.quarantine_delta), 0) AS quarantine_delta
                       FROM read.movements_v1 m WHERE m.pool = s.id AND m.occurred_at > $3) later
 WHERE s.warehouse = $1 AND s.product = $2

-- name: left
SELECT count(*) FILTER (WHERE (s.on_hand, s.quarantine, s.issued) <> (0, 0, 0)) AS entries,
       count(*) FILTER (WHERE EXISTS (SELECT FROM read.reservations_v1 r
                                       WHERE r.pool = s.id
                                         AND (r.expires_at IS NULL OR r.expires_at > $3))) AS reserved
  FROM read.stock_levels_v1 s
 WHERE s.organization = $1 AND s.warehouse = $2

-- name: items
SELECT id FROM read.session_items_v1
 WHERE session = $1 AND id > $2 AND posted IS NULL
 ORDER BY id LIMIT $3

-- name: counters
SELECT DISTINCT counter FROM read.count_lines_v1 WHERE organization = $1 AND session = $2

-- name: totals
-- What somebody only locked, or took his count of back, is no item unless it is expected.
SELECT count(*) AS items, count(*) FILTER (WHERE named) AS left_out,
       count(*) FILTER (WHERE NOT counted AND NOT named) AS uncounted
  FROM read.session_items_v1 i
 CROSS JOIN LATERAL (SELECT i.id = ANY ($2::uuid[]) AS named,
                            EXISTS (SELECT FROM read.count_lines_v1 c
                                     WHERE c.item_count = i.id) AS counted) state
 WHERE session = $1 AND (counted OR named OR NOT found)

-- name: unknown
-- Whether a projection gave up on a stream of the organization.
SELECT EXISTS (SELECT FROM read.parked p
                 JOIN es.events e ON e.stream_id = p.stream_id AND e.version = 1
                WHERE e.organization_id = $1 AND p.projection = ANY ($2)) AS unknown

-- name: posting_sessions
SELECT organization, id FROM read.sessions_v1 WHERE status = 'POSTING' ORDER BY id LIMIT $1

-- name: closing_warehouses
SELECT organization, id, version FROM read.places_v2 WHERE closing ORDER BY id LIMIT $1

-- name: expired_reservations
SELECT organization, pool FROM read.reservations_v1 WHERE expires_at <= $1
 GROUP BY organization, pool ORDER BY min(expires_at) LIMIT $2

-- name: remains
SELECT (SELECT count(*) FROM read.members_v1 m JOIN identity.members i ON i.id = m.id
         WHERE m.organization = $1 AND m.active AND i.username IS NOT NULL AND NOT m.roles ?| $2::text[]) AS users,
       (SELECT count(*) FROM read.stock_levels_v1
         WHERE organization = $1 AND (on_hand <> 0 OR quarantine <> 0)) AS stock,
       (SELECT count(*) FROM read.places_v2
         WHERE organization = $1 AND kind = 'warehouse') AS warehouses
