"""Entries: the ways a client's request reaches the handler."""
