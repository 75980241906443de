"""Claims about tools, and about the shape of the answer that a client asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance import asked, said
from conformance.claims.claim import Claim
from conformance.claims.compare import each_payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.asked import Choice
    from conformance.claims.claim import Finding
    from conformance.matrix import Api
    from conformance.records import Records

_SEARCH: Final = "web_search"


def _tools(records: Records) -> Iterator[Finding]:
    wanted = asked.tools(records.scenario)

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = said.tools(api, payload)
        if [tool.name for tool in sent] != [tool.name for tool in wanted]:
            return f"{[tool.name for tool in wanted]}", f"{[tool.name for tool in sent]}"
        changed = [(one, other) for one, other in zip(wanted, sent, strict=True) if one != other]
        return (f"{changed[0][0]}", f"{changed[0][1]}") if changed else None

    if wanted:
        yield from each_payload(records, look, plain=True)


def _strict(records: Records) -> Iterator[Finding]:
    """The client's own word, or false: left out, OpenAI takes it for true on Responses."""

    def look(_: Api, payload: Any) -> tuple[str, str] | None:
        functions = [tool for tool in payload.get("tools", ()) if tool["type"] == "function"]
        without = [tool["name"] for tool in functions if not isinstance(tool.get("strict"), bool)]
        return ("`strict` of every function", f"none of {', '.join(without)}") if without else None

    if asked.tools(records.scenario):
        yield from each_payload(records, look, api="responses", plain=True)


def _choice(records: Records) -> Iterator[Finding]:
    wanted = asked.tool_choice(records.scenario)

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        due, sent = _written(api, wanted), payload.get("tool_choice")
        return None if sent == due else (f"tool_choice {due}", f"{sent}")

    if wanted is not None:
        yield from each_payload(records, look, plain=True)


def _written(api: Api, choice: Choice | None) -> Any:
    if not isinstance(choice, tuple):
        return choice
    name = {"name": choice[1]}
    return {"type": "function", **(name if api == "responses" else {"function": name})}


def _hosted(records: Records) -> Iterator[Finding]:
    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        offered = payload.get("tools", ())
        kinds = [tool["type"] for tool in offered]
        functions = [tool.name for tool in said.tools(api, payload)]
        if _SEARCH in functions:
            return "no function for the search", f"a function {_SEARCH!r}"
        if api == "responses" and not any(kind.startswith(_SEARCH) for kind in kinds):
            return f"a tool of the type {_SEARCH!r}", f"{kinds}"
        return None

    if asked.hosted_tools(records.scenario):
        yield from each_payload(records, look, plain=True)


def _effort(records: Records) -> Iterator[Finding]:
    wanted = asked.effort(records.scenario)

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        of_responses = payload.get("reasoning", {}).get("effort")
        sent = of_responses if api == "responses" else payload.get("reasoning_effort")
        return None if sent == wanted else (f"effort {wanted}", f"{sent}")

    if wanted is not None:
        yield from each_payload(records, look, plain=True)


def _answer_format(records: Records) -> Iterator[Finding]:
    wanted: dict[str, Any] = records.scenario.body.get("response_format") or {}

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        if api == "chat":
            due, sent = wanted, payload.get("response_format")
        else:
            due = {"type": wanted["type"], **wanted.get(wanted["type"], {})}
            sent = payload.get("text", {}).get("format")
        return None if sent == due else (f"{due}", f"{sent}")

    if wanted:
        yield from each_payload(records, look, plain=True)


TOOL_CLAIMS = (
    Claim(
        id="tools-arrive",
        level="MUST",
        sentence="Every function tool arrives with its name, its description and its schema, in "
        "order.",
        reason="The model calls what it is offered, as it is described (docs/design.md).",
        check=_tools,
        needs=("tools",),
    ),
    Claim(
        id="tools-carry-strict",
        level="MUST",
        sentence="On Responses every function tool says `strict`.",
        reason="There it is true unless said, and Claude Code's schemas are no strict ones "
        "(openai-schema-strict-required, openai-schema-strict-additional, docs/catalogue.md).",
        check=_strict,
        needs=("responses", "tools"),
    ),
    Claim(
        id="tool-choice-form",
        level="MUST",
        sentence="`tool_choice` says what the client said, in the form of the API: `required` for "
        "Anthropic's `any`, a tool's name nested on Chat and bare on Responses.",
        reason="openai-resp-tool-choice-object-auto (docs/catalogue.md).",
        check=_choice,
        needs=("tool-choice",),
    ),
    Claim(
        id="hosted-search-is-hosted",
        level="MUST",
        sentence="Anthropic's hosted search becomes the upstream's on Responses, and never a "
        "function.",
        reason="Nobody answers the call of such a function; LiteLLM hands the tool over as "
        "`web_search_options` (docs/litellm-facts.md, 'What reaches the handler, and where').",
        check=_hosted,
        needs=("hosted-search",),
    ),
    Claim(
        id="effort-arrives",
        level="MUST",
        sentence="The reasoning effort of the request, else of the model's name, arrives: "
        "`reasoning.effort` on Responses, `reasoning_effort` on Chat.",
        reason="LiteLLM drops it where it does not know that a provider takes it, so a name can "
        "say it, too (docs/litellm-facts.md, 'What reaches the handler, and where').",
        check=_effort,
        needs=("effort",),
    ),
    Claim(
        id="answer-format-arrives",
        level="MUST",
        sentence="A schema for the answer arrives: in `text.format` on Responses, in "
        "`response_format` on Chat.",
        reason="Without it a client that parses the answer fails (docs/schema.md).",
        check=_answer_format,
        needs=("answer-format",),
    ),
)
