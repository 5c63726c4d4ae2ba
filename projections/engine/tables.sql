SELECT relname::text AS name
  FROM pg_class
 WHERE relnamespace = 'read'::regnamespace AND relkind = 'r' AND relname ~ $1
