"""`GET /v1/models` and each of them: a short constant list. The mock answers to any model name."""

from typing import Final

import orjson

from mock_upstream.replies.rendering import CREATED

MODELS: Final = ("gpt-5.2", "gpt-5.2-codex", "gpt-4.1", "gpt-4o")


def model_list_json() -> bytes:
    """Render the list as OpenAI does."""
    return orjson.dumps({"object": "list", "data": [_model(name) for name in MODELS]})


def model_json(name: str) -> bytes | None:
    """Render one model of the list; None for a name that is not on it."""
    return orjson.dumps(_model(name)) if name in MODELS else None


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "mock-upstream"}
