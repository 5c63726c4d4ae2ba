CREATE TABLE IF NOT EXISTS read.members_v1 (
  id             uuid        PRIMARY KEY,
  organization   uuid        NOT NULL,
  version        bigint      NOT NULL,
  roles          jsonb       NOT NULL,
  warehouses     jsonb       NOT NULL,
  active         boolean     NOT NULL,
  erased         boolean     NOT NULL,
  invited_until  timestamptz,
  locked_until   timestamptz,
  last_log_in_at timestamptz,
  added_at       timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS members_v1_organization ON read.members_v1 (organization, id);
