"""The plan for the Responses API, as data."""
