"""What runs every projection: the fold, the tables, the feed."""
