CREATE TABLE IF NOT EXISTS read.stock_levels_v1 (
  id           uuid        PRIMARY KEY,
  organization uuid        NOT NULL,
  warehouse    uuid        NOT NULL,
  place        uuid        NOT NULL,
  location     text        COLLATE "C" NOT NULL,
  product      uuid        NOT NULL,
  on_hand      numeric     NOT NULL,
  reserved     numeric     NOT NULL,
  issued       numeric     NOT NULL,
  quarantine   numeric     NOT NULL,
  threshold    numeric,
  maximum      numeric,
  bin          text        NOT NULL,
  note         text        NOT NULL,
  version      bigint      NOT NULL,
  updated_at   timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS stock_levels_v1_warehouse ON read.stock_levels_v1 (warehouse, product);
CREATE INDEX IF NOT EXISTS stock_levels_v1_product ON read.stock_levels_v1 (organization, product);
