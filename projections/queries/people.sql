-- name: me
SELECT username, name, email_verified_at IS NOT NULL AS email_verified, new_username
  FROM identity.members WHERE organization_id = $1 AND id = $2
