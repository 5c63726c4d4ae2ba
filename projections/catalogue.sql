CREATE TABLE IF NOT EXISTS read.places_v2 (
  id           uuid PRIMARY KEY,
  organization uuid NOT NULL,
  code         text COLLATE "C" NOT NULL,
  name         text NOT NULL,
  kind         text NOT NULL,
  warehouse    uuid NOT NULL,
  timezone     text NOT NULL,
  active       boolean NOT NULL,
  closing      boolean NOT NULL,
  version      bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS places_v2_warehouse ON read.places_v2 (organization, warehouse, code);

CREATE INDEX IF NOT EXISTS places_v2_closing ON read.places_v2 (id) WHERE closing;

CREATE TABLE IF NOT EXISTS read.products_v1 (
  id             uuid    PRIMARY KEY,
  organization   uuid    NOT NULL,
  sku            text    COLLATE "C" NOT NULL,
  name           text    NOT NULL,
  classification text    NOT NULL,
  category       text    NOT NULL,
  unit           text    NOT NULL,
  packs          jsonb   NOT NULL,
  barcodes       jsonb   NOT NULL,
  threshold      numeric,
  unit_cost      numeric,
  proprietary    boolean NOT NULL,
  unlimited      boolean NOT NULL
);
CREATE INDEX IF NOT EXISTS products_v1_sku ON read.products_v1 (organization, sku);

CREATE TABLE IF NOT EXISTS read.valuations_v1 (
  product      uuid    PRIMARY KEY,
  organization uuid    NOT NULL,
  quantity     numeric NOT NULL,
  value        numeric NOT NULL,
  average      numeric
);
