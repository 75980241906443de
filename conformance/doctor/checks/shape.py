"""Is it a configuration at all: keys given twice, and entries of ``model_list`` that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from conformance.doctor.finding import Finding, error, warning
from conformance.doctor.subject import PROVIDER, of_model, of_section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Model, Part
    from conformance.doctor.subject import Subject


def repeated_keys(subject: Subject) -> Iterator[Finding]:
    """Find keys that are given twice: YAML loaders keep the last, without a word."""
    for part in subject.config.parts:
        for key, line in part.document.repeated:
            yield Finding(
                id="repeated-key",
                severity="error",
                message=f"the key {key!r} is given twice; LiteLLM keeps the last one without a "
                "word: keep one",
                file=part.name,
                line=line,
            )


def models(subject: Subject) -> Iterator[Finding]:
    """Find a ``model_list`` without a model, and entries without a name or a target."""
    for part in subject.config.parts:
        yield from _list(part)
    yield from (found for model in subject.config.models for found in _entry(model))
    if not subject.config.models and "model_list" not in subject.config.sections:
        told = error(
            "no-model-list",
            "there is no model_list; expected one with a model_name and litellm_params in each "
            "entry: LiteLLM would start and serve nothing",
        )
    elif subject.config.models and not subject.custom and not subject.ours:
        told = warning(
            "no-model-of-ours",
            "no model goes through a custom handler; expected one whose model begins with "
            f"{PROVIDER}/: Claude Code's requests go upstream as LiteLLM makes them",
        )
    else:
        return
    yield of_section(subject.config.section("model_list"), told)


def _list(part: Part) -> Iterator[Finding]:
    given = part.document.value.get("model_list", ...)
    if given is ... or (isinstance(given, list) and given):
        return
    kind = "empty" if not given else f"{type(given).__name__}, not a list"
    yield Finding(
        id="no-model-list",
        severity="error",
        message=f"model_list is {kind}; expected a list of entries, each with a model_name and "
        "litellm_params",
        file=part.name,
        line=part.line("model_list"),
    )


def _entry(model: Model) -> Iterator[Finding]:
    params = model.entry.get("litellm_params")
    if not isinstance(params, Mapping) or not model.target:
        yield of_model(
            model,
            error(
                "incomplete-model",
                "the entry has no litellm_params with a model; expected litellm_params: {model: "
                f"{PROVIDER}/NAME, …}}: LiteLLM refuses it",
            ),
            *(["litellm_params"] if "litellm_params" in model.entry else []),
        )
    if not model.entry.get("model_name"):
        yield of_model(
            model,
            error(
                "incomplete-model",
                "the entry has no model_name; expected the name that Claude Code asks for",
            ),
        )
