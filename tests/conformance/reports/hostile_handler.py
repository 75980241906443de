"""A handler that breaks claims, and says and sends what a report must not obey or repeat."""

from typing import Any

from litellm.llms.custom_llm import CustomLLM

from claude_code_proxy.claude_code_router import claude_code_router

WORDS = (
    "\x1b[31mred\x1b[0m \x00\x07\x08\x7f\x9b \u202eturned\u2066 \u2028 \ufffe \U0001f600 e\u0301 "
    "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
    "<!--<script> ]]> `code` ``` | [a](https://example.com) \\ {{ 7*7 }} "
    "key-from-call key-from-litellm-params key-from-env sk-key-from-client "
    "Authorization: Bearer live0123456789abcdefgh sk-proj-0123456789abcdefgh"
)
HALF = "\ud83d half "
FLAG = "drop_metadata_res_api"


class Hostile(CustomLLM):
    """Raises hostile words, sends them, or loses a flag, by method."""

    def completion(self, *_: Any, **kwargs: Any) -> Any:
        if kwargs["optional_params"].get(FLAG):
            raise RuntimeError(HALF + WORDS)
        return claude_code_router.completion(**kwargs)

    async def acompletion(self, *_: Any, **kwargs: Any) -> Any:
        said = {"role": "user", "content": WORDS}
        return await claude_code_router.acompletion(
            **{**kwargs, "messages": [*kwargs["messages"], said]}
        )

    def streaming(self, *_: Any, **kwargs: Any) -> Any:
        params = {key: kwargs["optional_params"][key] for key in kwargs["optional_params"]}
        params.pop(FLAG, None)
        yield from claude_code_router.streaming(**{**kwargs, "optional_params": params})

    async def astreaming(self, *_: Any, **kwargs: Any) -> Any:
        chunks: Any = claude_code_router.astreaming(**kwargs)
        async for chunk in chunks:
            yield chunk


hostile_handler = Hostile()
