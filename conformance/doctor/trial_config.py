"""The configuration that is run in the user's stead: their models, nothing that leaves the machine.

Each model keeps its settings as they are. Replaced are addresses, by the mock's, and whatever may
be a secret, by a stand-in. Of the rest of the file only what changes a request is kept: no
database, no cache, no callback, no guardrail is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from conformance.doctor.surroundings import BY_ENVIRONMENT
from conformance.environment import KEY_OF_THE_CLIENT
from mock_upstream.journal.secret_names import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.doctor.config_file import Config, Model
    from conformance.doctor.subject import Subject

_ADDRESSES: Final = ("api_base", "base_url")
_HEADERS: Final = ("extra_headers", "headers")
_NAMED: Final = ("model", "additional_drop_params", "allowed_openai_params")
"""Values that are taken as they are, though a word in them may look like a secret's name."""

_OF_LITELLM: Final = ("drop_params", "modify_params")
_OF_THE_SERVER: Final = ("forward_client_headers_to_llm_api",)
_CLAUDE: Final = "claude-"
_SONNET: Final = "sonnet-4-5"
"""What a model with a ``*`` in its name is asked for: one of Claude Code's own."""

STAND_IN: Final = "stand-in-of-the-doctor"


def key_of(model: Model) -> str:
    """Return the stand-in for the key of ``model``: the mock tells by it whose key came."""
    return f"{STAND_IN}-{model.number}"


def name_of(model: Model) -> str:
    """Return the name that ``model`` is asked by: entries of one name are a group in LiteLLM."""
    return f"doctor-{model.number}"


def trial_config(subject: Subject, models: Sequence[Model], base: str) -> dict[str, Any]:
    """Return the configuration in which ``models`` stand before the mock at ``base``."""
    config = subject.config
    return {
        "model_list": [
            {"model_name": name_of(model), "litellm_params": trial_params(model, base)}
            for model in models
        ],
        "litellm_settings": {
            **_kept(config, "litellm_settings", _OF_LITELLM),
            "custom_provider_map": [
                {"provider": mapped.provider, "custom_handler": f"doctor_observer.{name}"}
                for name, mapped in zip(handler_names(subject), subject.handlers, strict=True)
            ],
            "num_retries": 0,
        },
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {
            **_kept(config, "general_settings", _OF_THE_SERVER),
            "master_key": KEY_OF_THE_CLIENT,
        },
    }


def handler_names(subject: Subject) -> list[str]:
    """Return the observer's name for each handler of the provider map."""
    return [f"handler_{number}" for number, _ in enumerate(subject.handlers)]


def trial_params(model: Model, base: str) -> dict[str, Any]:
    """Return the ``litellm_params`` of ``model`` with stand-ins for addresses and secrets."""
    params = _standing_in(model.params, base, key_of(model))
    return {**params, "model": asked_target(model.target)}


def asked_target(target: str) -> str:
    """Return ``target`` with a name of Claude's in the place of its ``*``."""
    return target.replace(f"{_CLAUDE}*", f"{_CLAUDE}{_SONNET}").replace("*", f"{_CLAUDE}{_SONNET}")


def _standing_in(params: Mapping[str, Any], base: str, key: str) -> dict[str, Any]:
    return {name: _stand_in(name, value, base, key) for name, value in params.items()}


def _stand_in(name: str, value: Any, base: str, key: str) -> Any:
    """Return ``value``, or what stands for it; what is empty stays so: that is a setting too."""
    match value:
        case _ if not value or name in _NAMED:
            return value
        case _ if name in _ADDRESSES:
            return base
        case Mapping():
            texts = {str(inner): value[inner] for inner in value}
            is_headers = name in _HEADERS
            return dict.fromkeys(texts, STAND_IN) if is_headers else _standing_in(texts, base, key)
        case list():
            return [_stand_in(name, inner, base, key) for inner in value]
        case str() if is_secret_key(name) or value.startswith(BY_ENVIRONMENT):
            return key
        case _:  # a number is no secret: input_cost_per_token
            return value


def _kept(config: Config, section: str, names: Sequence[str]) -> dict[str, Any]:
    given = config.section(section).mapping
    return {name: given[name] for name in names if name in given}
