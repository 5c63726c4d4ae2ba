-- name: parts
-- Products in the order of one column, which {column} names; the figures are of the shown ones only.
WITH shown AS (
  SELECT p.*
    FROM read.products_v1 p
   WHERE p.organization = $1
     AND ($3 = '' OR strpos(lower(p.sku), $3) > 0 OR strpos(lower(p.name), $3) > 0
          OR EXISTS (SELECT FROM jsonb_array_elements_text(p.barcodes) b WHERE lower(b) = $3))
     AND ($4::text IS NULL OR p.classification = $4)
     AND ($5::text IS NULL OR p.category = $5)
     AND ($6::boolean IS NULL OR p.proprietary = $6)
     AND ($7::text IS NULL OR (p.{column}, p.id) {beyond} ($7, $8::uuid))
   ORDER BY p.{column} {direction}, p.id {direction}
   LIMIT $9
)
SELECT p.*, stock.on_hand, greatest(stock.reserved - ended.quantity, 0.000) AS reserved
  FROM shown p
 CROSS JOIN LATERAL (SELECT coalesce(sum(s.on_hand), 0.000) AS on_hand,
                            coalesce(sum(s.reserved), 0.000) AS reserved
                       FROM read.stock_levels_v1 s
                      WHERE s.organization = $1 AND s.product = p.id) stock
 CROSS JOIN LATERAL (SELECT coalesce(sum(r.quantity), 0.000) AS quantity
                       FROM read.reservations_v1 r
                       JOIN read.stock_levels_v1 s ON s.id = r.pool
                      WHERE r.organization = $1 AND r.expires_at <= $2
                        AND s.organization = $1 AND s.product = p.id) ended
 ORDER BY p.{column} {direction}, p.id {direction}
