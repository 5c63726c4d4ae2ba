-- name: create
-- An identifier and a password cannot be parameters: the server quotes them itself.
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L IN ROLE tallybook_analyst', $1::text, $2::text)

-- name: bound
SELECT format('ALTER ROLE %I SET statement_timeout = %L', $1::text, $2::text)

-- name: bind
INSERT INTO identity.analysts (role, organization_id) VALUES ($1::text::name, $2)
ON CONFLICT (role) DO UPDATE SET organization_id = EXCLUDED.organization_id  -- after a restore elsewhere

-- name: analysts
SELECT a.role, coalesce(o.name, a.organization_id::text) AS organization
  FROM identity.analysts a
  LEFT JOIN read.organizations_v2 o ON o.id = a.organization_id
 ORDER BY a.role

-- name: unbind
DELETE FROM identity.analysts WHERE role = $1::text::name RETURNING role

-- name: remove
-- With what he has made, such as large objects, which everybody may; to drop that one has to be a member.
SELECT format('GRANT %1$I TO CURRENT_USER; DROP OWNED BY %1$I; DROP ROLE %1$I', $1::text)

-- name: organization
SELECT c.stream_id FROM es.claims c
 WHERE c.organization_id = '00000000-0000-0000-0000-000000000000' AND c.kind = 'organization_name' AND c.value = $1
UNION ALL
SELECT e.stream_id FROM es.events e WHERE e.stream_id::text = lower($2) AND e.version = 1
   AND e.stream_type = 'organization'
