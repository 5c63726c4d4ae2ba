-- name: reached
-- As far as this the replay leaves nothing out.
SELECT read.reached($1, $2) AS position

-- name: entries
-- The session's own events, and the movements of its items in its warehouse while it lasted; what
-- completion adjusts may stand behind the session's last event.
WITH own AS (
  SELECT e.*, r.item
    FROM read.replay_v1 r
    JOIN es.events e ON e.position = r.position
   WHERE r.organization = $1 AND r.session = $2 AND ($3::uuid IS NULL OR r.item = $3)
     AND r.position > $5 AND r.position <= $6
     AND (cardinality($4::text[]) = 0 OR e.event_type = ANY ($4))
   ORDER BY r.position
   LIMIT $7
), moved AS (
  SELECT e.*, m.product AS item
    FROM read.sessions_v1 s
    JOIN read.movements_v1 m ON m.organization = s.organization AND m.warehouse = s.warehouse
    JOIN es.events e ON e.position = m.position
   WHERE s.id = $2 AND m.organization = $1
     AND m.position > greatest($5, s.started_position) AND m.position <= $6
     AND (s.ended_position IS NULL OR m.position <= s.ended_position OR m.session = $2)
     AND ($3::uuid IS NULL OR m.product = $3)
     AND m.product IN (SELECT item FROM read.session_items_v1 WHERE session = $2)
     AND (cardinality($4) = 0 OR m.type = ANY ($4))
   ORDER BY m.position
   LIMIT $7
)
SELECT e.position, e.event_type, e.stream_type, e.stream_id, e.version, e.actor, e.occurred_at, e.recorded_at,
       e.payload, e.item, p.sku
  FROM (TABLE own UNION ALL TABLE moved) e
  LEFT JOIN read.products_v1 p ON p.id = e.item
 ORDER BY e.position
 LIMIT $7
