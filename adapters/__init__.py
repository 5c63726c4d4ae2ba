"""Postgres, NATS and the other things outside."""
