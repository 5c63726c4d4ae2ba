"""The demonstration: a client of the HTTP API that knows the truth and checks the system by it."""
