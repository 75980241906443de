"""What the mock answers: plans, and their rendering in either API, whole or streamed."""
