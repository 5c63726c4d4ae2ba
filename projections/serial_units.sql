CREATE TABLE IF NOT EXISTS read.serial_units_v1 (
  id           uuid        PRIMARY KEY,
  organization uuid        NOT NULL,
  product      uuid        NOT NULL,
  serial       text        COLLATE "C" NOT NULL,
  lot          text,
  condition    text        NOT NULL,
  status       text        NOT NULL,
  warehouse    uuid,
  place        uuid,
  reason       text        NOT NULL,
  since        timestamptz NOT NULL,
  version      bigint      NOT NULL
);
CREATE INDEX IF NOT EXISTS serial_units_v1_product ON read.serial_units_v1 (organization, product, serial);
CREATE INDEX IF NOT EXISTS serial_units_v1_serial ON read.serial_units_v1 (organization, serial);
