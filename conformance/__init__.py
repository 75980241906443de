"""Drives the real handler through every case and records what it sends upstream."""
