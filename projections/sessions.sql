CREATE TABLE IF NOT EXISTS read.sessions_v1 (
  id               uuid        PRIMARY KEY,
  organization     uuid        NOT NULL,
  code             text        COLLATE "C" NOT NULL,
  status           text        NOT NULL,
  warehouse        uuid        NOT NULL,
  name             text        NOT NULL,
  notes            text        NOT NULL,
  is_multi_user    boolean     NOT NULL,
  blind            boolean     NOT NULL,
  claims_shelves   boolean     NOT NULL,
  creator          uuid        NOT NULL,
  counters         jsonb       NOT NULL,
  shelves          jsonb       NOT NULL,
  scope            jsonb       NOT NULL,
  items            bigint      NOT NULL,
  activation       bigint      NOT NULL,
  paused           boolean     NOT NULL,
  totals           jsonb,
  created_at       timestamptz NOT NULL,
  started_at       timestamptz,
  started_position bigint,
  ended_at         timestamptz,
  ended_position   bigint,
  version          bigint      NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_v1_organization ON read.sessions_v1 (organization, created_at);
CREATE INDEX IF NOT EXISTS sessions_v1_posting ON read.sessions_v1 (id) WHERE status = 'POSTING';
