-- name: organizations
SELECT id, name, type, parent, active, created_at, version
  FROM read.organizations_v2
 WHERE ($1 OR id = $2 OR parent = $2)
   AND ($3::text IS NULL OR type = $3)
   AND ($4::uuid IS NULL OR parent = $4)
   AND ($5::boolean IS NULL OR active = $5)
   AND ($6::text IS NULL OR (name, id) > ($6, $7::uuid))
 ORDER BY name, id
 LIMIT $8

-- name: organization
SELECT id, name, type, parent, active, created_at, version, chosen
  FROM read.organizations_v2
 WHERE id = $3 AND ($1 OR id = $2 OR parent = $2)

-- name: children
SELECT id, name, type, parent, active, created_at, version
  FROM read.organizations_v2
 WHERE parent = $3 AND ($1 OR id = $2 OR parent = $2)
 ORDER BY name, id
 LIMIT $4
