"""Judging a request: a compiled profile's schema and rules, and what they find."""
