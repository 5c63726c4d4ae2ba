-- name: me
SELECT m.username, m.name, m.roles, o.name AS organization_name
  FROM identity.members m
  JOIN identity.organizations o ON o.id = m.organization_id
 WHERE m.organization_id = $1 AND m.id = $2
