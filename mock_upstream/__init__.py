"""A fake OpenAI-compatible upstream that is as strict as the real ones."""
