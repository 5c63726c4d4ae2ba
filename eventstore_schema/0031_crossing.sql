-- es.append, and an append may write, guard and claim in other organizations than its own, naming each.
-- Appends many commands in one transaction. Each is all or nothing by itself; a refused one does not disturb the
-- others. Safe for every input: at worst a needless refusal, or unique_violation and nothing written. Exact when
-- within one call
--   * an append that names a stream written by an earlier append of the call names the same organization for it,
--     expects the version that one leaves and was decided on what it writes: where that one is refused this one is
--     too, even if the version is right by now, because then it is another's event,
--   * no claim and no idempotency key occurs in two appends.
-- A stream stays with the organization of its first event: who names another for it is refused (foreign). A key is of
-- the append's own organization.
SET LOCAL ROLE es_owner;

DROP FUNCTION es.append;

ALTER TYPE es.answer ADD ATTRIBUTE organization uuid;  -- claim: where the value is held

CREATE FUNCTION es.append(
  -- One element per append; the last four are null when no append has a key.
  a_organization uuid[], a_actor uuid[], a_events int[],
  a_key text[], a_request_hash bytea[], a_stream uuid[], a_version int[],
  -- One element per stream that an append writes (s_events > 0) or only read (a guard, s_events = 0), by append.
  s_append int[], s_stream uuid[], s_expected int[], s_events int[],
  -- One element per claim taken or released; null when there is none.
  c_append int[], c_kind text[], c_value text[], c_stream uuid[], c_take boolean[],
  -- One element per event, by append and in the append's own order. e_of: its element in s_*; e_offset: its place,
  -- from 1, among the append's events for that stream; e_causation is null when no event has one.
  e_of int[], e_offset int[], e_stream_type text[], e_type text[], e_schema smallint[], e_id uuid[],
  e_occurred_at timestamptz[], e_correlation uuid[], e_causation uuid[], e_payload bytea[],
  -- Whose each element of s_* and of c_* is; null when all are the append's own, and never null in part: only in an
  -- array without nulls is an element found at once.
  s_organization uuid[] DEFAULT NULL, c_organization uuid[] DEFAULT NULL
) RETURNS SETOF es.answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- The plan is cached from the first call on an empty log: leave it nothing but the index probes.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  head      bigint;
  at        timestamptz;
  answers   es.answer[];
  more      es.answer[];
  chained   boolean;    -- some append names a stream that an earlier one of the call writes
  refused   integer[] := '{}';
  followers integer[];
  left_out  integer[];  -- per append: events of refused appends up to it; null when none is refused
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'es.append needs read committed' USING ERRCODE = 'active_sql_transaction';
  END IF;
  PERFORM pg_advisory_xact_lock(7236001);  -- its own statement: the next ones take their snapshot after it
  SELECT e.position, e.recorded_at INTO head, at FROM es.events e ORDER BY e.position DESC LIMIT 1;
  head := coalesce(head, 0);
  at := greatest(clock_timestamp(), at + interval '1 microsecond');

  IF a_key IS NOT NULL THEN
    SELECT array_agg(CASE WHEN k.request_hash = a.request_hash
             THEN ROW(a.no, 'replayed', k.stream_id, k.version, NULL, NULL, k.position, NULL, NULL)::es.answer
             ELSE ROW(a.no, 'key_reused', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::es.answer END)
      INTO answers
      FROM unnest(a_organization, a_actor, a_key, a_request_hash)
             WITH ORDINALITY a(organization, actor, key, request_hash, no)
      JOIN LATERAL (SELECT * FROM es.idempotency_keys x
                     WHERE x.organization_id = a.organization AND x.actor = a.actor AND x.key = a.key
                     LIMIT 1) k ON true;
  END IF;

  -- One backward index probe per stream. What earlier appends of the call write to it counts as written.
  SELECT array_agg(ROW(s.append, CASE WHEN s.other THEN 'foreign' WHEN s.events > 0 THEN 'version' ELSE 'guard' END,
             s.stream, s.version, NULL, NULL, NULL, NULL, NULL)::es.answer)
           FILTER (WHERE s.other OR s.version + s.before <> s.expected),
         bool_or(s.before > 0)
    INTO more, chained
    FROM (SELECT t.append, t.stream, t.expected, t.events,
                 coalesce(h.version, 0) AS version,
                 coalesce(h.organization_id <> coalesce(t.organization, a_organization[t.append]), false) AS other,
                 coalesce(sum(t.events) OVER (PARTITION BY t.stream, coalesce(t.organization, a_organization[t.append])
                                              ORDER BY t.append, t.no
                                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
            FROM unnest(s_append, s_stream, s_expected, s_events, s_organization)
                   WITH ORDINALITY t(append, stream, expected, events, organization, no)
            LEFT JOIN LATERAL (SELECT x.version, x.organization_id FROM es.events x
                                WHERE x.stream_id = t.stream ORDER BY x.version DESC LIMIT 1) h ON true) s;
  answers := answers || more;

  IF c_append IS NOT NULL THEN
    IF EXISTS (SELECT FROM unnest(c_append, c_kind, c_value, c_organization) c(append, kind, value, organization)
                GROUP BY coalesce(c.organization, a_organization[c.append]), c.kind, c.value
               HAVING min(c.append) <> max(c.append)) THEN
      RAISE EXCEPTION 'a claim occurs in two appends of one call' USING ERRCODE = 'unique_violation';
    END IF;
    -- A held value may be taken only by an append that also releases it from its holder.
    SELECT array_agg(ROW(c.append, 'claim', h.stream_id, NULL, c.kind, c.value, NULL, NULL,
             h.organization_id)::es.answer)
      INTO more
      FROM unnest(c_append, c_kind, c_value, c_take, c_organization) c(append, kind, value, take, organization)
      JOIN LATERAL (SELECT x.organization_id, x.stream_id FROM es.claims x
                     WHERE x.organization_id = coalesce(c.organization, a_organization[c.append])
                       AND x.kind = c.kind AND x.value = c.value
                     LIMIT 1) h ON true
     WHERE c.take
       AND NOT EXISTS (SELECT FROM unnest(c_append, c_kind, c_value, c_stream, c_take, c_organization)
                                     r(append, kind, value, stream, take, organization)
                        WHERE NOT r.take AND r.append = c.append AND r.kind = c.kind AND r.value = c.value
                          AND coalesce(r.organization, a_organization[r.append]) = h.organization_id
                          AND r.stream = h.stream_id);
    answers := answers || more;
  END IF;

  IF answers IS NOT NULL THEN
    SELECT array_agg(DISTINCT a.append) INTO refused FROM unnest(answers) a;
    WHILE chained LOOP  -- who builds on a refused append is refused too
      SELECT array_agg(l.append),
             array_agg(ROW(l.append, CASE WHEN l.events > 0 THEN 'version' ELSE 'guard' END,
               l.stream, NULL, NULL, NULL, NULL, NULL, NULL)::es.answer)
        INTO followers, more
        FROM (SELECT t.append, t.stream, t.events,
                     bool_or(t.events > 0 AND t.append = ANY (refused))
                       OVER (PARTITION BY t.stream ORDER BY t.append, t.no
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS on_refused
                FROM unnest(s_append, s_stream, s_events) WITH ORDINALITY t(append, stream, events, no)) l
       WHERE l.on_refused AND l.append <> ALL (refused);
      EXIT WHEN followers IS NULL;
      refused := refused || followers;
      answers := answers || more;
    END LOOP;
    SELECT array_agg(a.left_out ORDER BY a.no) INTO left_out
      FROM (SELECT no, sum(CASE WHEN no = ANY (refused) THEN events ELSE 0 END) OVER (ORDER BY no) AS left_out
              FROM unnest(a_events) WITH ORDINALITY t(events, no)) a;
  END IF;

  INSERT INTO es.events (position, recorded_at, occurred_at, organization_id, stream_id, version, event_schema,
                         stream_type, event_type, event_id, correlation_id, causation_id, actor, payload)
  SELECT head + e.no - coalesce(left_out[s_append[e.of]], 0),
         at + (e.no - coalesce(left_out[s_append[e.of]], 0) - 1) * interval '1 microsecond',
         e.occurred_at, coalesce(s_organization[e.of], a_organization[s_append[e.of]]), s_stream[e.of],
         s_expected[e.of] + e.ofs, e.sch, e.stream_type, e.type, e.id, e.correlation, e.causation,
         a_actor[s_append[e.of]], e.payload
    FROM unnest(e_of, e_offset, e_stream_type, e_type, e_schema, e_id, e_occurred_at, e_correlation, e_causation,
                e_payload)
           WITH ORDINALITY e(of, ofs, stream_type, type, sch, id, occurred_at, correlation, causation, payload, no)
   WHERE s_append[e.of] <> ALL (refused);

  IF c_append IS NOT NULL THEN
    DELETE FROM es.claims x
     USING unnest(c_append, c_kind, c_value, c_stream, c_take, c_organization)
             c(append, kind, value, stream, take, organization)
     WHERE NOT c.take AND c.append <> ALL (refused)
       AND x.organization_id = coalesce(c.organization, a_organization[c.append])
       AND x.kind = c.kind AND x.value = c.value
       AND x.stream_id = c.stream;
    INSERT INTO es.claims (organization_id, kind, value, stream_id)
    SELECT coalesce(c.organization, a_organization[c.append]), c.kind, c.value, c.stream
      FROM unnest(c_append, c_kind, c_value, c_stream, c_take, c_organization)
             c(append, kind, value, stream, take, organization)
     WHERE c.take AND c.append <> ALL (refused);
  END IF;

  IF a_key IS NOT NULL THEN
    INSERT INTO es.idempotency_keys (organization_id, actor, key, request_hash, stream_id, version, position,
                                     recorded_at)
    SELECT a.organization, a.actor, a.key, a.request_hash, a.stream, a.version,
           head + a.upto - coalesce(left_out[a.no], 0), at
      FROM (SELECT t.*, sum(t.events) OVER (ORDER BY t.no) AS upto
              FROM unnest(a_organization, a_actor, a_events, a_key, a_request_hash, a_stream, a_version)
                     WITH ORDINALITY t(organization, actor, events, key, request_hash, stream, version, no)) a
     WHERE a.key IS NOT NULL AND a.no <> ALL (refused);
  END IF;

  RETURN NEXT ROW(0, 'head', NULL, NULL, NULL, NULL, head, at, NULL)::es.answer;
  IF answers IS NOT NULL THEN  -- the first reason of each: key, then stream, then claim, as they were found
    RETURN QUERY
    SELECT DISTINCT ON (a.append) a.append, a.outcome, a.stream, a.version, a.kind, a.value, a.position, a.recorded_at,
           a.organization
      FROM unnest(answers) WITH ORDINALITY a ORDER BY a.append, a.ordinality;
  END IF;
END $$;

REVOKE ALL ON FUNCTION es.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.append TO tallybook_app;
