"""The adaptations: opt-in model settings, each of which rewrites what one upstream wants otherwise.

They are for what no dropped field cures. A new one is one new row in `ADAPTATIONS`, with its
function, and nothing else: settings, application, hints and documentation read the registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy import chat_adaptations as chat
from claude_code_proxy import responses_adaptations as responses

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from claude_code_proxy.routing import UpstreamApi


@dataclass(frozen=True, slots=True)
class Adaptation:
    """One adaptation: its setting's name, the upstream API it acts on, what it does, and why.

    ``refusal`` matches the words, in any case, by which upstreams refuse what it rewrites, where
    these say it and nothing else. ``apply`` takes a payload and returns the changed one; it may
    share what it leaves alone, and changes nothing in place. ``source`` names entries of the
    catalogue of upstreams' refusals, or public issues (``owner/repository#number``).
    """

    name: str
    api: UpstreamApi
    apply: Callable[[dict[str, Any]], dict[str, Any]]
    why: str
    source: tuple[str, ...]
    refusal: str | None = None


ADAPTATIONS: Final = (
    Adaptation(
        name="flatten_text_chat_api",
        api="chat",
        apply=chat.flatten_text,
        why="DeepSeek wants the content of a system turn to be one string, not a list of parts",
        refusal=r"invalid type: sequence, expected a string",
        source=("deepseek-content-sequence",),
    ),
    Adaptation(
        name="fill_null_content_chat_api",
        api="chat",
        apply=chat.fill_null_content,
        why="LM Studio refuses a null content beside tool calls, which OpenAI itself sends",
        refusal=r"'content' field must be a string|'content': expected a string, got null",
        source=("lmstudio-content-null",),
    ),
    Adaptation(
        name="fill_reasoning_content_chat_api",
        api="chat",
        apply=chat.fill_reasoning_content,
        why="who requires reasoning_content back requires it of a turn, too, that another model "
        "made or whose thinking is redacted",
        refusal=r"missing reasoning_content|reasoning_content.{0,30} (is missing|must be passed)",
        source=(
            "deepseek-reasoning-required",
            "kimi-reasoning-missing",
            "mimo-reasoning-required",
            "charmbracelet/crush#2696",
        ),
    ),
    Adaptation(
        name="fill_thought_signature_chat_api",
        api="chat",
        apply=chat.fill_thought_signature,
        why="Gemini 3 refuses a call in the history without its thought signature, which does not "
        "come back through Claude Code",
        refusal=r"missing a thought_signature",
        source=("gemini-thought-signature", "elastic/kibana#243463", "earendil-works/pi#3234"),
    ),
    Adaptation(
        name="shorten_call_ids_chat_api",
        api="chat",
        apply=chat.shorten_call_ids,
        why="Mistral wants a call's id to be nine letters and digits; Claude Code's are longer",
        refusal=r"tool call id was .{0,200} length of 9",
        source=("mistral-tool-call-id",),
    ),
    Adaptation(
        name="late_system_to_user_chat_api",
        api="chat",
        apply=chat.late_system_to_user,
        why="Qwen's chat templates take a system turn at the beginning only; Claude Code sends "
        "some later",
        refusal=r"system message must be at the beginning",
        source=("vllm-system-first", "hosted-jinja-system-first"),
    ),
    Adaptation(
        name="bridge_tool_to_user_chat_api",
        api="chat",
        apply=chat.bridge_tool_to_user,
        why="Mistral takes no user's turn right after a tool's, and no image in a tool's",
        refusal=r"unexpected role .?user.? after role .?tool",
        source=(
            "mistral-role-order-user-after-tool",
            "mistral-tool-image",
            "LibreChat-AI/agents#287",
        ),
    ),
    Adaptation(
        name="system_to_developer_res_api",
        api="responses",
        apply=responses.system_to_developer,
        why="ChatGPT's backend for Codex refuses system messages",
        refusal=r"system messages are not allowed",
        source=("codex-system-messages",),
    ),
    Adaptation(
        name="fill_item_ids_res_api",
        api="responses",
        apply=responses.fill_item_ids,
        why="OpenRouter takes no message or reasoning of the model's without an id",
        source=("openrouter-responses-zod",),
    ),
)


def adapted(payload: dict[str, Any], api: UpstreamApi, names: Collection[str]) -> dict[str, Any]:
    """Return ``payload`` as the adaptations of these ``names`` that act on ``api`` make it."""
    acting = [row.apply for row in ADAPTATIONS if row.api == api and row.name in names]
    return reduce(lambda sent, apply: apply(sent), acting, payload)
