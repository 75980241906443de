"""The plan for Chat Completions, as data."""
