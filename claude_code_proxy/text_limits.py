"""Texts that OpenAI limits in length, brought within their limits the same way every time.

The limits are those of OpenAI's description of its API and of its errors: of the catalogue
``openai-resp-call-id-64`` and ``openai-metadata-value-512``, ``safety_identifier`` (and ``user``,
whose successor it is), ``prompt_cache_key`` (theopenco/llmgateway#3110 quotes its 400).
"""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

logger = logging.getLogger(__name__)

LONGEST_IDENTIFIER: Final = 64
LONGEST_RESPONSES_CALL_ID: Final = 64
LONGEST_CHAT_CALL_ID: Final = 40
"""OpenAI's own limit there was 40 (vercel/ai#5171, agno-agi/agno#5382), is 64 for newer models
(jin-bo/agentao#321), and GitHub Copilot's is 40 (``copilot-tool-call-id-40``)."""

IDENTIFIERS: Final = ("user", "safety_identifier", "prompt_cache_key")
_MOST_PAIRS: Final = 16
_LONGEST_KEY: Final = 64
_LONGEST_VALUE: Final = 512
_CUT: Final = "…"


def short_call_id(call_id: str, longest: int) -> str:
    """Return ``call_id``, or its short form if it is longer than ``longest``.

    The form is made of the id alone: a call and its result agree without knowing each other, today
    and tomorrow. It is the same for both APIs.
    """
    return call_id if len(call_id) <= longest else f"call_{_digest(call_id)[:32]}"


def passed_on(params: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return those of ``params`` that go upstream under their own ``names``, within limits."""
    given = {name: params[name] for name in names if params.get(name) is not None}
    return {
        name: short_identifier(str(value)) if name in IDENTIFIERS else value
        for name, value in given.items()
    }


def short_identifier(text: str) -> str:
    """Return ``text``, or its SHA-256 in hexadecimal if it is longer than 64 characters.

    That is as stable and as distinct as the text, and within every limit and character set known:
    Claude Code's ``user`` is a JSON object, which some upstreams refuse for its quotes alone.
    """
    return text if len(text) <= LONGEST_IDENTIFIER else _digest(text)


def limited_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return ``metadata`` within 16 pairs, keys of 64 characters and values of 512.

    The first pairs stay. A longer value loses its end, since a log is read from its beginning; a
    longer key ends in a digest, so that two of them stay two.
    """
    pairs = list(metadata.items())
    if len(pairs) > _MOST_PAIRS:
        logger.warning("metadata: %d pairs beyond 16 are not sent", len(pairs) - _MOST_PAIRS)
    return {_key(key): _value(value) for key, value in pairs[:_MOST_PAIRS]}


def _key(key: str) -> str:
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key[: _LONGEST_KEY - 17]}_{_digest(key)[:16]}"


def _value(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - len(_CUT)] + _CUT


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
