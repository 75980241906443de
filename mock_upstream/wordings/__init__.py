"""A finding in the upstream's own words: templates, paths as vendors write them, envelopes."""
