-- name: units
SELECT u.id, u.product, p.sku, p.name, u.serial, u.lot, u.condition, u.status, u.warehouse, u.place,
       CASE WHEN u.place = u.warehouse THEN '' ELSE l.code END AS location,
       u.reason, u.since, u.version
  FROM read.serial_units_v1 u
  JOIN read.products_v1 p ON p.id = u.product
  LEFT JOIN read.places_v2 l ON l.id = u.place
 WHERE u.organization = $1
   AND ($2::uuid IS NULL OR u.product = $2)
   AND ($3::uuid IS NULL OR u.warehouse = $3)
   AND ($4::text IS NULL OR u.serial = $4)
   AND ($5::text IS NULL OR u.status = $5)
   AND ($6::text IS NULL OR (p.sku, u.serial, u.id) > ($6, $7::text, $8::uuid))
 ORDER BY p.sku, u.serial, u.id
 LIMIT $9
