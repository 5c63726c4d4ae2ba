-- name: multiply
-- One event for each of the streams $11; the sample's product $10 becomes the one of $12.
INSERT INTO es.events (position, recorded_at, occurred_at, organization_id, stream_id, version, event_schema,
                       stream_type, event_type, event_id, correlation_id, causation_id, actor, payload)
SELECT $1::bigint + s.no, $2::timestamptz + ($1 + s.no) * interval '1 microsecond', $2, $3, s.stream, $4, $5,
       $6, $7, gen_random_uuid(), s.stream, NULL, $8, convert_to(replace($9, $10, s.product::text), 'UTF8')
  FROM unnest($11::uuid[], $12::uuid[]) WITH ORDINALITY s(stream, product, no)
