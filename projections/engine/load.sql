-- LATERAL … LIMIT 1: one index probe per key, whatever the planner thinks of the table's size.
SELECT {found}
  FROM unnest({key_arrays}) AS wanted ({keys}),
       LATERAL (SELECT * FROM {table} t WHERE {matches} LIMIT 1) AS found
