"""What the handler imports of its own package."""

IMPORTED = "yes"
