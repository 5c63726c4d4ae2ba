-- name: entries
-- Stock entries of organization $1 as they are at $2: what ran out by then is no longer reserved.
-- An alert is about all that the warehouse has of the product (3.4).
SELECT e.*,
       coalesce(sum(e.available) OVER store <= max(e.threshold) OVER store, false) AS low,
       sum(e.available) OVER store = 0 AND max(e.threshold) OVER store IS NOT NULL AS out,
       coalesce(e.available > e.maximum, false) AS excess
  FROM (SELECT s.id, s.warehouse, w.code AS warehouse_code,
               s.product, p.sku, p.name, p.category, p.unit, p.barcodes,
               s.place, s.location, s.on_hand, kept.reserved,
               greatest(s.on_hand - kept.reserved, 0.000) AS available,
               s.issued, s.quarantine, s.on_hand + s.quarantine + s.issued AS owned,
               s.threshold, s.maximum, s.bin, s.note, s.version, s.updated_at
          FROM read.stock_levels_v1 s
          JOIN read.products_v1 p ON p.id = s.product
          JOIN read.places_v1 w ON w.id = s.warehouse
          LEFT JOIN (SELECT pool, sum(quantity) AS quantity
                       FROM read.reservations_v1
                      WHERE organization = $1 AND expires_at <= $2
                      GROUP BY pool) ended ON ended.pool = s.id
         CROSS JOIN LATERAL (SELECT greatest(s.reserved - coalesce(ended.quantity, 0), 0.000)
                                    AS reserved) kept
         WHERE s.organization = $1) e
WINDOW store AS (PARTITION BY e.warehouse, e.product)

-- name: listed
WITH matching AS MATERIALIZED (
  SELECT *
    FROM ({entries}) e
   WHERE ($3::uuid IS NULL OR e.warehouse = $3)
     AND ($4::uuid IS NULL OR e.product = $4)
     AND ($5::text IS NULL OR e.location = $5)
     AND ($6 = '' OR strpos(lower(e.sku), $6) > 0 OR strpos(lower(e.name), $6) > 0
          OR strpos(lower(e.location), $6) > 0
          OR EXISTS (SELECT FROM jsonb_array_elements_text(e.barcodes) b WHERE lower(b) = $6))
     AND (e.low OR NOT $7)
)
SELECT found.total, shown.*
  FROM (SELECT count(*) AS total FROM matching) found
  LEFT JOIN LATERAL (SELECT * FROM matching m
                      WHERE $8::text IS NULL OR (m.sku, m.location, m.id) > ($8, $9::text, $10::uuid)
                      ORDER BY m.sku, m.location, m.id
                      LIMIT $11 OFFSET $12) shown ON true
 ORDER BY shown.sku, shown.location, shown.id

-- name: one
SELECT * FROM ({entries}) e
 WHERE (e.warehouse, e.product) = (SELECT warehouse, product FROM read.stock_levels_v1
                                    WHERE id = $3 AND organization = $1)
   AND e.id = $3

-- name: of_product
SELECT * FROM ({entries}) e
 WHERE e.product = $3 AND ($4::uuid IS NULL OR e.warehouse = $4)
 ORDER BY e.warehouse_code, e.location, e.id
 LIMIT $5

-- name: by_warehouse
SELECT e.warehouse, e.warehouse_code, sum(e.on_hand) AS on_hand, sum(e.reserved) AS reserved,
       sum(e.available) AS available, sum(e.issued) AS issued, sum(e.quarantine) AS quarantine
  FROM ({entries}) e
 WHERE e.product = $3 AND ($4::uuid IS NULL OR e.warehouse = $4)
 GROUP BY e.warehouse, e.warehouse_code
 ORDER BY e.warehouse_code, e.warehouse

-- name: alerts
WITH matching AS MATERIALIZED (
  SELECT e.warehouse, e.warehouse_code, e.product, e.sku, e.name, e.unit,
         sum(e.on_hand) AS on_hand, sum(e.reserved) AS reserved, sum(e.available) AS available,
         max(e.threshold) AS threshold, bool_or(e.low) AS low, bool_or(e.out) AS out,
         bool_or(e.excess) AS excess
    FROM ({entries}) e
   WHERE ($3::uuid IS NULL OR e.warehouse = $3)
   GROUP BY e.warehouse, e.warehouse_code, e.product, e.sku, e.name, e.unit
  HAVING CASE $4 WHEN 'out' THEN bool_or(e.out) WHEN 'excess' THEN bool_or(e.excess)
                 ELSE bool_or(e.low) END
)
SELECT found.total, shown.*
  FROM (SELECT count(*) AS total FROM matching) found
  LEFT JOIN LATERAL (SELECT * FROM matching m
                      WHERE $5::text IS NULL
                         OR (m.sku, m.product, m.warehouse) > ($5, $6::uuid, $7::uuid)
                      ORDER BY m.sku, m.product, m.warehouse
                      LIMIT $8 OFFSET $9) shown ON true
 ORDER BY shown.sku, shown.product, shown.warehouse

-- name: reservations
SELECT number, order_reference, quantity, expires_at
  FROM read.reservations_v1
 WHERE pool = $1 AND (expires_at IS NULL OR expires_at > $2)
 ORDER BY number
 LIMIT $3

-- name: issuances
SELECT number, member, quantity, issued_at, reason
  FROM read.issuances_v1
 WHERE pool = $1
 ORDER BY number
 LIMIT $2
