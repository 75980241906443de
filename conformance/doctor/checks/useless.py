"""Settings that do nothing: of the API that a model does not use, or overruled by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.adaptations import ADAPTATIONS
from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.model_name import EFFORTS
from claude_code_proxy.placements import boolean
from claude_code_proxy.reasoning_setting import REASONING
from claude_code_proxy.settings import (
    DROP_FIELDS,
    KEEP_FIELDS,
    KEEP_REASONING,
    USE_RESPONSES_API,
)
from conformance.doctor.checks.values import SWITCHES
from conformance.doctor.finding import Finding, warning
from conformance.doctor.subject import NESTED, of_model, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_code_proxy.routing import UpstreamApi
    from conformance.doctor.config_file import Model
    from conformance.doctor.subject import Subject

APIS: Final[Mapping[UpstreamApi, str]] = {
    "responses": "the Responses API",
    "chat": "Chat Completions",
    "anthropic": "Anthropic's own API",
}
_ACTS_ON: Final[Mapping[str, UpstreamApi]] = {
    **{flag.name: flag.api for flag in DROP_FLAGS},
    **{adaptation.name: adaptation.api for adaptation in ADAPTATIONS},
    KEEP_REASONING: "responses",
    KEEP_FIELDS: "chat",
}
_TURNS_OF: Final[Mapping[str, UpstreamApi]] = {"input": "responses", "messages": "chat"}


def of_the_other_api(subject: Subject) -> Iterator[Finding]:
    """Find settings that are on and act on another API than the model's."""
    for model in subject.ours:
        api = subject.api(model)
        if api is None:
            continue
        for place, name, value in settings_of(model):
            for what, acts_on in _acting(name, value):
                if acts_on != api:
                    message = (
                        f"{what} does nothing: it acts on {APIS[acts_on]}, and this model uses "
                        f"{APIS[api]}: {_cure(api, acts_on)}"
                    )
                    yield of_model(model, warning("does-nothing", message), *place, name)
        if api == "anthropic" and _says(model, USE_RESPONSES_API) is not None:
            message = (
                f"{USE_RESPONSES_API} does nothing: a claude-* model without an api_base goes to "
                "Anthropic's own API"
            )
            yield of_model(model, warning("does-nothing", message), NESTED)


def contradictions(subject: Subject) -> Iterator[Finding]:
    """Find what another setting of the same model overrules."""
    for model in subject.ours:
        nested = model.mapping(NESTED, NESTED)
        for name in SWITCHES:
            said = [_boolean(model.params.get(name)), _boolean(nested.get(name))]
            if sorted(said, key=str) == [False, True]:
                place = (NESTED,) if said[0] is False else (NESTED, NESTED)
                message = (
                    f"{name}: false does nothing: the same setting is true in the model's other "
                    "place, and true wins: keep one"
                )
                yield of_model(model, warning("does-nothing", message), *place, name)
        yield from _kept_and_dropped(model)
        yield from _two_efforts(subject, model)


def _acting(name: str, value: Any) -> Iterator[tuple[str, UpstreamApi]]:
    """Yield what of a setting is switched on, each with the API that it acts on."""
    if name in _ACTS_ON and (_boolean(value) or (name == KEEP_FIELDS and value)):
        yield name, _ACTS_ON[name]
    elif name == DROP_FIELDS:
        for path in [value] if isinstance(value, str) else _texts(value):
            root = path.partition("[")[0].partition(".")[0]
            if root in _TURNS_OF:
                yield f"{path!r} of {DROP_FIELDS}", _TURNS_OF[root]
    elif name == REASONING and isinstance(value, Mapping) and value.get("summary"):
        yield "the summary of reasoning", "responses"


def _cure(api: UpstreamApi, acts_on: UpstreamApi) -> str:
    if api == "anthropic":
        return "take it out; with an api_base the model goes to an OpenAI-compatible upstream"
    wanted = "true" if acts_on == "responses" else "false"
    return f"take it out, or set {USE_RESPONSES_API}: {wanted}"


def _kept_and_dropped(model: Model) -> Iterator[Finding]:
    dropped = {
        path
        for _, name, value in settings_of(model)
        if name == DROP_FIELDS
        for path in ([value] if isinstance(value, str) else _texts(value))
    }
    for place, name, value in settings_of(model):
        if name == KEEP_FIELDS:
            for path in {value} if isinstance(value, str) else _texts(value):
                if path in dropped:
                    message = f"{path!r} of {KEEP_FIELDS} does nothing: {DROP_FIELDS} drops it"
                    yield of_model(model, warning("does-nothing", message), *place, name)


def _two_efforts(subject: Subject, model: Model) -> Iterator[Finding]:
    named, setting = subject.upstream_name(model), model.params.get(REASONING)
    effort = setting.get("effort") if isinstance(setting, Mapping) else setting
    if named is not None and named.effort and effort in EFFORTS and effort != named.effort:
        message = (
            f"-reason-{named.effort} at the end of the name does nothing: {REASONING} says "
            f"{effort}, and wins: keep one"
        )
        yield of_model(model, warning("does-nothing", message), NESTED, "model")


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _boolean(value: object) -> bool | None:
    try:
        return boolean(value)
    except ValueError:
        return None


def _says(model: Model, name: str) -> bool | None:
    return _boolean(model.params.get(name, model.mapping(NESTED, NESTED).get(name)))
