"""Real data in: one module per source."""
