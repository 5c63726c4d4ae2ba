INSERT INTO {table} ({columns})
SELECT * FROM unnest({arrays})
