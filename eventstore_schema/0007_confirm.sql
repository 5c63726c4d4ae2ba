-- Tells in one snapshot whether a refusal was decided on current state: the answer that the key already got, or
-- else the events that the seen streams have beyond the seen versions. No row: nothing was missed.
SET LOCAL ROLE es_owner;

CREATE FUNCTION es.confirm(
  k_organization uuid, k_actor uuid, k_key text, k_request_hash bytea,  -- k_key is null when the command has none
  s_stream uuid[], s_seen int[]
) RETURNS TABLE (
  outcome   text,     -- replayed | key_reused | event
  stream_id uuid,     -- replayed: what the first answer shows
  version   integer,  -- replayed: that stream's version then
  "position" bigint,  -- replayed: the log's position then
  event     es.events -- event
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
  WITH answered AS MATERIALIZED (
    SELECT CASE WHEN k.request_hash = k_request_hash THEN 'replayed' ELSE 'key_reused' END AS outcome,
           k.stream_id, k.version, k.position
      FROM es.idempotency_keys k
     WHERE k.organization_id = k_organization AND k.actor = k_actor AND k.key = k_key
  )
  SELECT a.outcome, a.stream_id, a.version, a.position, NULL::es.events FROM answered a
  UNION ALL
  (SELECT 'event', NULL, NULL, NULL, e.event
     FROM unnest(s_stream, s_seen) WITH ORDINALITY s(stream, seen, no)
     JOIN LATERAL (SELECT x AS event, x.version FROM es.events x
                    WHERE x.stream_id = s.stream AND x.version > s.seen) e ON true
    WHERE NOT EXISTS (SELECT FROM answered)
    ORDER BY s.no, e.version);
END;

REVOKE ALL ON FUNCTION es.confirm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.confirm TO tallybook_app;
