-- name: log_in
SELECT m.id, m.organization_id, m.password_hash, m.active, o.settings
FROM identity.members m JOIN identity.organizations o ON o.id = m.organization_id
WHERE m.username = $1

-- name: start_session
INSERT INTO identity.sessions (id, member_id, started_at, rotated_at, expires_at)
VALUES ($1, $2, $3, $3, $4)

-- name: rotate
UPDATE identity.sessions s SET generation = s.generation + 1, rotated_at = $3
FROM identity.members m JOIN identity.organizations o ON o.id = m.organization_id
WHERE s.id = $1 AND s.generation = $2
  AND s.ended_at IS NULL AND $3 < s.expires_at
  AND m.id = s.member_id AND m.active
RETURNING s.generation, s.expires_at, s.rotated_at, o.settings

-- name: live_session
SELECT s.generation, s.expires_at, s.rotated_at,
       m.id, m.organization_id, m.name, m.roles, m.warehouses, o.settings
FROM identity.sessions s
JOIN identity.members m ON m.id = s.member_id
JOIN identity.organizations o ON o.id = m.organization_id
WHERE s.id = $1 AND s.ended_at IS NULL AND $2 < s.expires_at AND m.active

-- name: end_session
UPDATE identity.sessions SET ended_at = $2, end_reason = $3
WHERE id = $1 AND ended_at IS NULL

-- name: members
SELECT id, organization_id, name, username, roles, warehouses, active
FROM identity.members WHERE organization_id = $1 AND id = ANY($2::uuid[])

-- name: organization
SELECT id FROM identity.organizations WHERE name = $1 OR id::text = lower($1)

-- name: settings
SELECT settings FROM identity.organizations WHERE id = $1

-- name: create_organization
INSERT INTO identity.organizations (name, type, settings, id)
VALUES ($1, $2, $3, coalesce($4, gen_random_uuid()))
ON CONFLICT (name) DO UPDATE SET name = excluded.name  -- so that the row that is there is returned
RETURNING id

-- name: create_member
INSERT INTO identity.members (organization_id, name, username, password_hash, roles, warehouses)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (username) DO UPDATE SET username = excluded.username
RETURNING id, organization_id

-- name: change_password
UPDATE identity.members SET password_hash = $2 WHERE id = $1
