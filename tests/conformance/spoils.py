"""For each claim, recorded requests or outcomes spoilt so that it must be broken."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from conformance.environment import KEY_FROM_ENVIRONMENT, KEY_OF_THE_CLIENT
from conformance.flags import METADATA, THINKING_BLOCKS
from conformance.matrix import Case, Options
from tests.conformance.spoilt import (
    Spoil,
    Which,
    answered,
    edited,
    failed,
    flagged,
    heard,
    never,
    plain,
    rewritten,
    sent,
    spelled,
    touched,
    twice,
)

_THINKING: Final = "thinking-history"
_PARALLEL: Final = "parallel-calls"
_PLAIN: Final = "plain-turn"
_FULL: Final = "reply-with-everything"
_HOT: Final = edited("with temperature = 0.5")


def _variant(name: str, method: str = "completion") -> Which:
    return lambda case: case.options.variant == name and case.method == method


def _strings(case: Case) -> bool:
    values = [value for _, flags in case.delivery.values for _, value in flags]
    return "TRUE" in values and case.api == "responses"


def _agrees(case: Case) -> bool:
    said = {flags for _, flags in case.delivery.values}
    return len(case.delivery.placements) == 2 and len(said) == 1 and case.api == "responses"


def _conflicts(case: Case) -> bool:
    said = {flags for _, flags in case.delivery.values}
    return len(case.delivery.placements) == 2 and len(said) == 2 and case.api == "responses"


def _indented(body: bytes) -> bytes:
    return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)


def _swapped(payload: Any) -> Any:
    items = payload["input"]
    place = next(i for i, item in enumerate(items) if item["type"] == "function_call")
    items[place - 1], items[place] = items[place], items[place - 1]
    return payload


def _last_first(payload: Any) -> Any:
    return {**payload, "input": payload["input"][::-1]}


def _without_item(kind: str) -> Any:
    def change(payload: Any) -> Any:
        place = next(i for i, item in enumerate(payload["input"]) if item["type"] == kind)
        return {**payload, "input": payload["input"][:place] + payload["input"][place + 1 :]}

    return rewritten(change)


def _text_between(payload: Any) -> Any:
    items = payload["input"]
    place = next(i for i, item in enumerate(items) if item["type"] == "function_call_output")
    said = {"type": "message", "role": "user", "content": "wait"}
    return {**payload, "input": [*items[:place], said, *items[place:]]}


def _one_id(payload: Any) -> Any:
    items = [
        {**item, "call_id": "call_1"} if "call_id" in item else item for item in payload["input"]
    ]
    return {**payload, "input": items}


def _long_ids(payload: Any) -> Any:
    items = [
        {**item, "call_id": item["call_id"] + "x" * 64} if "call_id" in item else item
        for item in payload["input"]
    ]
    return {**payload, "input": items}


SPOILS: Final[Mapping[str, tuple[Spoil, ...]]] = {
    "one-request": (
        Spoil(_THINKING, plain(), twice, id="twice"),
        Spoil(_THINKING, plain(), never, id="never"),
    ),
    "answered": (Spoil(_THINKING, plain(), answered("something else")),),
    "streams-apart": (
        Spoil(
            _THINKING,
            plain(method="streaming", options=Options(beside=True)),
            answered("something else"),
        ),
    ),
    "refused-without-key": (Spoil(_THINKING, plain(source="none"), answered("an answer")),),
    "configured-upstream": (
        Spoil(_THINKING, plain(), sent(path="/v1/chat/completions"), id="path"),
        Spoil(_THINKING, plain(), sent(base="environment"), id="base"),
        Spoil(_THINKING, plain(), sent(credential=KEY_FROM_ENVIRONMENT), id="key"),
    ),
    "arguments-untouched": (Spoil(_THINKING, plain(), touched("messages")),),
    "errors-by-status": (
        Spoil(_PLAIN, _variant("status-404"), answered("all is well"), id="swallowed"),
        Spoil(_PLAIN, _variant("status-429"), failed(500), id="another"),
        Spoil(_PLAIN, _variant("bad-switch"), answered("taken"), id="ours"),
    ),
    "streamed-as-whole": (
        Spoil(_PLAIN, _variant(_FULL, "astreaming"), heard("tool_calls"), id="calls"),
        Spoil(_PLAIN, _variant(_FULL, "streaming"), heard("usage"), id="usage"),
        Spoil(_PLAIN, _variant(_FULL, "streaming"), heard("reasoning_content"), id="reasoning"),
    ),
    "base-and-key-of-one-source": (
        Spoil(_THINKING, plain(source="environment"), sent(base="call"), id="base"),
        Spoil(_THINKING, plain(source="both"), sent(credential=KEY_FROM_ENVIRONMENT), id="key"),
    ),
    "credentials-change-no-byte": (Spoil(_THINKING, plain(source="environment"), _HOT),),
    "clients-key-stays": (
        Spoil(
            _THINKING,
            plain(entry="proxy-messages", method="acompletion"),
            sent(credential=KEY_OF_THE_CLIENT),
            id="credential",
        ),
        Spoil(
            _THINKING,
            plain(entry="proxy-chat", method="acompletion"),
            edited(f'with metadata.key = "{KEY_OF_THE_CLIENT}"'),
            id="body",
        ),
    ),
    "headers-by-list": (
        Spoil(
            _THINKING,
            plain(),
            sent(headers=(("accept", "*/*"), ("content-type", "application/json"), ("x-a", None))),
            id="one more",
        ),
        Spoil("plain-turn", lambda case: bool(case.options.extra_headers), sent(headers=())),
    ),
    "sync-is-async": (Spoil(_THINKING, plain(method="acompletion"), _HOT),),
    "stream-keys-only": (Spoil(_THINKING, plain(method="streaming"), _HOT),),
    "entry-changes-nothing": (
        Spoil(_THINKING, plain(entry="router", method="acompletion"), _HOT, id="router"),
        Spoil(_THINKING, plain(entry="proxy-chat", method="acompletion"), _HOT, id="proxy"),
        Spoil(
            _THINKING,
            plain(entry="proxy-messages", method="acompletion"),
            edited("without input[*].thinking_blocks"),
            id="another entry's change",
        ),
    ),
    "flag-drops-only-its-field": (
        Spoil(_THINKING, flagged(METADATA), edited("without tools"), id="more"),
        Spoil(_THINKING, flagged(METADATA), edited('with metadata = {"a":"b"}'), id="less"),
    ),
    "same-in-any-placement": (Spoil(_THINKING, flagged(METADATA), _HOT),),
    "unset-is-false": (
        Spoil(
            _THINKING,
            lambda case: case.is_plain and "unset" not in str(case.delivery) and _off(case),
            edited("without metadata"),
        ),
    ),
    "any-true-wins": (Spoil(_THINKING, _conflicts, edited('with metadata = {"a":"b"}')),),
    "responses-flags-leave-chat-alone": (Spoil(_THINKING, flagged(METADATA, api="chat"), _HOT),),
    "strings-are-booleans": (Spoil(_THINKING, _strings, edited('with metadata = {"a":"b"}')),),
    "agreement-changes-nothing": (Spoil(_THINKING, _agrees, _HOT),),
    "drop-params-change-nothing": (
        Spoil(_THINKING, plain(options=Options(drop_params=True)), edited("without tools")),
    ),
    "drop-fields-drop-their-paths": (
        Spoil(
            _THINKING,
            plain(options=Options(drop_fields=("metadata",))),
            edited('with metadata = {"a":"b"}'),
            id="less",
        ),
        Spoil(
            _THINKING,
            plain(api="chat", options=Options(drop_fields=("metadata",))),
            edited("without tools"),
            id="more",
        ),
    ),
    "drop-fields-commute-with-flags": (
        Spoil(
            _THINKING,
            lambda case: (
                case.api == "responses"
                and case.options == Options(drop_fields=("metadata",))
                and case.delivery.raised == {THINKING_BLOCKS}
            ),
            edited("with input[2].thinking_blocks = []"),
        ),
    ),
    "flag-is-its-drop-field": (
        Spoil(_THINKING, plain(options=Options(drop_fields=("metadata",))), _HOT),
    ),
    "same-json-same-bytes": (Spoil(_THINKING, plain(), spelled(_indented)),),
    "metadata-unless-dropped": (
        Spoil(_THINKING, plain(), edited("without metadata"), id="none"),
        Spoil(_THINKING, plain(), edited('with metadata.model_group = "x"'), id="more"),
    ),
    "thinking-blocks-unless-dropped": (
        Spoil(_THINKING, plain(), edited("without input[*].thinking_blocks"), id="none"),
        Spoil(
            _THINKING,
            plain(),
            edited('with input[2].thinking_blocks[0].signature = "other"'),
            id="signature",
        ),
    ),
    "no-reasoning-content-on-responses": (
        Spoil(_THINKING, plain(), edited('with input[2].reasoning_content = "hm"')),
    ),
    "chat-is-plain": (
        Spoil(_THINKING, plain(api="chat"), edited('with metadata = {"a":"b"}'), id="metadata"),
        Spoil(
            _THINKING,
            plain(api="chat"),
            edited('with messages[2].reasoning_content = "hm"'),
            id="thinking",
        ),
    ),
    "nothing-of-ours": (
        Spoil(_THINKING, plain(), edited("with drop_params = true"), id="setting"),
        Spoil(_THINKING, plain(), edited('with user = "key-from-call"'), id="key"),
    ),
    "no-nulls": (
        Spoil(_THINKING, plain(), edited("with temperature = null"), id="top"),
        Spoil(_THINKING, plain(api="chat"), edited("with messages[0].content = null"), id="in"),
    ),
    "model-as-configured": (
        Spoil(_THINKING, plain(), edited('with model = "openai/gpt-5.2-high"')),
    ),
    "text-arrives": (
        Spoil("any-text", plain(), edited('with input[1].content[0].text = "?"'), id="changed"),
        Spoil("any-text", plain(), rewritten(_last_first), id="order"),
        Spoil("any-text", plain(), edited('with input[2].role = "user"'), id="role"),
        Spoil("unpaired-calls", plain(), edited('with input[7].content[0].text = ""'), id="lost"),
    ),
    "lone-surrogates-replaced": (
        Spoil("lone-surrogates", plain(), edited('with input[0].content = "half a face: "')),
    ),
    "images-arrive": (
        Spoil("image-and-file", plain(), edited("without input[1].content[1].image_url")),
    ),
    "calls-arrive": (
        Spoil(_PARALLEL, plain(), _without_item("function_call"), id="lost"),
        Spoil(_PARALLEL, plain(), edited('with input[3].arguments = "{}"'), id="arguments"),
    ),
    "results-arrive": (
        Spoil(_PARALLEL, plain(), edited('with input[6].output = "Friday"'), id="another's"),
        Spoil(
            "unpaired-calls", plain(), edited('with input[9].content[1].text = ""'), id="lost call"
        ),
    ),
    "calls-and-outputs-paired": (
        Spoil(_PARALLEL, plain(), _without_item("function_call_output"), id="no output"),
        Spoil(_PARALLEL, plain(), _without_item("function_call"), id="no call"),
    ),
    "outputs-follow-their-calls": (Spoil(_PARALLEL, plain(), rewritten(_text_between)),),
    "text-before-calls": (Spoil(_PARALLEL, plain(), rewritten(_swapped)),),
    "call-ids-within-limit": (
        Spoil(_PARALLEL, plain(), rewritten(_long_ids), id="too long"),
        Spoil(_PARALLEL, plain(), rewritten(_one_id), id="the same"),
    ),
    "identifiers-within-64": (
        Spoil(_THINKING, plain(), edited(f'with user = "{"u" * 65}"'), id="long"),
        Spoil(_THINKING, plain(api="chat"), edited("with user = 7"), id="no string"),
    ),
    "metadata-within-limits": (
        Spoil(_THINKING, plain(), edited(f'with metadata.a = "{"v" * 513}"'), id="value"),
        Spoil(_THINKING, plain(), edited(f'with metadata.{"k" * 65} = "v"'), id="key"),
        Spoil(_THINKING, plain(), edited("with metadata.a = 1"), id="number"),
        Spoil(
            _THINKING,
            plain(),
            edited(*(f'with metadata.k{number} = "v"' for number in range(16))),
            id="pairs",
        ),
    ),
    "output-tokens-at-least-16": (
        Spoil("probe-test", plain(), edited("with max_output_tokens = 1"), id="too small"),
        Spoil(_THINKING, plain(), edited("with max_output_tokens = 4095"), id="another"),
    ),
    "tools-arrive": (
        Spoil(_PARALLEL, plain(), edited("with tools = []"), id="lost"),
        Spoil(_PARALLEL, plain(), edited('with tools[0].description = "?"'), id="description"),
        Spoil(
            _PARALLEL, plain(), edited("without tools[0].parameters.properties.zone"), id="schema"
        ),
    ),
    "tools-carry-strict": (Spoil(_PARALLEL, plain(), edited("without tools[*].strict")),),
    "tool-choice-form": (
        Spoil(
            "tool-choice-tool",
            plain(),
            edited('with tool_choice = {"type":"function","function":{"name":"Clock"}}'),
            id="the other API's",
        ),
        Spoil("tool-choice-any", plain(api="chat"), edited('with tool_choice = "any"'), id="word"),
    ),
    "hosted-search-is-hosted": (
        Spoil("hosted-search", plain(), edited('with tools[1].type = "other"'), id="lost"),
        Spoil(
            "hosted-search",
            plain(api="chat"),
            edited('with tools[0].function.name = "web_search"'),
            id="a function",
        ),
    ),
    "effort-arrives": (
        Spoil("effort-in-name", plain(), edited("without reasoning"), id="name"),
        Spoil(
            "effort-in-request",
            plain(api="chat"),
            edited('with reasoning_effort = "high"'),
            id="request",
        ),
    ),
    "answer-format-arrives": (
        Spoil("structured-output", plain(), edited("without text.format.strict"), id="strict"),
        Spoil("structured-output", plain(api="chat"), edited("without response_format"), id="all"),
    ),
    "golden-cured": (
        Spoil(
            "tool-error",
            lambda case: case.options.upstream == "gateway",
            edited('with metadata = {"a":"b"}'),
            id="payload",
        ),
        Spoil(
            "tool-error",
            lambda case: case.options.upstream == "github-copilot",
            sent(headers=()),
            id="header",
        ),
    ),
    "golden-refused": (
        Spoil(
            "tool-error",
            lambda case: case.options.model == "any-model" and not case.options.upstream,
            edited("without metadata", "without input[*].thinking_blocks"),
            id="too early",
        ),
        Spoil(
            "tool-error",
            lambda case: case.options.model == "devstral-medium" and not case.options.upstream,
            edited("without stream_options"),
            id="another",
        ),
    ),
}
"""By claim id. Those about verdicts are spoilt in the answers, in `test_claims`."""


def _off(case: Case) -> bool:
    return not case.delivery.raised and not case.delivery.is_unset and case.api == "responses"
