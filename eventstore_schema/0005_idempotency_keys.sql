-- The first answer to each request, as a stream and the version it had then; kept 30 days.
SET LOCAL ROLE es_owner;

CREATE TABLE es.idempotency_keys (
  organization_id uuid        NOT NULL,
  actor           uuid        NOT NULL,
  key             text        COLLATE "C" NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 200),
  request_hash    bytea       NOT NULL,
  stream_id       uuid        NOT NULL,
  version         integer     NOT NULL,
  position        bigint      NOT NULL,  -- of the append's last event
  recorded_at     timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_key PRIMARY KEY (organization_id, actor, key)
);
CREATE INDEX idempotency_keys_recorded_at ON es.idempotency_keys USING brin (recorded_at);

GRANT SELECT ON es.idempotency_keys TO tallybook_app;
