-- name: warehouses
SELECT id, code, name, kind, warehouse, timezone
  FROM read.places_v1
 WHERE organization = $1 AND id = warehouse
   AND ($2 = '' OR strpos(lower(code), $2) > 0 OR strpos(lower(name), $2) > 0)
   AND ($3::text IS NULL OR (code, id) > ($3, $4::uuid))
 ORDER BY code, id
 LIMIT $5

-- name: warehouse
SELECT id, code, name, kind, warehouse, timezone
  FROM read.places_v1
 WHERE organization = $1 AND id = $2 AND id = warehouse

-- name: places
SELECT id, code, name, kind, warehouse, timezone
  FROM read.places_v1
 WHERE organization = $1 AND warehouse = $2 AND id <> warehouse
 ORDER BY code, id
 LIMIT $3

-- name: product
SELECT * FROM read.products_v1 WHERE organization = $1 AND id = $2
