"""Counting: sessions, counted shelves, item counts, variance and posting."""
