CREATE TABLE IF NOT EXISTS read.session_items_v1 (
  id              uuid    PRIMARY KEY,
  organization    uuid    NOT NULL,
  session         uuid    NOT NULL,
  item            uuid    NOT NULL,
  warehouse       uuid    NOT NULL,
  found           boolean NOT NULL,
  shelves         jsonb   NOT NULL,
  lock_holder     uuid,
  lock_expires_at timestamptz,
  lock_activation bigint,
  posted          jsonb,
  posted_position bigint
);
CREATE INDEX IF NOT EXISTS session_items_v1_session ON read.session_items_v1 (session, id);

CREATE TABLE IF NOT EXISTS read.count_lines_v1 (
  item_count   uuid        NOT NULL,
  number       bigint      NOT NULL,
  organization uuid        NOT NULL,
  session      uuid        NOT NULL,
  item         uuid        NOT NULL,
  counter      uuid        NOT NULL,
  shelf        text        COLLATE "C" NOT NULL,
  place        uuid        NOT NULL,
  lot          text,
  expiry       date,
  bucket       text        NOT NULL,
  quantity     numeric     NOT NULL,
  entries      jsonb       NOT NULL,
  counted_at   timestamptz NOT NULL,
  captured     numeric     NOT NULL,
  note         text        NOT NULL,
  position     bigint      NOT NULL,
  PRIMARY KEY (item_count, number)
);
CREATE INDEX IF NOT EXISTS count_lines_v1_session ON read.count_lines_v1 (session, position);
