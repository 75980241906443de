"""Replies broken on purpose: small callables that compose, counted and without chance."""
