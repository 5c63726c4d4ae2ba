-- Read models: disposable, rebuilt from the log; the application may do everything with their rows.
CREATE SCHEMA read AUTHORIZATION read_owner;
GRANT USAGE ON SCHEMA read TO tallybook_app;

-- A projection's tables come later, made by the admin or as read_owner; either way the application may write them.
ALTER DEFAULT PRIVILEGES IN SCHEMA read
  GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO tallybook_app;
ALTER DEFAULT PRIVILEGES FOR ROLE read_owner IN SCHEMA read
  GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO tallybook_app;

SET LOCAL ROLE read_owner;

-- How far each projection has come; moved in the transaction that writes its rows.
CREATE TABLE read.checkpoints (
  projection text        COLLATE "C" PRIMARY KEY,
  position   bigint      NOT NULL,
  epoch      integer     NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT now()
);
