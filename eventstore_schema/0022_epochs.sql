-- The log's epochs. A database that was restored to an earlier point goes on in a new epoch, so that a position of the
-- future that it lost is never taken for one of the future that it has. Numbers do not repeat over a lost future
-- either: after the first they are seconds of the clock. A position p of an epoch is still in the log where p is not
-- beyond `began_after` of the epoch that followed.
SET LOCAL ROLE es_owner;

CREATE TABLE es.epochs (
  epoch             bigint      PRIMARY KEY,
  began_after       bigint      NOT NULL,  -- the log's last position at that time
  began_at          timestamptz NOT NULL,
  system_identifier bigint      NOT NULL,  -- of the server that it began on
  timeline          integer     NOT NULL,  -- that this server was on
  reason            text        NOT NULL
);

-- What tells one run of a server from what a recovery made of it. The newest log file knows the timeline at once,
-- the control file only after a checkpoint.
CREATE FUNCTION es.server(OUT system_identifier bigint, OUT timeline integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT ROW(c.system_identifier, ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer)
          FROM pg_control_system() c);

INSERT INTO es.epochs SELECT 1, 0, now(), s.system_identifier, s.timeline, 'the first' FROM es.server() s;

CREATE TRIGGER epochs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON es.epochs
  FOR EACH STATEMENT EXECUTE FUNCTION es.refuse_change();
ALTER TABLE es.epochs ENABLE ALWAYS TRIGGER epochs_append_only;

-- Begins the epoch that follows on the one named; false where it has begun already, as several find the same loss.
CREATE FUNCTION es.begin_epoch(following bigint, why text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'es.begin_epoch needs read committed' USING ERRCODE = 'active_sql_transaction';
  END IF;
  PERFORM pg_advisory_xact_lock(7236001);  -- the log's: no append comes between
  INSERT INTO es.epochs
  SELECT greatest(following + 1, floor(extract(epoch FROM clock_timestamp()))::bigint),
         (SELECT coalesce(max(e.position), 0) FROM es.events e), clock_timestamp(), s.system_identifier, s.timeline, why
    FROM es.server() s
   WHERE following = (SELECT max(e.epoch) FROM es.epochs e);
  RETURN FOUND;
END $$;

GRANT SELECT ON es.epochs TO tallybook_app;
REVOKE ALL ON FUNCTION es.begin_epoch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.begin_epoch TO tallybook_app;

-- A checkpoint is of the log only while the log's event there is the one that was projected.
RESET ROLE;
ALTER TABLE read.checkpoints ADD recorded_at timestamptz, DROP epoch;
UPDATE read.checkpoints c SET recorded_at = e.recorded_at FROM es.events e WHERE e.position = c.position;
