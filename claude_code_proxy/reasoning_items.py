"""Reasoning that the upstream sealed, carried through the client as a thinking block's signature.

The Responses API gives its reasoning back only if we keep it: encrypted, as an item of the output,
which belongs into the next request's input at the same place. Claude Code keeps thinking blocks
with their signatures and sends them back unchanged. So the item travels as the signature:
``ccr1.<check>.<items>``, URL-safe. The check is a hash over the items and the ``api_base``; a
signature that was cut, altered, made by somebody else or for another upstream does not pass it.

One signature may hold several items: LiteLLM's ``/v1/messages`` stream runs thinking blocks that
follow on one another into one. Each item says how many calls and whether a text stood before it,
because LiteLLM hands us the blocks of a turn apart from its text and calls.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from claude_code_proxy.upstream_object import read, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from claude_code_proxy.settings import ModelSettings

Block = Mapping[str, Any]

ENCRYPTED_CONTENT: Final = "reasoning.encrypted_content"
"""What a request must list under ``include`` to be given reasoning that can be sent back."""

PARAGRAPH: Final = "\n\n"
"""What sets the parts of a thinking text apart."""

_MARK: Final = "ccr1"
_OPENAI: Final = "https://api.openai.com/v1"
_CHECK_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class ReasoningItem:
    """One reasoning item; ``calls`` and ``text`` say what stood before it in its turn.

    ``summary`` holds the texts of its summary's parts.
    """

    id: str | None
    encrypted_content: str
    summary: tuple[str, ...] = ()
    calls: int = 0
    text: bool = False

    @classmethod
    def from_output(cls, item: object, *, calls: int, text: bool) -> ReasoningItem | None:
        """Read an output ``item``; None if it holds nothing that could be sent back."""
        sealed, item_id = read(item, "encrypted_content"), read(item, "id")
        if read(item, "type") != "reasoning" or not isinstance(sealed, str) or not sealed:
            return None
        summary = texts(read(item, "summary"))
        return cls(item_id if isinstance(item_id, str) else None, sealed, summary, calls, text)

    @property
    def place(self) -> tuple[int, bool]:
        """How many calls stood before it, and whether anything did."""
        return self.calls, self.text or self.calls > 0

    def input_item(self) -> dict[str, Any]:
        """Return the item as the Responses API takes it in ``input``."""
        item: dict[str, Any] = {"type": "reasoning"}
        if self.id is not None:
            item["id"] = self.id
        item["summary"] = [{"type": "summary_text", "text": text} for text in self.summary]
        item["encrypted_content"] = self.encrypted_content
        return item


@dataclass(frozen=True, slots=True)
class ReasoningSeal:
    """Makes and reads the signatures of one upstream; an ``api_base`` of None is OpenAI's own."""

    api_base: str | None

    def signature(self, items: Iterable[ReasoningItem]) -> str:
        """Return the signature that carries ``items``; their summaries are the block's text."""
        packed = [
            (item.id, item.encrypted_content, list(map(len, item.summary)), item.calls, item.text)
            for item in items
        ]
        body = base64.urlsafe_b64encode(orjson.dumps(packed)).rstrip(b"=")
        return f"{_MARK}.{self._check(body)}.{body.decode()}"

    def items(self, block: Block) -> tuple[ReasoningItem, ...]:
        """Return the items that a thinking ``block`` carries; none if it is not of this seal."""
        signature = block.get("signature")
        if block.get("type") != "thinking" or not is_ours(block):
            return ()
        _, _, rest = str(signature).partition(".")
        check, _, body = rest.partition(".")
        if not body.isascii() or check != self._check(body.encode()):
            return ()
        return _unpacked(body.encode(), str(block.get("thinking") or ""))

    def _check(self, body: bytes) -> str:
        base = (self.api_base or _OPENAI).rstrip("/")
        digest = hashlib.sha256(base.encode("utf-8", "replace") + b"\0" + body).digest()
        return base64.urlsafe_b64encode(digest)[:_CHECK_LENGTH].decode()


def seal_of(settings: ModelSettings) -> ReasoningSeal | None:
    """Return the seal of a model's upstream, if its reasoning is to be kept."""
    return ReasoningSeal(settings.api_base) if settings.keep_reasoning else None


def is_ours(block: object) -> bool:
    """Tell whether ``block`` bears our mark, whatever the upstream: no other can use it."""
    signature = block.get("signature") if isinstance(block, Mapping) else None
    return isinstance(signature, str) and signature.startswith(f"{_MARK}.")


def taken_out(blocks: object, seal: ReasoningSeal | None) -> tuple[list[ReasoningItem], Any]:
    """Return the items that a turn's thinking ``blocks`` carry, and the blocks that remain.

    None remain where all were ours. Without a ``seal`` nothing is looked at.
    """
    if seal is None or not isinstance(blocks, list):
        return [], blocks
    carried = [seal.items(block) if isinstance(block, Mapping) else () for block in blocks]
    items = [item for found in carried for item in found]
    rest = [block for block, found in zip(blocks, carried, strict=True) if not found]
    return items, (rest or None) if items else blocks


def without_ours(messages: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return ``messages`` less the thinking blocks that bear our mark, for any other API.

    Chat Completions has no place for what they carry, and Anthropic would refuse the signature.
    """
    return [
        {**message, "thinking_blocks": [block for block in blocks if not is_ours(block)] or None}
        if isinstance(blocks := message.get("thinking_blocks"), list) and any(map(is_ours, blocks))
        else message
        for message in messages
    ]


def with_reasoning_included(payload: dict[str, Any], settings: ModelSettings) -> dict[str, Any]:
    """Return ``payload``, asking for reasoning that can be sent back if it is to be kept.

    Whatever else the user asks to have included stays; what is no list is the user's own affair.
    """
    included = payload.get("include")
    included = [] if included is None else included
    if not settings.keep_reasoning or not isinstance(included, list):
        return payload
    if ENCRYPTED_CONTENT in included:
        return payload
    return {**payload, "include": [*included, ENCRYPTED_CONTENT]}


def in_place(
    reasoning: Sequence[ReasoningItem], turn: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the items of a ``turn``, its text before its calls, with the ``reasoning`` among them.

    Reasoning that nothing follows is left out: OpenAI refuses it ("without its required following
    item").
    """
    placed: list[dict[str, Any]] = []
    waiting = list(reasoning)
    calls = 0
    for item in turn:
        is_call = item.get("type") == "function_call"
        while waiting and waiting[0].place <= (calls, is_call):
            placed.append(waiting.pop(0).input_item())
        placed.append(item)
        calls += is_call
    return placed


def _unpacked(body: bytes, thinking: str) -> tuple[ReasoningItem, ...]:
    """Return the items packed in ``body``, which passed the check and so is as we made it."""
    rows = orjson.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    items = []
    for item_id, sealed, lengths, calls, text in rows:
        summary = []
        for length in lengths:
            summary.append(thinking[:length])
            thinking = thinking[length:].removeprefix(PARAGRAPH)
        items.append(ReasoningItem(item_id, sealed, tuple(filter(None, summary)), calls, text))
    return tuple(items)
