-- Streams whose events from `position` on a projection skips; health shows them, a rebuild cures them.
CREATE TABLE IF NOT EXISTS read.parked (
  projection text        COLLATE "C" NOT NULL,
  stream_id  uuid        NOT NULL,
  position   bigint      NOT NULL,
  error      text        NOT NULL,
  since      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (projection, stream_id)
);
