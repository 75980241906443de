"""`GET /v1/models`: a short constant list. The mock answers to any model name."""

import orjson

from mock_upstream.rendering import CREATED

MODELS = ("gpt-5.2", "gpt-5.2-codex", "gpt-4.1", "gpt-4o")


def model_list_json() -> bytes:
    """Render the list as OpenAI does."""
    data = [
        {"id": name, "object": "model", "created": CREATED, "owned_by": "mock-upstream"}
        for name in MODELS
    ]
    return orjson.dumps({"object": "list", "data": data})
