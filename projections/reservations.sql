CREATE TABLE IF NOT EXISTS read.reservations_v1 (
  pool            uuid        NOT NULL,
  number          bigint      NOT NULL,
  organization    uuid        NOT NULL,
  quantity        numeric     NOT NULL,
  order_reference text        NOT NULL,
  expires_at      timestamptz,
  PRIMARY KEY (pool, number)
);
CREATE INDEX IF NOT EXISTS reservations_v1_expires_at ON read.reservations_v1 (expires_at)
  WHERE expires_at IS NOT NULL;
