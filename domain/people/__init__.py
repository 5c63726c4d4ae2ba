"""People: their accounts, by id; who they are stands outside the log."""
