-- The log as people read it: payloads as jsonb instead of the stored bytes.
SET LOCAL ROLE es_owner;

CREATE VIEW es.events_json AS
SELECT position, recorded_at, occurred_at, organization_id, stream_type, stream_id, version, event_type, event_schema,
       event_id, correlation_id, causation_id, actor, convert_from(payload, 'UTF8')::jsonb AS payload
  FROM es.events;

GRANT SELECT ON es.events_json TO tallybook_app;
