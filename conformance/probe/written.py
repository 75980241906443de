"""What a probe writes: the profile that the mock loads, and the config that the handler needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.loading import HANDLER
from conformance.probe.contact import is_absent
from conformance.probe.words import words_of
from mock_upstream.profile_format.profile import ProfileError
from mock_upstream.profile_format.profile_file import load_text
from mock_upstream.recording.yaml_text import comments, yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.matrix import Api
    from conformance.probe.charting import Chart
    from conformance.profile_reading import Rule
    from mock_upstream.recording.address import Address

PROVIDER: Final = "claude_code_router"
"""The provider under which a config registers the handler."""

_APIS: Final[tuple[Api, ...]] = ("responses", "chat")


@dataclass(frozen=True, slots=True)
class Occasion:
    """Of what a probe was made: the upstream, the key's variable, the day and the count."""

    address: Address
    key_variable: str
    day: str
    requests: int


def profile_text(chart: Chart, occasion: Occasion) -> str:
    """Write the profile. It is one that `mock-upstream profile check` takes."""
    rules = [*_closed(chart), *chart.draft.rules]
    data = _data(chart, occasion, rules)
    for _ in rules:  # what is never told, beside another rule, is left out
        vain = _in_vain(data)
        if vain is None:
            break
        data["rules"] = [rule for at, rule in enumerate(data["rules"]) if at != vain]
    return comments(_head(chart, occasion)) + yaml_text(data) + comments(_tail(chart))


def config_text(chart: Chart, occasion: Occasion) -> str:
    """Write a LiteLLM config whose model has the settings that were found."""
    journeys = {one.api: one for one in chart.journeys}
    asked: list[Api] = [one for one in _APIS if one in journeys]
    proved: list[Api] = [one for one in asked if journeys[one].proved]
    known: list[Api] = [one for one in _APIS if one not in chart.absent]
    api = (*proved, *asked, *known, *_APIS)[0]
    settings = journeys[api].settings if api in journeys else {}
    key = f"os.environ/{occasion.key_variable}" if occasion.key_variable else "none"
    params = {
        "model": f"{PROVIDER}/{chart.model}",
        "api_base": str(occasion.address),
        "api_key": key,
        "use_responses_api": api == "responses",
        **_effort(chart, api),
        **settings,
    }
    config = {
        "model_list": [{"model_name": chart.model, "litellm_params": params}],
        "litellm_settings": {
            "custom_provider_map": [{"provider": PROVIDER, "custom_handler": HANDLER}],
            "drop_params": True,
        },
        "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"},
    }
    proof = f"Claude Code's request was {'' if api in proved else 'NOT '}taken with them."
    head = [f"For {occasion.address}, found by conformance probe on {occasion.day}.", proof]
    return comments(head) + yaml_text(config)


def _effort(chart: Chart, api: Api) -> dict[str, Any]:
    """Let Claude Code's effort in where the upstream takes each that it may ask for."""
    found = next((one for one in chart.findings if one.api == api), None)
    name = "reasoning.effort" if api == "responses" else "reasoning_effort"
    asked = [f"{api}-{name}", *(f"{api}-{name}={one}" for one in ("medium", "high", "xhigh"))]
    if found is None or any(found.outcomes.get(one) != "accepted" for one in asked):
        return {}
    return {"allowed_openai_params": ["thinking", "reasoning_effort"]}


def _data(chart: Chart, occasion: Occasion, rules: list[Rule]) -> dict[str, Any]:
    base = {key: value for key, value in chart.draft.base.items() if value not in ("none", [])}
    quirks = sorted({quirk for one in chart.answering for quirk in one.quirks})
    settings = {one.api: one.settings for one in chart.journeys if one.settings}
    auth = {} if chart.key is None else chart.key.section
    return {
        "name": "probed",
        "about": f"{occasion.address} with the model {chart.model}, as probed on {occasion.day}.",
        **({"auth": auth} if auth else {}),
        **base,
        **({"replies": {"quirks": quirks}} if quirks else {}),
        "rules": rules,
        **({"settings": settings} if settings else {}),
    }


def _closed(chart: Chart) -> Iterator[Rule]:
    """Yield a rule for each API that is not there."""
    targets: dict[Api, str] = {"responses": "/v1/responses", "chat": "/v1/chat/completions"}
    for api, trial in chart.absent.items():
        if is_absent(trial):
            yield {
                "id": f"{api}-absent",
                "api": api,
                "endpoint": targets[api],
                "error": words_of(trial),
                "note": "Seen by a probe: there is no such endpoint.",
            }


def _in_vain(data: dict[str, Any]) -> int | None:
    """Return the index of a rule with which the profile does not load; None where it does."""
    if _loads(data):
        return None
    for at in range(len(data["rules"])):
        rest = [rule for place, rule in enumerate(data["rules"]) if place != at]
        if _loads({**data, "rules": rest}):
            return at
    return len(data["rules"]) - 1 if data["rules"] else None


def _loads(data: dict[str, Any]) -> bool:
    try:
        load_text(yaml_text(data), "probed")
    except ProfileError:
        return False
    return True


def _head(chart: Chart, occasion: Occasion) -> Iterator[str]:
    yield f"Made by conformance probe, of {occasion.requests} requests to {occasion.address}."
    yield f"It says what was seen with the model {chart.model} on {occasion.day}, and no more."
    if chart.stopped:
        yield f"The probe did not end: {chart.stopped}."


def _tail(chart: Chart) -> Iterator[str]:
    from conformance.probe.charting import NEVER_SEEN

    yield ""
    yield "Unseen, and so in no rule:"
    for one in NEVER_SEEN:
        yield f"- {one}"
    for found in chart.findings:
        for name, why in found.unseen.items():
            yield f"- {name}: {why}"
    for trial in chart.draft.unsaid:
        yield f"- refused, and no rule says it: {trial.id}: {trial.refused.message[:120]}"
