-- name: counts
SELECT c.*, p.sku, p.name
  FROM read.count_lines_v1 c
  JOIN read.products_v1 p ON p.id = c.item
 WHERE c.organization = $1 AND c.session = $2
   AND ($3::uuid IS NULL OR c.counter = $3)
   AND ($4::uuid IS NULL OR c.item = $4)
   AND ($5::text IS NULL OR c.shelf = $5)
   AND ($6::bigint IS NULL OR c.position < $6)
 ORDER BY c.position DESC
 LIMIT $7
