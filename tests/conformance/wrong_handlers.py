"""Handlers that are wrong on purpose, each in one way, around the real one."""

from typing import Any

from litellm.llms.custom_llm import CustomLLM

from claude_code_proxy.claude_code_router import claude_code_router
from claude_code_proxy.drop_flags import DROP_FLAGS
from conformance.environment import KEY_FROM_ENVIRONMENT

FLAGS = tuple(flag.name for flag in DROP_FLAGS)


class Wrong(CustomLLM):
    """Calls the real handler with arguments that `spoil` has changed."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        """Change ``kwargs``, which are this call's own copy but for what is nested in them."""

    def completion(self, *_: Any, **kwargs: Any) -> Any:
        self.spoil("completion", kwargs)
        return claude_code_router.completion(**kwargs)

    async def acompletion(self, *_: Any, **kwargs: Any) -> Any:
        self.spoil("acompletion", kwargs)
        return await claude_code_router.acompletion(**kwargs)

    def streaming(self, *_: Any, **kwargs: Any) -> Any:
        self.spoil("streaming", kwargs)
        yield from claude_code_router.streaming(**kwargs)

    async def astreaming(self, *_: Any, **kwargs: Any) -> Any:
        self.spoil("astreaming", kwargs)
        chunks: Any = claude_code_router.astreaming(**kwargs)
        async for chunk in chunks:
            yield chunk


class IgnoresNestedPlacement(Wrong):
    """Reads two placements of three."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        params = kwargs["optional_params"]
        kwargs["optional_params"] = {k: v for k, v in params.items() if k != "litellm_params"}


class AlwaysDrops(Wrong):
    """Takes every flag for true."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        kwargs["optional_params"] = {**kwargs["optional_params"], **dict.fromkeys(FLAGS, True)}


class LastPlacementWins(Wrong):
    """Lets a false in a later placement beat a true in an earlier one."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        nested = kwargs["optional_params"].get("litellm_params") or {}
        beaten = {flag for flag in FLAGS if nested.get(flag) is False}
        kwargs["litellm_params"] = _without(kwargs["litellm_params"], beaten)
        kwargs["optional_params"] = _without(kwargs["optional_params"], beaten)


class DropsTheOtherField(Wrong):
    """Drops the metadata where the thinking blocks were to go as well."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        if kwargs["litellm_params"].get("drop_thinking_blocks_res_api"):
            kwargs["litellm_params"] = {**kwargs["litellm_params"], "drop_metadata_res_api": True}


class WritesIntoTheArguments(Wrong):
    """Leaves a mark in what the caller passed."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        kwargs["messages"].append({"role": "user", "content": "and one more"})


class SendsTheEnvironmentKey(Wrong):
    """Takes the key of another upstream."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        kwargs["api_key"] = KEY_FROM_ENVIRONMENT


class AsyncSaysMore(Wrong):
    """Changes the payload in the asynchronous methods only."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        if method.startswith("a"):
            kwargs["optional_params"] = {**kwargs["optional_params"], "temperature": 0.5}


class StreamsSayMore(Wrong):
    """Changes the payload of streams only."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        if method.endswith("streaming"):
            kwargs["optional_params"] = {**kwargs["optional_params"], "temperature": 0.5}


class LosesSignatures(Wrong):
    """Sends the thinking without the signatures that it is worth."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        kwargs["messages"] = [
            {**message, "thinking_blocks": [_without(b, {"signature"}) for b in blocks]}
            if (blocks := message.get("thinking_blocks"))
            else message
            for message in kwargs["messages"]
        ]


class SendsTwice(Wrong):
    """Asks the upstream twice."""

    def completion(self, *_: Any, **kwargs: Any) -> Any:
        claude_code_router.completion(**kwargs)
        return claude_code_router.completion(**kwargs)


class LosesTheAnswer(Wrong):
    """Swallows what the upstream streamed."""

    def streaming(self, *_: Any, **kwargs: Any) -> Any:
        list(claude_code_router.streaming(**kwargs))
        yield from ()


class Raises(Wrong):
    """Fails before anything leaves."""

    def spoil(self, method: str, kwargs: dict[str, Any]) -> None:
        raise RuntimeError("wrong on purpose")


def _without(params: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}
