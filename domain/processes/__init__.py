"""What the system does by itself: pure decisions about what is due."""
