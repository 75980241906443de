"""What the handler stands on and could be used without it."""
