-- name: make
CREATE TABLE bare (LIKE es.events INCLUDING ALL);
ALTER TABLE bare ALTER position ADD GENERATED ALWAYS AS IDENTITY;
INSERT INTO bare OVERRIDING SYSTEM VALUE SELECT * FROM es.events;
SELECT setval(pg_get_serial_sequence('bare', 'position'), (SELECT max(position) FROM bare));
VACUUM ANALYZE bare

-- name: insert
INSERT INTO bare (recorded_at, occurred_at, organization_id, stream_id, version, event_schema, stream_type,
                  event_type, event_id, correlation_id, causation_id, actor, payload)
SELECT now(), *
  FROM unnest($1::timestamptz[], $2::uuid[], $3::uuid[], $4::int[], $5::smallint[], $6::text[], $7::text[],
              $8::uuid[], $9::uuid[], $10::uuid[], $11::uuid[], $12::bytea[])
