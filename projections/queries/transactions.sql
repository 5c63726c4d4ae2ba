-- name: transactions
-- Movements in the order of the log, or backwards: {beyond} and {direction} say which.
WITH shown AS (
  SELECT m.*
    FROM read.movements_v1 m
   WHERE m.organization = $1
     AND ($2::uuid IS NULL OR m.warehouse = $2)
     AND ($3::uuid IS NULL OR m.place = $3)
     AND ($4::uuid IS NULL OR m.product = $4)
     AND (cardinality($5::text[]) = 0 OR m.type = ANY ($5))
     AND ($6::uuid IS NULL OR m.actor = $6)
     AND ($7::uuid IS NULL OR m.session = $7)
     AND ($8::timestamptz IS NULL OR m.occurred_at >= $8)
     AND ($9::timestamptz IS NULL OR m.occurred_at < $9)
     AND ($10::bigint IS NULL OR m.position {beyond} $10)
   ORDER BY m.position {direction}
   LIMIT $11
)
SELECT m.*, p.sku, p.name, p.unit,
       CASE WHEN m.place = m.warehouse THEN '' ELSE l.code END AS location
  FROM shown m
  JOIN read.products_v1 p ON p.id = m.product
  JOIN read.places_v2 l ON l.id = m.place
 ORDER BY m.position {direction}

-- name: transaction
SELECT m.*, p.sku, p.name, p.unit,
       CASE WHEN m.place = m.warehouse THEN '' ELSE l.code END AS location
  FROM read.movements_v1 m
  JOIN read.products_v1 p ON p.id = m.product
  JOIN read.places_v2 l ON l.id = m.place
 WHERE m.organization = $1 AND m.position = $2
