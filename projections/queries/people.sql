-- name: me
SELECT username, name FROM identity.members WHERE organization_id = $1 AND id = $2
