-- name: start
-- Of a member whose password is still the one that was checked; who changes it waits for this, or this for him.
INSERT INTO identity.sessions (id, member_id, started_at, rotated_at, expires_at, user_agent)
SELECT $1, id, $3, $3, $4, $6 FROM identity.members WHERE id = $2 AND password_hash = $5 FOR SHARE
RETURNING id

-- name: rotate
UPDATE identity.sessions SET generation = generation + 1, rotated_at = $3
WHERE id = $1 AND generation = $2 AND ended_at IS NULL AND $3 < expires_at
RETURNING generation

-- name: live
SELECT s.id AS session, s.generation, s.rotated_at, s.expires_at, m.id AS member, m.organization_id AS organization
FROM identity.sessions s
JOIN identity.members m ON m.id = s.member_id
WHERE s.id = $1 AND s.ended_at IS NULL AND $2 < s.expires_at

-- name: end
UPDATE identity.sessions SET ended_at = $2, end_reason = $3
WHERE id = $1 AND ended_at IS NULL
