INSERT INTO {table} ({columns})
SELECT * FROM unnest({arrays})
ON CONFLICT ({keys}) DO {resolution}
