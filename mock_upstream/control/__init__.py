"""The control API under `/_mock`: what the mock answers, breaks and has seen, over HTTP."""
