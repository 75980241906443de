"""Mutants that read an upstream's answer wrongly: its refusals, its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litellm.exceptions import InternalServerError
from openai import APIError

from conformance.mutants.mutant import Mutant
from conformance.mutants.showing import variant_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class CallsEveryErrorAServers(Mutant):
    """Raises a 500 for whatever the upstream refuses, which LiteLLM then asks for again."""

    caught_by = ("errors-by-status",)
    shown_by = variant_of("status-404")

    def completion(self, *_: Any, **given: Any) -> Any:
        """Raise a 500 for any error."""
        try:
            return super().completion(**given)
        except APIError as error:
            raise InternalServerError(str(error), "wrong", "wrong") from None


class SwallowsRefusals(Mutant):
    """Answers with an empty stream where the upstream refused."""

    caught_by = ("errors-by-status",)
    shown_by = variant_of("status-404")

    def astreaming(self, *_: Any, **given: Any) -> Any:
        """Return a stream that ends where an error would be raised."""
        chunks = super().astreaming(**given)

        async def some() -> Any:
            try:
                async for chunk in chunks:
                    yield chunk
            except APIError:
                return

        return some()


class LosesASecondCallOfAStream(Mutant):
    """Hands on the first of several calls that are streamed, and no other."""

    caught_by = ("streamed-as-whole",)
    shown_by = variant_of("reply-with-everything")

    def streaming(self, *_: Any, **given: Any) -> Iterator[Any]:
        """Return the chunks without those of later calls."""
        for chunk in super().streaming(**given):
            calls = chunk.choices[0].delta.tool_calls or ()
            if not any(call.index for call in calls):
                yield chunk


class GuessesTheUsageOfAStream(Mutant):
    """Leaves a stream's usage to LiteLLM, which makes an estimate."""

    caught_by = ("streamed-as-whole",)
    shown_by = variant_of("reply-with-everything")

    def streaming(self, *_: Any, **given: Any) -> Iterator[Any]:
        """Return the chunks without the one of the usage."""
        return (c for c in super().streaming(**given) if getattr(c, "usage", None) is None)


REPLY_MUTANTS = (
    CallsEveryErrorAServers(),
    SwallowsRefusals(),
    LosesASecondCallOfAStream(),
    GuessesTheUsageOfAStream(),
)
