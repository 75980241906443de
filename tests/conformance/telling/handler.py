"""The handler; it stands alone, so that it can be put anywhere."""

import json
import sys
from typing import Any

from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import ModelResponse

try:
    from telling.word import IMPORTED
except ImportError:
    IMPORTED = "no"

SETTINGS = ("told_top", "told_nested", "told_extra")


class TellingHandler(CustomLLM):
    """Answers with JSON: each setting's placements, and whether it could import its own."""

    def completion(self, *_: Any, **kwargs: Any) -> ModelResponse:
        params = kwargs["optional_params"]
        placements = {
            "litellm_params": kwargs["litellm_params"],
            "optional_params": params,
            "optional_params.litellm_params": params.get("litellm_params"),
            "optional_params.extra_body": params.get("extra_body"),
        }
        told = {
            setting: [name for name, place in placements.items() if setting in (place or {})]
            for setting in SETTINGS
        }
        loaded = {"imports": IMPORTED, "known": "yes" if __name__ in sys.modules else "no"}
        return ModelResponse(
            choices=[{"message": {"role": "assistant", "content": json.dumps({**told, **loaded})}}],
            usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        )

    async def acompletion(self, *_: Any, **kwargs: Any) -> ModelResponse:
        return self.completion(**kwargs)


handler = TellingHandler()
