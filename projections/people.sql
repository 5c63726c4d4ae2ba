CREATE TABLE IF NOT EXISTS read.members_v1 (
  id           uuid        PRIMARY KEY,
  organization uuid        NOT NULL,
  roles        jsonb       NOT NULL,
  warehouses   jsonb       NOT NULL,
  active       boolean     NOT NULL,
  erased       boolean     NOT NULL,
  added_at     timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS members_v1_organization ON read.members_v1 (organization, id);
