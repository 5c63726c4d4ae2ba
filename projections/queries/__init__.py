"""Questions that span entities or depend on the clock: SQL at read time."""
