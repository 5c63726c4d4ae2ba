"""The relay, the feed and the hints over NATS."""
