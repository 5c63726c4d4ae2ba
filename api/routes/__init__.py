"""One table of routes per noun."""
