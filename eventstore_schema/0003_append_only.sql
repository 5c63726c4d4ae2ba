-- What is in the log stays: not even its owner can change it while the trigger stands.
SET LOCAL ROLE es_owner;

CREATE FUNCTION es.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
REVOKE ALL ON FUNCTION es.refuse_change FROM PUBLIC;

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON es.events
  FOR EACH STATEMENT EXECUTE FUNCTION es.refuse_change();
-- ALWAYS: session_replication_role = replica would switch an ordinary trigger off.
ALTER TABLE es.events ENABLE ALWAYS TRIGGER events_append_only;
