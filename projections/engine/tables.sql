-- name: parking
-- Streams whose events from `position` on a projection skips; health shows them, a rebuild cures them.
CREATE TABLE IF NOT EXISTS read.parked (
  projection text        COLLATE "C" NOT NULL,
  stream_id  uuid        NOT NULL,
  position   bigint      NOT NULL,
  error      text        NOT NULL,
  since      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (projection, stream_id)
);

-- name: start
-- A new projection starts in as many shards as the others are followed in.
INSERT INTO read.checkpoints (projection, position, shard, shards)
SELECT $1, 0, shard, shards
  FROM (SELECT coalesce(max(shards), 1)::int FROM read.checkpoints) AS others (shards),
       generate_series(1, shards) AS shard
 WHERE NOT EXISTS (SELECT FROM read.checkpoints WHERE projection = $1)

-- name: versions
-- One row per event that changed a row: `as_of` is the event's position, `gone` says that it took the row away.
-- Only ever added to.
CREATE TABLE {versions} (
  LIKE {table},
  as_of bigint  NOT NULL,
  gone  boolean NOT NULL,
  PRIMARY KEY ({keys}, as_of)
);
CREATE INDEX ON {versions} (organization, as_of) WHERE gone;

-- name: secured
SELECT relrowsecurity FROM pg_class WHERE oid = $1::text::regclass

-- name: secure
-- The application sees every row, an analyst those of his organization, and nobody else any.
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY application ON {table} TO tallybook_app USING (true) WITH CHECK (true);
CREATE POLICY analyst ON {table} FOR SELECT TO tallybook_analyst
  USING (organization = (SELECT identity.analyst_organization()));
GRANT SELECT ON {table} TO tallybook_analyst;

-- name: tables
SELECT relname::text AS name
  FROM pg_class
 WHERE relnamespace = 'read'::regnamespace AND relkind = 'r' AND relname ~ $1

-- name: load
-- LATERAL … LIMIT 1: one index probe per key, whatever the planner thinks of the table's size.
SELECT {found}
  FROM unnest({key_arrays}) AS wanted ({keys}),
       LATERAL (SELECT * FROM {table} t WHERE {matches} LIMIT 1) AS found

-- name: insert
INSERT INTO {table} ({columns})
SELECT * FROM unnest({arrays})

-- name: upsert
INSERT INTO {table} ({columns})
SELECT * FROM unnest({arrays})
ON CONFLICT ({keys}) DO {resolution}

-- name: delete
DELETE FROM {table} AS t
 USING unnest({key_arrays}) AS wanted ({keys})
 WHERE {matches}
