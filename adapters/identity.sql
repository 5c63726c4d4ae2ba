-- name: credentials
SELECT id, organization_id, password_hash FROM identity.members WHERE username = $1

-- name: known
SELECT id, organization_id, name, username, password_hash IS NOT NULL
FROM identity.members WHERE username = $1

-- name: person
SELECT id, organization_id, name, username, password_hash IS NOT NULL
FROM identity.members WHERE organization_id = $1 AND id = $2

-- name: members
SELECT id, name FROM identity.members WHERE organization_id = $1 AND id = ANY ($2::uuid[])

-- name: register
INSERT INTO identity.members (id, organization_id, name, username, registered_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, username = excluded.username, registered_at = excluded.registered_at

-- name: rename
UPDATE identity.members SET name = $3 WHERE organization_id = $1 AND id = $2

-- name: readdress
UPDATE identity.members SET name = $3, username = $4
WHERE organization_id = $1 AND id = $2 AND password_hash IS NULL

-- name: forget_unborn
-- Whoever registered them never came to write their events: they are nobody's.
DELETE FROM identity.members m
WHERE m.registered_at < $1 AND ($2::text IS NULL OR m.username = $2)
  AND NOT EXISTS (SELECT FROM es.events e WHERE e.stream_id = m.id)
RETURNING m.id

-- name: set_password
UPDATE identity.members SET password_hash = $2 WHERE id = $1

-- name: set_first_password
UPDATE identity.members SET password_hash = $3, email_verified_at = $4
WHERE id = $1 AND username = $2 AND password_hash IS NULL RETURNING id

-- name: end_sessions
UPDATE identity.sessions SET ended_at = $2, end_reason = $3
WHERE member_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $4

-- name: replace_password
-- First, so that who logs in with the old one waits for this or is seen by what ends the sessions.
UPDATE identity.members SET password_hash = $2 WHERE id = $1

-- name: want_username
-- An address to be confirmed; it may be somebody's by then.
UPDATE identity.members SET new_username = $3 WHERE organization_id = $1 AND id = $2

-- name: wanted_username
SELECT coalesce(new_username, username) FROM identity.members WHERE organization_id = $1 AND id = $2

-- name: confirm_username
UPDATE identity.members
SET username = $2, new_username = NULL, email_verified_at = $3
WHERE id = $1 AND coalesce(new_username, username) = $2 RETURNING id

-- name: logged_in
SELECT m.id FROM identity.sessions s JOIN identity.members m ON m.id = s.member_id
WHERE s.id = $1 AND m.organization_id = $2 AND s.ended_at IS NULL AND $3 < s.expires_at

-- name: end_session
UPDATE identity.sessions SET ended_at = $2, end_reason = 'ended' WHERE id = $1 AND ended_at IS NULL

-- name: forget_sessions
-- Sessions that have been over for a while: what is to be known of them is in the log.
DELETE FROM identity.sessions WHERE id IN (
  SELECT id FROM identity.sessions WHERE least(ended_at, expires_at) < $1 LIMIT $2)

-- name: forget
-- With what waits to be mailed to him.
WITH gone AS (DELETE FROM identity.members WHERE id = $1 RETURNING organization_id, username, new_username)
DELETE FROM identity.mails l USING gone
WHERE l.organization_id = gone.organization_id AND l.recipient IN (gone.username, gone.new_username)

-- name: erased
-- Whom the log has erased and who is still here; the read model only says where to look.
SELECT m.id FROM identity.members m
WHERE EXISTS (SELECT FROM read.members_v1 r WHERE r.id = m.id AND r.erased)
  AND EXISTS (SELECT FROM es.events e WHERE e.stream_id = m.id AND e.event_type = 'member.erased')
LIMIT $1
