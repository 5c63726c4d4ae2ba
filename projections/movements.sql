CREATE TABLE IF NOT EXISTS read.movements_v1 (
  position         bigint      PRIMARY KEY,
  organization     uuid        NOT NULL,
  warehouse        uuid        NOT NULL,
  product          uuid        NOT NULL,
  place            uuid        NOT NULL,
  pool             uuid        NOT NULL,
  type             text        NOT NULL,
  delta            numeric     NOT NULL,
  on_hand          numeric     NOT NULL,
  quarantine_delta numeric     NOT NULL,
  quarantine       numeric     NOT NULL,
  occurred_at      timestamptz NOT NULL,
  recorded_at      timestamptz NOT NULL,
  actor            uuid        NOT NULL,
  reason           text        NOT NULL,
  member           uuid,
  session          uuid,
  unit_cost        numeric
);
CREATE INDEX IF NOT EXISTS movements_v1_pool ON read.movements_v1 (pool, position);
CREATE INDEX IF NOT EXISTS movements_v1_occurred ON read.movements_v1 (pool, occurred_at);
CREATE INDEX IF NOT EXISTS movements_v1_organization ON read.movements_v1 (organization, position);
CREATE INDEX IF NOT EXISTS movements_v1_product ON read.movements_v1 (warehouse, product, pool);
CREATE INDEX IF NOT EXISTS movements_v1_part ON read.movements_v1 (product, position);
CREATE INDEX IF NOT EXISTS movements_v1_place ON read.movements_v1 (place, position);
CREATE INDEX IF NOT EXISTS movements_v1_session ON read.movements_v1 (session, position) WHERE session IS NOT NULL;
