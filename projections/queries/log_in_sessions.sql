-- name: sessions
-- Newest first; a deactivated member's are over, whether they were ended one by one or not yet.
SELECT s.id, s.member_id AS member, s.user_agent, s.started_at, s.rotated_at, s.expires_at
  FROM identity.sessions s
  JOIN identity.members m ON m.id = s.member_id
 WHERE m.organization_id = $1
   AND ($2::uuid IS NULL OR s.member_id = $2)
   AND s.ended_at IS NULL AND $3 < s.expires_at
   AND ($4::timestamptz IS NULL OR (s.started_at, s.id) < ($4, $5::uuid))
 ORDER BY s.started_at DESC, s.id DESC
 LIMIT $6
