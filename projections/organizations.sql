CREATE TABLE IF NOT EXISTS read.organizations_v2 (
  id           uuid        PRIMARY KEY,
  organization uuid        NOT NULL,
  name         text        NOT NULL,
  type         text        COLLATE "C" NOT NULL,
  parent       uuid,
  active       boolean     NOT NULL,
  chosen       jsonb       NOT NULL,
  created_at   timestamptz NOT NULL,
  version      bigint      NOT NULL
);
CREATE INDEX IF NOT EXISTS organizations_v2_name ON read.organizations_v2 (name, id);
CREATE INDEX IF NOT EXISTS organizations_v2_parent ON read.organizations_v2 (parent, name, id);
