CREATE TABLE IF NOT EXISTS read.toy_wide_v1 (
  "order"   text        COLLATE "C" NOT NULL,
  number    bigint      NOT NULL,
  flag      boolean     NOT NULL,
  amount    numeric     NOT NULL,
  quantity  numeric     NOT NULL,
  id        uuid        NOT NULL,
  at        timestamptz NOT NULL,
  day       date        NOT NULL,
  colour    text        NOT NULL,
  kind      text        NOT NULL,
  parts     jsonb       NOT NULL,
  counts    jsonb       NOT NULL,
  no_text   text,
  no_number bigint,
  no_amount numeric,
  no_id     uuid,
  no_time   timestamptz,
  no_day    date,
  no_colour text,
  no_part   jsonb,
  PRIMARY KEY ("order", number)
);
CREATE TABLE IF NOT EXISTS read.toy_pairs_v1 (
  "left"  bigint NOT NULL,
  "right" bigint NOT NULL,
  PRIMARY KEY ("left", "right")
);
