"""Claims about the turns: what the client said arrives, whole, in order, and as the API has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import asked, said
from conformance.asked import Call, Result
from conformance.claims.claim import Claim
from conformance.claims.compare import each_payload
from conformance.features import FEATURES, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.asked import Conversation
    from conformance.claims.claim import Finding
    from conformance.matrix import Api
    from conformance.records import Records


def _texts(records: Records) -> Iterator[Finding]:
    """Compare the texts; where turns had to be moved or made up, ask only that all are there."""
    wanted = asked.conversation(records.scenario)
    texts = [(role, whole(text)) for role, text in wanted.texts]
    moved_images = any(result.images for result in wanted.results)

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = list(said.conversation(api, payload).texts)
        if wanted.lost or (api == "chat" and moved_images):
            return _missing(texts, sent)
        return None if sent == texts else (f"{texts}", f"{sent}")

    yield from each_payload(records, look, plain=True)


def _missing(
    texts: Sequence[tuple[str, str]], sent: Sequence[tuple[str, str]]
) -> tuple[str, str] | None:
    left = iter(sent)
    for role, text in texts:
        if not any(role == other and text in longer for other, longer in left):
            return f"{role}: {text}", "it is not there, or out of order"
    return None


def _lone_surrogates(records: Records) -> Iterator[Finding]:
    wanted = _replaced(asked.conversation(records.scenario))

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = _replaced(said.conversation(api, payload))
        return None if sent == wanted else (f"U+FFFD {wanted} times", f"{sent} times")

    if FEATURES["lone-surrogates"].of_scenario(records.scenario):
        yield from each_payload(records, look, plain=True)


def _replaced(conversation: Conversation) -> int:
    texts = [text for _, text in conversation.texts]
    texts += [result.text for result in conversation.results]
    return sum(whole(text).count("\N{REPLACEMENT CHARACTER}") for text in texts)


def _images(records: Records) -> Iterator[Finding]:
    wanted = sorted(asked.conversation(records.scenario).images)

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = sorted(said.conversation(api, payload).images)
        return None if sent == wanted else (f"{len(wanted)} images: {wanted}", f"{sent}")

    if wanted:
        yield from each_payload(records, look, plain=True)


def _calls(records: Records) -> Iterator[Finding]:
    wanted = [(call.name, call.arguments) for call in asked.conversation(records.scenario).calls]

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = [(call.name, call.arguments) for call in said.conversation(api, payload).calls]
        return None if sent == wanted else (f"{wanted}", f"{sent}")

    if wanted:
        yield from each_payload(records, look, plain=True)


def _results(records: Records) -> Iterator[Finding]:
    """Find results by the place of their call, since an id may have to be shortened."""
    conversation = asked.conversation(records.scenario)
    wanted = _results_by_call(conversation)

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = said.conversation(api, payload)
        found = _results_by_call(sent)
        for place, text in wanted.items():
            if text and found.get(place) != text:
                return f"to call {place}: {text}", f"{found.get(place)}"
        told = [text for _, text in sent.texts]
        for lost in conversation.lost:
            if not any(lost.text in text for text in told):
                return f"as a text, its call is gone: {lost.text}", "it is not there"
        return None

    if conversation.results:
        yield from each_payload(records, look, plain=True)


def _results_by_call(conversation: Conversation) -> dict[int, str]:
    texts = {result.call_id: whole(result.text) for result in conversation.results}
    return {
        place: texts[call.id] for place, call in enumerate(conversation.calls) if call.id in texts
    }


def _paired(records: Records) -> Iterator[Finding]:
    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = said.conversation(api, payload)
        called = sorted(call.id for call in sent.calls)
        answered = sorted(result.call_id for result in sent.results)
        return None if called == answered else (f"results of {called}", f"{answered}")

    if asked.conversation(records.scenario).calls:
        yield from each_payload(records, look)


def _adjacent(records: Records) -> Iterator[Finding]:
    """After a turn's calls come their results, all of them, before anything else."""

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        waiting: set[str] = set()
        for event in said.events(api, payload):
            if isinstance(event, Call):
                waiting.add(event.id)
            elif isinstance(event, Result):
                waiting.discard(event.call_id)
            elif waiting:
                return f"the results of {sorted(waiting)}", f"{event}"
        return None

    if asked.conversation(records.scenario).calls:
        yield from each_payload(records, look)


def _text_first(records: Records) -> Iterator[Finding]:
    wanted = list(asked.of_the_assistant(records.scenario))

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = [
            event.name if isinstance(event, Call) else event[1]
            for event in said.events(api, payload)
            if isinstance(event, Call) or (isinstance(event, tuple) and event[0] == "assistant")
        ]
        sent = [one for one in sent if one]
        return None if sent == wanted else (f"{wanted}", f"{sent}")

    if asked.conversation(records.scenario).calls:
        yield from each_payload(records, look, plain=True)


CONVERSATION_CLAIMS = (
    Claim(
        id="text-arrives",
        level="MUST",
        sentence="Every text of every turn arrives under its role, in order and to the letter: "
        "emoji, combining marks and control characters, too.",
        reason="What the model is told is what it answers to; half a character apart, which no "
        "UTF-8 has (RFC 3629, section 3).",
        check=_texts,
    ),
    Claim(
        id="lone-surrogates-replaced",
        level="MUST",
        sentence="Half a character arrives as U+FFFD, one for each half.",
        reason="JSON can spell it, UTF-8 cannot (RFC 3629, section 3); through the SDK it reaches "
        "the handler as it is (docs/litellm-facts.md, 'What reaches the handler, and where').",
        check=_lone_surrogates,
        needs=("lone-surrogates",),
    ),
    Claim(
        id="images-arrive",
        level="MUST",
        sentence="Every image and file of the request arrives, a tool's too, with the same data.",
        reason="Chat Completions takes no image in a tool's message, so it moves "
        "(openai-chat-tool-image, docs/catalogue.md); it must not be lost on the way.",
        check=_images,
        needs=("images",),
    ),
    Claim(
        id="calls-arrive",
        level="MUST",
        sentence="Every call of the history arrives with its name and its arguments, the parallel "
        "ones in their order.",
        reason="A model that does not see what it did does it again (docs/design.md).",
        check=_calls,
        needs=("calls",),
    ),
    Claim(
        id="results-arrive",
        level="MUST",
        sentence="Every result arrives with its own call and to the letter; one whose call is gone "
        "arrives as a text.",
        reason="Claude Code sends results in an order of its own (docs/litellm-facts.md, 'The real "
        "Claude Code command line').",
        check=_results,
        needs=("calls",),
    ),
    Claim(
        id="calls-and-outputs-paired",
        level="MUST",
        sentence="Every call has one output, and every output its call.",
        reason="openai-resp-call-without-output, openai-resp-output-without-call, "
        "openai-chat-tool-calls-unanswered, openai-chat-orphan-tool (docs/catalogue.md).",
        check=_paired,
        needs=("calls",),
    ),
    Claim(
        id="outputs-follow-their-calls",
        level="MUST",
        sentence="Between a turn's calls and their outputs stands nothing else.",
        reason="Chat Completions wants the tool messages right after the call "
        "(openai-chat-tool-calls-unanswered, docs/catalogue.md).",
        check=_adjacent,
        needs=("calls",),
    ),
    Claim(
        id="text-before-calls",
        level="MUST",
        sentence="The assistant's text stands before the calls of its turn, turn by turn.",
        reason="A text after the calls would part them from their outputs, which Chat Completions "
        "refuses (openai-chat-tool-calls-unanswered, docs/catalogue.md).",
        check=_text_first,
        needs=("calls",),
    ),
)
