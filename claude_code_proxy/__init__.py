"""The LiteLLM custom handler that adapts Claude Code to OpenAI-compatible upstreams."""
