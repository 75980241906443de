"""The environment of a run: the same on every machine, and with no real key in it.

Every source of a credential holds a marked value of its own, so that what arrives upstream tells
where it came from.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping

KEY_FROM_CALL = "key-from-call"
KEY_FROM_ENVIRONMENT = "key-from-env"
KEY_FROM_LITELLM_PARAMS = "key-from-litellm-params"
KEY_OF_THE_CLIENT = "sk-key-from-client"
MARKED_KEYS = (KEY_FROM_CALL, KEY_FROM_LITELLM_PARAMS, KEY_FROM_ENVIRONMENT, KEY_OF_THE_CLIENT)

BASE_VARIABLE = "OPENAI_BASE_URL"
"""Where LiteLLM looks for OpenAI's base if no call and no setting names one."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_SWITCHES = (
    *_PROXIES,
    *(name.lower() for name in _PROXIES),
    "ALWAYS_USE_RESPONSES_API",
    "OPENAI_API_BASE",
    "OPENAI_BASE_URL",
    "OPENAI_CUSTOM_HEADERS",
    "OPENAI_ORGANIZATION",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
)


def prepare(environment: MutableMapping[str, str] | None = None) -> None:
    """Set up ``environment`` (the process's own unless told) before LiteLLM is imported.

    LiteLLM reads its price table and its list of Anthropic's beta headers from the package instead
    of the network, the OpenAI key is a marked one, and what would change routing, headers or the
    way to a loopback address is taken away.
    """
    environment = os.environ if environment is None else environment
    environment["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    environment["LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"] = "True"
    environment.setdefault("LITELLM_LOG", "ERROR")
    environment["OPENAI_API_KEY"] = KEY_FROM_ENVIRONMENT
    for switch in _SWITCHES:
        environment.pop(switch, None)
