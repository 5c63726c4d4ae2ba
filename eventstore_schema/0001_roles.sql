-- Roles belong to the cluster, not to the database. The first database to be migrated makes them all in one go,
-- and a migration that loses the race finds them complete when its wait for the winner ends.
DO $$
BEGIN
  IF to_regrole('tallybook_app') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE ROLE es_owner NOLOGIN;
  CREATE ROLE read_owner NOLOGIN;
  CREATE ROLE identity_owner NOLOGIN;
  GRANT es_owner, read_owner, identity_owner TO CURRENT_USER;  -- the admin need not be a superuser

  CREATE ROLE tallybook_app LOGIN;
  -- Set on the role, because a connection pooler drops what a client sets at start-up.
  ALTER ROLE tallybook_app SET lock_timeout = '2s';
  ALTER ROLE tallybook_app SET statement_timeout = '5s';
  ALTER ROLE tallybook_app SET idle_in_transaction_session_timeout = '1s';
  IF current_setting('server_version_num')::int >= 170000 THEN
    ALTER ROLE tallybook_app SET transaction_timeout = '6s';
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
