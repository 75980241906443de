"""What stands behind the pytest plugin; loaded when a test uses its fixture."""
