-- name: make
-- What a careful CRUD design keeps: the balance, who has what, and an audit row for each change.
CREATE SCHEMA crud;
CREATE TABLE crud.members (id uuid PRIMARY KEY, organization_id uuid NOT NULL, name text NOT NULL,
                           permissions text[] NOT NULL);
CREATE TABLE crud.sessions (token text PRIMARY KEY, member_id uuid NOT NULL REFERENCES crud.members,
                            expires_at timestamptz NOT NULL);
CREATE TABLE crud.warehouses (id uuid PRIMARY KEY, code text NOT NULL);
CREATE TABLE crud.products (id uuid PRIMARY KEY, sku text NOT NULL, name text NOT NULL, unit text NOT NULL);
CREATE TABLE crud.stock (id uuid PRIMARY KEY, organization_id uuid NOT NULL,
                         product_id uuid NOT NULL REFERENCES crud.products,
                         warehouse_id uuid NOT NULL REFERENCES crud.warehouses, location text NOT NULL,
                         on_hand numeric(15, 3) NOT NULL CHECK (on_hand >= 0),
                         reserved numeric(15, 3) NOT NULL DEFAULT 0, issued numeric(15, 3) NOT NULL DEFAULT 0,
                         quarantine numeric(15, 3) NOT NULL DEFAULT 0, version integer NOT NULL DEFAULT 1,
                         updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE crud.issuances (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                             stock_id uuid NOT NULL REFERENCES crud.stock,
                             member_id uuid NOT NULL REFERENCES crud.members, quantity numeric(15, 3) NOT NULL,
                             reason text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE crud.reservations (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                                stock_id uuid NOT NULL REFERENCES crud.stock, order_reference text NOT NULL,
                                quantity numeric(15, 3) NOT NULL, expires_at timestamptz);
CREATE TABLE crud.audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stock_id uuid NOT NULL,
                         actor uuid NOT NULL, action text NOT NULL, member_id uuid NOT NULL,
                         quantity numeric(15, 3) NOT NULL, on_hand numeric(15, 3) NOT NULL, reason text NOT NULL,
                         at timestamptz NOT NULL DEFAULT now());
CREATE TABLE crud.keys (member_id uuid, key text, request_hash bytea NOT NULL, answer bytea NOT NULL,
                        at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (member_id, key));
INSERT INTO crud.members
SELECT id, organization_id, name, '{stock:issue,stock:read}' FROM identity.members;
INSERT INTO crud.sessions SELECT 'a token of the peers, opaque and as long as one is', id, 'infinity' FROM crud.members;
INSERT INTO crud.warehouses SELECT DISTINCT (convert_from(payload, 'UTF8')::json ->> 'warehouse')::uuid, 'MAIN'
  FROM es.events WHERE event_type = 'pool_stock.created';
INSERT INTO crud.products SELECT stream_id, convert_from(payload, 'UTF8')::json ->> 'sku', 'Product', 'each'
  FROM es.events WHERE event_type = 'product.created';
INSERT INTO crud.stock (id, organization_id, product_id, warehouse_id, location, on_hand)
SELECT stream_id, organization_id, (convert_from(payload, 'UTF8')::json ->> 'product')::uuid,
       (convert_from(payload, 'UTF8')::json ->> 'warehouse')::uuid, '', 100000000
  FROM es.events WHERE event_type = 'pool_stock.created';
INSERT INTO crud.issuances (stock_id, member_id, quantity, reason)
SELECT s.id, m.id, 2, 'work' FROM crud.stock s, crud.members m, generate_series(1, 3);
INSERT INTO crud.audit (stock_id, actor, action, member_id, quantity, on_hand, reason)
SELECT stream_id, actor, event_type, actor, 1, 1, 'work'
  FROM es.events WHERE stream_type = 'pool_stock' ORDER BY position;
CREATE INDEX ON crud.issuances (stock_id, id);
CREATE INDEX ON crud.reservations (stock_id, id);
CREATE INDEX ON crud.audit (stock_id, id);
VACUUM ANALYZE

-- name: issue
WITH issued AS (
  UPDATE crud.stock SET on_hand = on_hand - $2, issued = issued + $2, version = version + 1
   WHERE id = $1 AND on_hand - reserved >= $2
  RETURNING id, on_hand
)
INSERT INTO crud.audit (stock_id, actor, action, member_id, quantity, on_hand, reason)
SELECT id, $3, 'issue', $3, $2, on_hand, $4 FROM issued
RETURNING on_hand

-- name: session
SELECT m.id, m.organization_id, m.permissions
  FROM crud.sessions s JOIN crud.members m ON m.id = s.member_id
 WHERE s.token = $1 AND s.expires_at > now()

-- name: lock
SELECT on_hand, reserved, issued, quarantine, version, product_id, warehouse_id
  FROM crud.stock WHERE id = $1 AND organization_id = $2 FOR UPDATE

-- name: write
WITH changed AS (
  UPDATE crud.stock SET on_hand = $2, issued = $3, version = version + 1, updated_at = now() WHERE id = $1
), kept AS (
  INSERT INTO crud.keys (member_id, key, request_hash, answer) VALUES ($4, $5, $6, $7)
)
INSERT INTO crud.audit (stock_id, actor, action, member_id, quantity, on_hand, reason)
VALUES ($1, $4, 'issue', $8, $9, $2, $10)

-- name: answered
SELECT request_hash, answer FROM crud.keys WHERE member_id = $1 AND key = $2
