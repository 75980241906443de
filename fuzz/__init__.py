"""Fuzzers: requests that are wrong in every way, sent to the served mock over real sockets."""
