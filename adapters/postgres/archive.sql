-- name: migrated
-- How many of our schemas there are.
SELECT count(*) FROM pg_namespace WHERE nspname IN ('es', 'identity', 'migrations', 'read')

-- name: export
SELECT pg_export_snapshot()

-- name: facts
SELECT coalesce(max(last), 0) AS position, coalesce(sum(events), 0)::bigint AS events, count(*) AS streams,
       count(*) FILTER (WHERE events <> version) AS broken,
       (SELECT max(epoch) FROM es.epochs) AS epoch
  FROM (SELECT max(position) AS last, count(*) AS events, max(version) AS version
          FROM es.events GROUP BY stream_id) streams

-- name: resume
SELECT es.begin_epoch((SELECT max(epoch) FROM es.epochs), $1)
