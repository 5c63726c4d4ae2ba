"""HTTP, the command line and the processes."""
