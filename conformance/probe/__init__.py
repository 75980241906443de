"""`conformance probe`: finds out what an upstream accepts, and writes it down as a profile."""
