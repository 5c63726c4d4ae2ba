-- The log: the only truth. Positions are gapless and in commit order; es.append is the only writer.
CREATE SCHEMA es AUTHORIZATION es_owner;
SET LOCAL ROLE es_owner;

CREATE TABLE es.events (
  position        bigint      NOT NULL,
  recorded_at     timestamptz NOT NULL,  -- set under the append lock, strictly increasing
  occurred_at     timestamptz NOT NULL,  -- the physical time; a device may have been offline
  organization_id uuid        NOT NULL,
  stream_id       uuid        NOT NULL,
  version         integer     NOT NULL CHECK (version > 0),
  event_schema    smallint    NOT NULL,
  stream_type     text        COLLATE "C" NOT NULL,
  event_type      text        COLLATE "C" NOT NULL,
  event_id        uuid        NOT NULL,
  correlation_id  uuid        NOT NULL,
  causation_id    uuid,
  actor           uuid        NOT NULL,
  -- A bigger event would not fit through the relay and would stop it for good.
  payload         bytea       NOT NULL CONSTRAINT events_payload_size CHECK (octet_length(payload) <= 65536),
  CONSTRAINT events_position PRIMARY KEY (position),
  CONSTRAINT events_stream_version UNIQUE (stream_id, version)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);

-- Uncompressed: hashes and reads want the bytes as they are.
ALTER TABLE es.events ALTER payload SET STORAGE EXTERNAL;

GRANT USAGE ON SCHEMA es TO tallybook_app;
GRANT SELECT ON es.events TO tallybook_app;
