-- Which values are taken now, by which stream: derived from the log, and written with it.
SET LOCAL ROLE es_owner;

CREATE TABLE es.claims (
  organization_id uuid NOT NULL,
  kind            text COLLATE "C" NOT NULL,
  value           text COLLATE "C" NOT NULL CHECK (octet_length(value) <= 400),
  stream_id       uuid NOT NULL,
  CONSTRAINT claims_value PRIMARY KEY (organization_id, kind, value)
) WITH (fillfactor = 90);

GRANT SELECT ON es.claims TO tallybook_app;
