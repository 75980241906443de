"""Features: what a case must have for a claim to concern it.

A claim names the features that it needs. On a run that has no case with them, or with a handler
that is said to lack one, the claim is ``unsupported``: it was not put to the test, and no pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance import asked
from conformance.variants import variant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.matrix import Case, Delivery
    from conformance.scenarios import Scenario


def any_case(_: Case) -> bool:
    """Tell nothing by the case: the scenario has the feature."""
    return True


def _any_scenario(_: Scenario) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Feature:
    """A name, what a case with it does, and how that is told: by its scenario, or by the rest."""

    name: str
    about: str
    of_scenario: Callable[[Scenario], bool] = _any_scenario
    of_case: Callable[[Case], bool] = any_case


def _of_case(name: str, about: str, has: Callable[[Case], bool]) -> Feature:
    return Feature(name, about, of_case=has)


def _of_scenario(name: str, about: str, has: Callable[[Scenario], bool]) -> Feature:
    return Feature(name, about, of_scenario=has)


def strings(delivery: Delivery) -> bool:
    """Whether a flag is spelled as a string."""
    return any(isinstance(value, str) for _, flags in delivery.values for _, value in flags)


def agrees(delivery: Delivery) -> bool:
    """Whether several placements say the same of the same flags."""
    said = {flags for _, flags in delivery.values}
    return len(delivery.placements) > 1 and len(said) == 1


_ALL: Final = (
    _of_case("responses", "goes to the Responses API", lambda case: case.api == "responses"),
    _of_case("chat", "goes to Chat Completions", lambda case: case.api == "chat"),
    _of_case("streams", "asks for a stream", lambda case: case.streams),
    _of_case("two-streams", "reads two streams at once", lambda case: case.options.beside),
    _of_case("flags", "sets a drop flag", lambda case: not case.delivery.is_unset),
    _of_case("raised-flags", "raises a drop flag", lambda case: bool(case.delivery.raised)),
    _of_case("flag-strings", "spells a flag as a string", lambda case: strings(case.delivery)),
    _of_case("agreement", "sets flags in several placements", lambda case: agrees(case.delivery)),
    _of_case("drop-fields", "sets `drop_fields`", lambda case: bool(case.options.drop_fields)),
    _of_case(
        "drop-fields-with-flags",
        "sets `drop_fields` and raises a drop flag",
        lambda case: bool(case.options.drop_fields and case.delivery.raised),
    ),
    _of_case(
        "drop-params", "sets `drop_params`", lambda case: case.options.drop_params is not None
    ),
    _of_case(
        "upstream-settings",
        "has the settings recommended for an upstream",
        lambda case: bool(case.options.upstream),
    ),
    _of_case(
        "upstream-model", "asks for an upstream's model", lambda case: bool(case.options.model)
    ),
    _of_case("variants", "is a variant", lambda case: bool(case.options.variant)),
    _of_case(
        "refusals",
        "is a variant that ends in an error",
        lambda case: variant(case.options.variant).status is not None,
    ),
    _of_case(
        "plans",
        "is a variant whose upstream follows a plan",
        lambda case: variant(case.options.variant).kind == "reply",
    ),
    _of_case("headers", "configures a header", lambda case: bool(case.options.extra_headers)),
    _of_case("credentials", "has its key elsewhere", lambda case: case.source != "call"),
    _of_case("no-key", "has a base without a key", lambda case: case.source == "none"),
    _of_case(
        "entries",
        "goes through LiteLLM's Router or proxy",
        lambda case: case.entry not in ("sdk", "handler"),
    ),
    _of_case("router", "goes through LiteLLM's Router", lambda case: case.entry == "router"),
    _of_case("proxy", "goes through LiteLLM's proxy", lambda case: case.entry.startswith("proxy")),
    _of_scenario("thinking", "has thinking in the history", lambda one: bool(asked.thinking(one))),
    _of_scenario("tools", "offers function tools", lambda one: bool(asked.tools(one))),
    _of_scenario(
        "hosted-search", "offers a hosted search", lambda one: bool(asked.hosted_tools(one))
    ),
    _of_scenario(
        "tool-choice", "says what to call", lambda one: asked.tool_choice(one) is not None
    ),
    _of_scenario("effort", "asks for an effort", lambda one: asked.effort(one) is not None),
    _of_scenario("answer-format", "asks for a form", lambda one: "response_format" in one.body),
    _of_scenario(
        "calls", "has calls in the history", lambda one: bool(asked.conversation(one).calls)
    ),
    _of_scenario("images", "has images or files", lambda one: bool(asked.conversation(one).images)),
    _of_scenario(
        "lone-surrogates",
        "has half a character",
        lambda one: any(text != whole(text) for _, text in asked.conversation(one).texts),
    ),
    _of_scenario("token-limit", "limits its answer", lambda one: "max_tokens" in one.body),
)

FEATURES: Final[Mapping[str, Feature]] = {feature.name: feature for feature in _ALL}


def whole(text: str) -> str:
    """Return ``text`` with U+FFFD for each half of a character, as the claims want it sent."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
