-- name: live
-- Whether the lock of item i is live in session s at $1 (1.4): a condition for other statements.
i.lock_expires_at > $1 AND i.lock_activation = s.activation AND s.status = 'ACTIVE'
AND (s.counters @> to_jsonb(i.lock_holder) OR NOT s.is_multi_user AND i.lock_holder = s.creator)

-- name: sessions
-- Dates are the warehouse's own.
SELECT s.*, p.name AS warehouse_name
  FROM read.sessions_v1 s
  JOIN read.places_v2 p ON p.id = s.warehouse
 WHERE s.organization = $1
   AND ($2::uuid IS NULL OR s.warehouse = $2)
   AND (cardinality($3::text[]) = 0 OR s.status = ANY ($3))
   AND ($4::date IS NULL OR (s.created_at AT TIME ZONE p.timezone)::date >= $4)
   AND ($5::date IS NULL OR (s.created_at AT TIME ZONE p.timezone)::date <= $5)
   AND ($6::uuid IS NULL OR s.creator = $6 OR s.counters @> to_jsonb($6))
   AND ($7::timestamptz IS NULL OR (s.created_at, s.id) < ($7, $8::uuid))
 ORDER BY s.created_at DESC, s.id DESC
 LIMIT $9

-- name: session
SELECT s.*, p.name AS warehouse_name
  FROM read.sessions_v1 s
  JOIN read.places_v2 p ON p.id = s.warehouse
 WHERE s.organization = $1 AND (s.id = $2 OR s.code = $3)

-- name: locks
SELECT i.id, i.item, p.sku, p.name, i.lock_holder, i.lock_expires_at
  FROM read.session_items_v1 i
  JOIN read.sessions_v1 s ON s.id = i.session
  JOIN read.products_v1 p ON p.id = i.item
 WHERE s.organization = $2 AND s.id = $3 AND {live}
   AND ($4::timestamptz IS NULL OR (i.lock_expires_at, i.id) > ($4, $5::uuid))
 ORDER BY i.lock_expires_at, i.id
 LIMIT $6
