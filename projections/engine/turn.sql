SELECT bool_and(pg_try_advisory_lock($1, hashtext(turn)))
  FROM unnest($2::text[]) AS turn
