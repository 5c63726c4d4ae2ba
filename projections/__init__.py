"""Read models: folds of the log into rows."""
