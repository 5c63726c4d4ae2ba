CREATE TABLE IF NOT EXISTS read.issuances_v1 (
  pool         uuid        NOT NULL,
  number       bigint      NOT NULL,
  organization uuid        NOT NULL,
  member       uuid        NOT NULL,
  product      uuid        NOT NULL,
  quantity     numeric     NOT NULL,
  issued_at    timestamptz NOT NULL,
  reason       text        NOT NULL,
  PRIMARY KEY (pool, number)
);
CREATE INDEX IF NOT EXISTS issuances_v1_member ON read.issuances_v1 (organization, member);
