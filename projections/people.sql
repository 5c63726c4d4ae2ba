CREATE TABLE IF NOT EXISTS read.organizations_v1 (
  id           uuid        PRIMARY KEY,
  organization uuid        NOT NULL,
  name         text        NOT NULL,
  type         text        COLLATE "C" NOT NULL,
  parent       uuid,
  active       boolean     NOT NULL,
  created_at   timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS organizations_v1_parent ON read.organizations_v1 (parent);

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
