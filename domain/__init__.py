"""The rules: aggregates, their commands and their events."""
