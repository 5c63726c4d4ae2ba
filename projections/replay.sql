CREATE TABLE IF NOT EXISTS read.replay_v1 (
  position     bigint PRIMARY KEY,
  organization uuid   NOT NULL,
  session      uuid   NOT NULL,
  item         uuid
);
CREATE INDEX IF NOT EXISTS replay_v1_session ON read.replay_v1 (session, position);
CREATE INDEX IF NOT EXISTS replay_v1_item ON read.replay_v1 (session, item, position);
