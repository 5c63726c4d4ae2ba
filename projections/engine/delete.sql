DELETE FROM {table} AS t
 USING unnest({key_arrays}) AS wanted ({keys})
 WHERE {matches}
