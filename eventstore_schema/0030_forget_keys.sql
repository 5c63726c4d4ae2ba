-- Answers to repeated requests are kept for 30 days. The application may forget older ones, some at a time.
SET LOCAL ROLE es_owner;

CREATE FUNCTION es.forget_keys(most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  forgotten integer;
BEGIN
  DELETE FROM es.idempotency_keys
   WHERE ctid = ANY (ARRAY(SELECT k.ctid FROM es.idempotency_keys k
                            WHERE k.recorded_at < now() - interval '30 days' LIMIT most));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION es.forget_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.forget_keys TO tallybook_app;
