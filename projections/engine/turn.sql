SELECT bool_and(pg_try_advisory_lock($1, hashtext(projection)))
  FROM unnest($2::text[]) AS projection
