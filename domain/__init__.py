"""The rules: aggregates, their commands and events. Imports nothing but msgspec and eventsourcing."""
