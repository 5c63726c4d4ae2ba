"""The log, the cache of aggregates and the read models in Postgres."""
