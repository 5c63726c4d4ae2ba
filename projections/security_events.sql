CREATE TABLE IF NOT EXISTS read.security_events_v2 (
  position     bigint      PRIMARY KEY,
  organization uuid        NOT NULL,
  type         text        COLLATE "C" NOT NULL,
  member       uuid,
  actor        uuid        NOT NULL,
  session      uuid,
  source       text,
  failures     bigint,
  until        timestamptz,
  permission   text,
  reason       text,
  rule         text,
  subject      uuid,
  roles        jsonb,
  recorded_at  timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS security_events_v2_organization ON read.security_events_v2 (organization, position);
CREATE INDEX IF NOT EXISTS security_events_v2_member ON read.security_events_v2 (member, position);
