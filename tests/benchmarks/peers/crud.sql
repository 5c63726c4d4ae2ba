-- name: make
-- What a careful CRUD design keeps: the balance, who has what, and an audit row for each change.
CREATE SCHEMA crud;
CREATE TABLE crud.members (id uuid PRIMARY KEY, organization_id uuid NOT NULL, name text NOT NULL,
                           permissions text[] NOT NULL);
CREATE TABLE crud.sessions (token text PRIMARY KEY, member_id uuid NOT NULL REFERENCES crud.members,
                            expires_at timestamptz NOT NULL);
CREATE TABLE crud.stock (id uuid PRIMARY KEY, organization_id uuid NOT NULL, product_id uuid NOT NULL,
                         warehouse_id uuid NOT NULL, on_hand numeric(15, 3) NOT NULL CHECK (on_hand >= 0),
                         reserved numeric(15, 3) NOT NULL DEFAULT 0, issued numeric(15, 3) NOT NULL DEFAULT 0,
                         quarantine numeric(15, 3) NOT NULL DEFAULT 0, version integer NOT NULL DEFAULT 1);
CREATE TABLE crud.audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stock_id uuid NOT NULL,
                         actor uuid NOT NULL, action text NOT NULL, member_id uuid NOT NULL,
                         quantity numeric(15, 3) NOT NULL, on_hand numeric(15, 3) NOT NULL, reason text NOT NULL,
                         at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON crud.audit (stock_id, id);
CREATE TABLE crud.keys (member_id uuid, key text, request_hash bytea NOT NULL, answer bytea NOT NULL,
                        at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (member_id, key));
INSERT INTO crud.stock (id, organization_id, product_id, warehouse_id, on_hand)
SELECT stream_id, organization_id, (convert_from(payload, 'UTF8')::json ->> 'product')::uuid,
       (convert_from(payload, 'UTF8')::json ->> 'warehouse')::uuid, 100000000
  FROM es.events WHERE event_type = 'pool_stock.created';
INSERT INTO crud.audit (stock_id, actor, action, member_id, quantity, on_hand, reason)
SELECT stream_id, actor, event_type, actor, 1, 1, 'work' FROM es.events WHERE stream_type = 'pool_stock' ORDER BY position;
INSERT INTO crud.members
SELECT id, organization_id, name, '{stock:issue,stock:read}' FROM identity.members;
VACUUM ANALYZE crud.stock;
VACUUM ANALYZE crud.audit

-- name: issue
WITH issued AS (
  UPDATE crud.stock SET on_hand = on_hand - $2, issued = issued + $2, version = version + 1
   WHERE id = $1 AND on_hand - reserved >= $2
  RETURNING id, on_hand
)
INSERT INTO crud.audit (stock_id, actor, action, member_id, quantity, on_hand, reason)
SELECT id, $3, 'issue', $3, $2, on_hand, $4 FROM issued
RETURNING on_hand
