-- name: put
INSERT INTO identity.mails (id, organization_id, recipient, subject, text, made_at, due_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
ON CONFLICT (id) DO NOTHING

-- name: take
UPDATE identity.mails SET attempts = attempts + 1, due_at = $2
 WHERE id = ANY (ARRAY(SELECT id FROM identity.mails
                        WHERE due_at <= $1 AND sent_at IS NULL AND expires_at > $1
                        ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED))
RETURNING id, organization_id, recipient, subject, text, expires_at, made_at, attempts

-- name: sent
UPDATE identity.mails
   SET sent_at = $2, due_at = NULL, recipient = NULL, subject = NULL, text = NULL
 WHERE id = $1

-- name: put_off
-- Unless somebody else has taken it since.
UPDATE identity.mails SET due_at = $4, last_error = $3
 WHERE id = $1 AND attempts = $2 AND due_at IS NOT NULL

-- name: give_up
UPDATE identity.mails
   SET last_error = $3, due_at = NULL, recipient = NULL, subject = NULL, text = NULL
 WHERE id = $1 AND attempts = $2 AND due_at IS NOT NULL

-- name: forget
DELETE FROM identity.mails
 WHERE id = ANY (ARRAY(SELECT id FROM identity.mails
                        WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING id, organization_id, attempts, due_at IS NOT NULL AS waited

-- name: unsent
SELECT count(due_at) AS waiting, count(*) - count(due_at) AS given_up
  FROM identity.mails WHERE sent_at IS NULL AND expires_at > $1

-- name: newest
SELECT id, made_at, expires_at, due_at, attempts, last_error, sent_at, recipient, subject, text
  FROM identity.mails WHERE expires_at > $1
 ORDER BY made_at DESC, id DESC LIMIT $2
