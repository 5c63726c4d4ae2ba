-- Snapshots of aggregates with long streams: a cache, which may be emptied at any time.
SET LOCAL ROLE read_owner;

CREATE TABLE read.snapshots (
  stream_id       uuid        NOT NULL,
  code            text        COLLATE "C" NOT NULL,  -- the code that folded it: no other may use it
  version         integer     NOT NULL,
  recorded_at     timestamptz NOT NULL,              -- of the event of that version: a restored log may have another
  organization_id uuid        NOT NULL,
  state           bytea       NOT NULL,
  PRIMARY KEY (stream_id, code)
);
