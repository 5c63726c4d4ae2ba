-- name: items
-- What a session counts. With $7 only what may be counted on shelves of $7 (with $8: on those that
-- are nobody's), and what he has counted himself.
WITH shown AS (
  SELECT i.id, i.item, i.found, i.shelves, p.sku, p.name, p.unit, p.packs, p.barcodes,
         CASE WHEN {live} THEN i.lock_holder END AS holder, i.lock_expires_at
    FROM read.session_items_v1 i
    JOIN read.sessions_v1 s ON s.id = i.session
    JOIN read.products_v1 p ON p.id = i.item
   WHERE s.organization = $2 AND s.id = $3
     AND ($4 = '' OR strpos(lower(p.sku), $4) > 0 OR strpos(lower(p.name), $4) > 0
          OR EXISTS (SELECT FROM jsonb_array_elements_text(p.barcodes) b WHERE lower(b) = $4))
     AND ($5::text IS NULL OR i.shelves @> jsonb_build_array(jsonb_build_object('shelf', $5)))
     AND ($6::boolean IS NULL
          OR $6 = EXISTS (SELECT FROM read.count_lines_v1 c WHERE c.item_count = i.id))
     AND ($7::uuid IS NULL OR $8 AND i.shelves = '[]'
          OR EXISTS (SELECT FROM jsonb_to_recordset(i.shelves) e (shelf text)
                      WHERE CASE WHEN $8 THEN NOT s.shelves ? e.shelf
                                 ELSE s.shelves ->> e.shelf = $7::text END)
          OR EXISTS (SELECT FROM read.count_lines_v1 c
                      WHERE c.item_count = i.id AND c.counter = $7))
     AND ($9::text IS NULL OR (p.sku, i.id) > ($9, $10::uuid))
   ORDER BY p.sku, i.id
   LIMIT $11
)
SELECT shown.*, coalesce(c.counters, '{{}}') AS counters, coalesce(c.places, '{{}}') AS places
  FROM shown
 CROSS JOIN LATERAL (SELECT array_agg(DISTINCT counter) AS counters,
                            array_agg(DISTINCT place) AS places
                       FROM read.count_lines_v1
                      WHERE item_count = shown.id) c
 ORDER BY shown.sku, shown.id

-- name: books
SELECT id, on_hand FROM read.stock_levels_v1 WHERE id = ANY ($1::uuid[])
