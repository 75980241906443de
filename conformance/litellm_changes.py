"""What LiteLLM changes on the way to the handler, by entry: the only ways in which entries differ.

Measured on 1.106.2. A row says at which entry and upstream API which edit of the SDK's payload is
LiteLLM's doing; `conformance.claims.methods` takes no other edit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conformance.edits import Edit
    from conformance.matrix import Api, Case, Entry
    from conformance.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class LiteLLMChange:
    """One edit that LiteLLM makes at ``entry``: as ``difference`` tells it, N for any number.

    An edit ``with PATH`` is one of any value. ``scenarios`` are those in which it happens; none
    means any.
    """

    entry: Entry
    apis: tuple[Api, ...]
    edit: str
    why: str
    scenarios: tuple[str, ...] = ()

    def covers(self, case: Case, scenario: Scenario, edit: Edit) -> bool:
        """Whether ``edit`` is this change."""
        told = re.sub(r"\[(\d+|\*)\]", "[N]", str(edit))
        if " = " not in self.edit:
            told = told.partition(" = ")[0]
        here = case.entry == self.entry and case.api in self.apis
        return here and told == self.edit and scenario.name in (self.scenarios or (scenario.name,))


_LATE: Final = ("late-system-turn",)

LITELLM_CHANGES: Final = (
    LiteLLMChange(
        "proxy-messages",
        ("responses",),
        "with metadata.user_id",
        "the SDK drops the client's `metadata.user_id`, the proxy notes it as the requester's",
    ),
    LiteLLMChange(
        "proxy-messages",
        ("chat",),
        "with user",
        "the SDK drops the client's `metadata.user_id`, the proxy hands it over as `user`",
    ),
    LiteLLMChange(
        "proxy-messages",
        ("responses",),
        "with input",
        "a system turn in mid-conversation becomes a user's note, a developer's is lost",
        _LATE,
    ),
    LiteLLMChange(
        "proxy-messages",
        ("chat",),
        "with messages",
        "a system turn in mid-conversation becomes a user's note, a developer's is lost",
        _LATE,
    ),
    LiteLLMChange(
        "proxy-responses",
        ("responses",),
        "without input[N].thinking_blocks",
        "a Responses request has no place for Claude's thinking: the client sends none",
    ),
    LiteLLMChange(
        "proxy-responses",
        ("responses",),
        "without reasoning",
        "`reasoning` of a Responses request is dropped: a custom provider is not known to take it",
    ),
    LiteLLMChange(
        "proxy-responses",
        ("chat",),
        "without reasoning_effort",
        "`reasoning` of a Responses request is dropped: a custom provider is not known to take it",
    ),
    LiteLLMChange(
        "proxy-responses",
        ("responses",),
        'with tools[N].description = ""',
        "a tool without a description gets an empty one",
    ),
    LiteLLMChange(
        "proxy-responses",
        ("chat",),
        'with tools[N].function.description = ""',
        "a tool without a description gets an empty one",
    ),
    LiteLLMChange(
        "proxy-responses",
        ("chat",),
        "with tools[N].function.strict = false",
        "a Responses request says `strict` of each tool",
    ),
    LiteLLMChange(
        "proxy-responses",
        ("chat",),
        'with messages[N].content[N].image_url.detail = "auto"',
        "a Responses request says `detail` of each image",
    ),
    LiteLLMChange(
        "proxy-responses",
        ("chat",),
        "with max_tokens = 16",
        "a Responses request cannot limit its answer to less",
    ),
)


@dataclass(frozen=True, slots=True)
class LiteLLMRefusal:
    """Requests that LiteLLM itself refuses, so that the handler is never asked."""

    entries: tuple[Entry, ...]
    scenario: str
    why: str


LITELLM_REFUSALS: Final = (
    LiteLLMRefusal(
        ("proxy-messages", "proxy-chat"),
        "lone-surrogates",
        "the proxy answers 400 to half a character in a request",
    ),
)


def refused_by_litellm(case: Case) -> str:
    """Return why LiteLLM refuses the request of ``case`` itself; empty where it does not."""
    return next(
        (
            refusal.why
            for refusal in LITELLM_REFUSALS
            if case.scenario == refusal.scenario and case.entry in refusal.entries
        ),
        "",
    )


def changed_by_litellm(case: Case, scenario: Scenario, edit: Edit) -> bool:
    """Whether ``edit`` of the SDK's payload in ``case`` is LiteLLM's own doing."""
    return any(change.covers(case, scenario, edit) for change in LITELLM_CHANGES)
