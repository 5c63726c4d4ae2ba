CREATE TABLE IF NOT EXISTS read.toy_balances_v1 (
  bank         uuid NOT NULL,
  organization uuid NOT NULL,
  owner    text        COLLATE "C" NOT NULL,
  balance  numeric     NOT NULL CONSTRAINT toy_balance_bounded CHECK (balance < 1000000),
  since    timestamptz NOT NULL,
  amounts  jsonb       NOT NULL,
  position bigint      NOT NULL,
  largest  numeric,
  PRIMARY KEY (bank, owner)
);

CREATE TABLE IF NOT EXISTS read.toy_movements_v1 (
  position bigint  PRIMARY KEY,
  owner    text    COLLATE "C" NOT NULL,
  amount   numeric NOT NULL
);
