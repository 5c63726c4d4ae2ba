-- name: expected
-- Which items session $1 expects on which shelves.
SELECT i.id, e.place, e.shelf, e.book
  FROM read.session_items_v1 i
 CROSS JOIN LATERAL jsonb_to_recordset(i.shelves) e (place uuid, shelf text, book numeric)
 WHERE i.session = $1

-- name: totals
-- An item is counted when each shelf that has to have it has a line of it (without one: any line);
-- what the books have at the warehouse itself is on no shelf and need not be found there, but
-- somewhere. What was found and has no line, or none any more, is not found.
SELECT count(*) FILTER (WHERE NOT i.found) AS scope,
       count(*) FILTER (WHERE i.found AND c.item_count IS NOT NULL) AS found,
       count(*) FILTER (WHERE state.counted) AS counted,
       count(*) FILTER (WHERE c.item_count IS NOT NULL AND NOT state.counted) AS partial,
       sum(e.book * v.average) AS value,
       sum(e.book * v.average) FILTER (WHERE state.counted) AS counted_value
  FROM read.session_items_v1 i
  LEFT JOIN (SELECT item_count, array_agg(place) FILTER (WHERE bucket = 'usable') AS places
               FROM read.count_lines_v1
              WHERE session = $1
              GROUP BY item_count) c ON c.item_count = i.id
  LEFT JOIN (SELECT id, sum(book) AS book, array_agg(place) AS places
               FROM ({expected}) e
              GROUP BY id) e ON e.id = i.id
  LEFT JOIN read.valuations_v1 v ON v.product = i.item
 CROSS JOIN LATERAL (SELECT c.item_count IS NOT NULL
                            AND (e.places IS NULL OR c.places IS NOT NULL
                                 AND array_remove(e.places, i.warehouse) <@ c.places) AS counted) state
 WHERE i.session = $1

-- name: shelves
SELECT coalesce(e.shelf, l.shelf) AS shelf, count(e.id) AS expected,
       count(e.id) FILTER (WHERE l.usable) AS counted, coalesce(sum(l.lines), 0)::bigint AS lines
  FROM ({expected}) e
  FULL JOIN (SELECT item_count, place, shelf, count(*) AS lines, bool_or(bucket = 'usable') AS usable
               FROM read.count_lines_v1
              WHERE session = $1
              GROUP BY item_count, place, shelf) l ON l.item_count = e.id AND l.place = e.place
 GROUP BY 1
 ORDER BY 1
 LIMIT $2

-- name: counters
SELECT l.counter, l.shelf, count(*) AS lines,
       count(DISTINCT e.id) FILTER (WHERE l.bucket = 'usable') AS counted
  FROM read.count_lines_v1 l
  LEFT JOIN ({expected}) e ON e.id = l.item_count AND e.place = l.place
 WHERE l.session = $1
 GROUP BY l.counter, l.shelf

-- name: recent
SELECT c.item_count, c.number, c.item, p.sku, p.name, c.counter, c.shelf, c.quantity, c.counted_at
  FROM read.count_lines_v1 c
  JOIN read.products_v1 p ON p.id = c.item
 WHERE c.session = $1
 ORDER BY c.position DESC
 LIMIT $2
