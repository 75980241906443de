"""The format of profiles: models, files, faults in them, and the JSON Schema for editors."""
