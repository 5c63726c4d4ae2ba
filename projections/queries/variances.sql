-- name: items
-- $5: all items, those that were counted, or those that were posted.
SELECT i.id, i.item, i.found, i.posted, p.sku, p.name, p.unit
  FROM read.session_items_v1 i
  JOIN read.products_v1 p ON p.id = i.item
 WHERE i.organization = $1 AND i.session = $2
   AND ($3 = '' OR strpos(lower(p.sku), $3) > 0 OR strpos(lower(p.name), $3) > 0
        OR EXISTS (SELECT FROM jsonb_array_elements_text(p.barcodes) b WHERE lower(b) = $3))
   AND ($4::text IS NULL OR i.shelves @> jsonb_build_array(jsonb_build_object('shelf', $4))
        OR EXISTS (SELECT FROM read.count_lines_v1 c WHERE c.item_count = i.id AND c.shelf = $4))
   AND CASE $5::text
         WHEN 'counted' THEN EXISTS (SELECT FROM read.count_lines_v1 c WHERE c.item_count = i.id)
         WHEN 'posted' THEN i.posted IS NOT NULL
         ELSE true END
   AND ($6::text IS NULL OR (p.sku, i.id) > ($6, $7::uuid))
 ORDER BY p.sku, i.id
 LIMIT $8
