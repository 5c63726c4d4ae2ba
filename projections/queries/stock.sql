-- name: levels
-- Stock entries of organization $1 as they are at $2: what ran out by then is no longer reserved.
SELECT s.*, kept.binding, greatest(s.on_hand - kept.binding, 0.000) AS available
  FROM read.stock_levels_v1 s
  LEFT JOIN (SELECT pool, sum(quantity) AS quantity
               FROM read.reservations_v1
              WHERE organization = $1 AND expires_at <= $2
              GROUP BY pool) ended ON ended.pool = s.id
 CROSS JOIN LATERAL (SELECT greatest(s.reserved - coalesce(ended.quantity, 0), 0.000)
                            AS binding) kept
 WHERE s.organization = $1

-- name: stores
-- What each warehouse has of a product: alerts are about that (3.4).
SELECT l.warehouse, l.product, sum(l.on_hand) AS on_hand, sum(l.binding) AS reserved,
       sum(l.available) AS available, sum(l.issued) AS issued, sum(l.quarantine) AS quarantine,
       max(l.threshold) AS threshold,
       coalesce(sum(l.available) <= max(l.threshold), false) AS low,
       sum(l.available) = 0 AND max(l.threshold) IS NOT NULL AS out,
       coalesce(bool_or(l.available > l.maximum), false) AS excess
  FROM ({levels}) l
 GROUP BY l.warehouse, l.product

-- name: listed
-- One page of entries by SKU and location, as ids.
WITH matching AS MATERIALIZED (
  SELECT s.id, s.location, p.sku
    FROM read.stock_levels_v1 s
    JOIN read.products_v1 p ON p.id = s.product
   WHERE s.organization = $1
     AND ($3::uuid IS NULL OR s.warehouse = $3)
     AND ($4::uuid IS NULL OR s.product = $4)
     AND ($5::text IS NULL OR s.location = $5)
     AND ($6 = '' OR strpos(lower(p.sku), $6) > 0 OR strpos(lower(p.name), $6) > 0
          OR strpos(lower(s.location), $6) > 0
          OR EXISTS (SELECT FROM jsonb_array_elements_text(p.barcodes) b WHERE lower(b) = $6))
     AND (NOT $7 OR (s.warehouse, s.product) IN (SELECT store.warehouse, store.product
                                                   FROM ({stores}) store WHERE store.low))
)
SELECT found.total, shown.sku, shown.id
  FROM (SELECT count(*) AS total FROM matching) found
  LEFT JOIN LATERAL (SELECT * FROM matching m
                      WHERE $8::text IS NULL OR (m.sku, m.location, m.id) > ($8, $9::text, $10::uuid)
                      ORDER BY m.sku, m.location, m.id
                      LIMIT $11 OFFSET $12) shown ON true

-- name: of_product
SELECT id
  FROM read.stock_levels_v1
 WHERE organization = $1 AND product = $2 AND ($3::uuid IS NULL OR warehouse = $3)
 LIMIT $4

-- name: entries
-- The entries with these ids.
SELECT l.id, l.warehouse, w.code AS warehouse_code, l.product, p.sku, p.name, p.category, p.unit,
       l.place, l.location, l.on_hand, l.binding AS reserved, l.available, l.issued, l.quarantine,
       l.on_hand + l.quarantine + l.issued AS owned, l.threshold, l.maximum, store.low, store.out,
       coalesce(l.available > l.maximum, false) AS excess, l.bin, l.note, l.version, l.updated_at
  FROM ({levels}) l
  JOIN ({stores}) store ON store.warehouse = l.warehouse AND store.product = l.product
  JOIN read.products_v1 p ON p.id = l.product
  JOIN read.places_v2 w ON w.id = l.warehouse
 WHERE l.id = ANY ($3::uuid[])
   AND store.product = ANY (ARRAY(SELECT product FROM read.stock_levels_v1 WHERE id = ANY ($3)))
 ORDER BY p.sku, l.location, l.id

-- name: by_warehouse
SELECT store.*, w.code AS warehouse_code
  FROM ({stores}) store
  JOIN read.places_v2 w ON w.id = store.warehouse
 WHERE store.product = $3 AND ($4::uuid IS NULL OR store.warehouse = $4)
 ORDER BY w.code, w.id

-- name: alerts
-- An inactive warehouse is empty for good: that is no alert.
WITH matching AS MATERIALIZED (
  SELECT store.*, w.code AS warehouse_code, p.sku, p.name, p.unit
    FROM ({stores}) store
    JOIN read.products_v1 p ON p.id = store.product
    JOIN read.places_v2 w ON w.id = store.warehouse AND w.active
   WHERE ($3::uuid IS NULL OR store.warehouse = $3)
     AND CASE $4 WHEN 'out' THEN store.out WHEN 'excess' THEN store.excess ELSE store.low END
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
SELECT kept.pool AS id, kept.number, kept.order_reference, kept.quantity, kept.expires_at
  FROM unnest($3::uuid[]) AS wanted (pool)
 CROSS JOIN LATERAL (SELECT * FROM read.reservations_v1 r
                      WHERE r.pool = wanted.pool AND (r.expires_at IS NULL OR r.expires_at > $1)
                      ORDER BY r.number LIMIT $2) kept
 ORDER BY kept.pool, kept.number

-- name: issuances
SELECT held.pool AS id, held.number, held.member, held.quantity, held.issued_at, held.reason
  FROM unnest($2::uuid[]) AS wanted (pool)
 CROSS JOIN LATERAL (SELECT * FROM read.issuances_v1 i
                      WHERE i.pool = wanted.pool ORDER BY i.number LIMIT $1) held
 ORDER BY held.pool, held.number
