-- name: make
CREATE TABLE levels (id uuid PRIMARY KEY, version integer NOT NULL, updated_at timestamptz NOT NULL,
                     organization uuid NOT NULL, warehouse uuid NOT NULL, place uuid NOT NULL, product uuid NOT NULL,
                     on_hand numeric NOT NULL DEFAULT 0, reserved numeric NOT NULL DEFAULT 0,
                     issued numeric NOT NULL DEFAULT 0, quarantine numeric NOT NULL DEFAULT 0);
CREATE INDEX ON levels (organization, warehouse);
CREATE INDEX ON levels (product);
CREATE TABLE progress (position bigint NOT NULL);
INSERT INTO progress VALUES (0)

-- name: clear
TRUNCATE levels

-- name: created
INSERT INTO levels (id, version, updated_at, organization, warehouse, place, product)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at

-- name: moved
UPDATE levels
   SET version = $2, updated_at = $3, on_hand = on_hand + $4, quarantine = quarantine + $5, issued = issued + $6
 WHERE id = $1

-- name: advance
UPDATE progress SET position = $1
