-- The position of the last event recorded by an instant: what the log was then. Null for an instant that is still to
-- come, because the answer never changes again. recorded_at strictly increases, so a search by position finds it.
SET LOCAL ROLE es_owner;

CREATE FUNCTION es.position_at(instant timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off  -- the plan is cached, perhaps from an empty log
AS $$
DECLARE
  earlier bigint := 0;    -- recorded by the instant, or before the log
  later   bigint;         -- recorded behind it
  middle  bigint;
  at      timestamptz;
BEGIN
  SELECT e.position, e.recorded_at INTO later, at FROM es.events e ORDER BY e.position DESC LIMIT 1;
  IF at IS NULL OR instant > at THEN
    -- An append that is not committed may already have its time: with the lock there is none.
    PERFORM pg_advisory_xact_lock_shared(7236001);
    IF instant >= clock_timestamp() THEN
      RETURN NULL;
    END IF;
    SELECT e.position, e.recorded_at INTO later, at FROM es.events e ORDER BY e.position DESC LIMIT 1;
  END IF;
  IF at IS NULL OR instant >= at THEN
    RETURN coalesce(later, 0);
  END IF;
  WHILE later - earlier > 1 LOOP
    middle := (earlier + later) / 2;
    SELECT e.recorded_at INTO STRICT at FROM es.events e WHERE e.position = middle;
    IF at <= instant THEN
      earlier := middle;
    ELSE
      later := middle;
    END IF;
  END LOOP;
  RETURN earlier;
END $$;

REVOKE ALL ON FUNCTION es.position_at FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.position_at TO tallybook_app;
