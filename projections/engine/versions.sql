-- One row per event that changed a row: `as_of` is the event's position, `gone` says that it took the row away.
-- Only ever added to.
CREATE TABLE {versions} (
  LIKE {table},
  as_of bigint  NOT NULL,
  gone  boolean NOT NULL,
  PRIMARY KEY ({keys}, as_of)
);
CREATE INDEX ON {versions} (organization, as_of) WHERE gone;
