-- name: standing
-- The epochs, whether the server is still the one that the newest began on, since when it runs without a crash, and
-- whether the log has the event that is known to have been recorded. After a crash its statistics begin anew, also
-- where the postmaster outlived it.
SELECT known.epochs[1] AS epoch, known.epochs, known.began_after,
       (newest.system_identifier, newest.timeline) <> (s.system_identifier, s.timeline) AS recovered,
       greatest(pg_postmaster_start_time(), (SELECT w.stats_reset FROM pg_stat_wal w)) AS started,
       $1::bigint IS NULL OR EXISTS (SELECT FROM es.events e
                                      WHERE e.position = $1 AND e.recorded_at = $2) AS kept
  FROM (SELECT array_agg(epoch ORDER BY epoch DESC) AS epochs,
               array_agg(began_after ORDER BY epoch DESC) AS began_after FROM es.epochs) known
  JOIN es.epochs newest ON newest.epoch = known.epochs[1]
 CROSS JOIN es.server() s

-- name: begin
SELECT es.begin_epoch($1, $2)

-- name: end_others
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()
