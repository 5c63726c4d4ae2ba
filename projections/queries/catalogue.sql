-- name: warehouses
SELECT id, code, name, kind, warehouse, timezone, active, closing, version
  FROM read.places_v2
 WHERE organization = $1 AND id = warehouse
   AND ($2 = '' OR strpos(lower(code), $2) > 0 OR strpos(lower(name), $2) > 0)
   AND ($3::text IS NULL OR (code, id) > ($3, $4::uuid))
   AND ($6::boolean IS NULL OR active = $6)
 ORDER BY code, id
 LIMIT $5

-- name: warehouse
SELECT id, code, name, kind, warehouse, timezone, active, closing, version
  FROM read.places_v2
 WHERE organization = $1 AND id = $2 AND id = warehouse

-- name: places
-- They lie in the zone of their warehouse, whatever it was when they were opened.
SELECT p.id, p.code, p.name, p.kind, p.warehouse, root.timezone, p.active, p.closing, p.version
  FROM read.places_v2 p
  JOIN read.places_v2 root ON root.id = p.warehouse
 WHERE p.organization = $1 AND p.warehouse = $2 AND p.id <> p.warehouse
 ORDER BY p.code, p.id
 LIMIT $3

-- name: product
SELECT * FROM read.products_v1 WHERE organization = $1 AND id = $2
