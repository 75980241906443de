"""What the mock shall answer to whom: matches, entries, scripts, and how one is played."""
