"""A configuration whose faults a run shows, each in a model of its own, so that one proxy does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.conformance.doctor.faults import (
    API,
    CONSUMED,
    DELIVERED,
    EFFORT,
    LOADABLE,
    NOTHING,
    SPELT,
    copied_and_changed,
)

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: Final = """\
model_list:
  - model_name: good-responses
    litellm_params:
      model: claude_code_router/gpt-5.2
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
      drop_metadata_res_api: true
      drop_fields: ["input[*].status"]
      allowed_openai_params: [thinking, reasoning_effort]
      additional_drop_params: [top_k]
      extra_headers: {x-tenant: blue}
      litellm_params: {drop_thinking_blocks_res_api: true}
  - model_name: good-chat
    litellm_params:
      model: claude_code_router/any-model
      api_base: https://two.example.com/v1
      api_key: key-in-the-file
      flatten_text_chat_api: true
      temperature: 0.5
  - model_name: claude-*
    litellm_params:
      model: claude_code_router/claude-*
  - model_name: half-let-through
    litellm_params:
      model: claude_code_router/gpt-5.2-reason-low
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
      allowed_openai_params: [reasoning_effort]
  - model_name: stranger
    litellm_params:
      model: claude_code_router/any-model
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
      house_style: plain
  - model_name: still-sent
    litellm_params:
      model: claude_code_router/gpt-5.2-reason-high
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
      additional_drop_params: [max_output_tokens]
  - model_name: by-the-table
    litellm_params:
      model: claude_code_router/computer-use-preview
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
      flatten_text_chat_api: true
  - model_name: stale
    litellm_params:
      model: stale_router/gpt-5.2-reason-high
      api_base: https://one.example.com/v1
      api_key: key-in-the-file
      extra_body: {tenants: [{client_secret: key-in-the-file}]}
      drop_metadata_res_api: true
  - model_name: leaving
    litellm_params:
      model: stale_router/gpt-5.2-reason-low
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
  - model_name: broken
    litellm_params:
      model: broken_router/any
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
  - model_name: refusing
    litellm_params:
      model: claude_code_router/gpt-5.2-reason-high
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
      keep_reasoning: sometimes
  - model_name: left-out
    litellm_params:
      model: claude_code_router/any-model
      api_base: https://one.example.com/v1
      api_key: os.environ/TRIAL_KEY
      input_cost_per_token: 0.000001
      rpm: many
  - model_name: nobodys
    litellm_params: {model: opnai/gpt-4.1, api_base: "https://one.example.com/v1"}
  - model_name: copilots
    litellm_params: {model: github_copilot/gpt-4.1}
  - model_name: somebodys
    litellm_params: {model: acme/any-model, custom_llm_provider: openai}

litellm_settings:
  callbacks: [callbacks_that_would_phone_home.instance]
  custom_provider_map:
    - provider: claude_code_router
      custom_handler: claude_code_proxy.claude_code_router.claude_code_router
    - provider: stale_router
      custom_handler: stale.claude_code_proxy.claude_code_router.claude_code_router
    - provider: broken_router
      custom_handler: broken.router.instance
general_settings:
  database_url: postgresql://nobody:key-of-the-database@192.0.2.1/none
"""

STALE: Final = '''\
"""A handler of long ago, that knows no flag, and one of another name that leaves the machine."""

import os
import socket
from pathlib import Path

import httpx
from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import ModelResponse


class Stale(CustomLLM):
    async def acompletion(self, **kwargs):
        with Path(__file__).with_name("seen").open("a") as seen:
            seen.write(repr(kwargs) + repr(dict(os.environ)))
        if kwargs["model"].endswith("low"):
            socket.create_connection(("192.0.2.1", 443), timeout=1)
        payload = {"model": kwargs["model"], "input": "Good day.", "metadata": {"old": "yes"}}
        httpx.post(
            kwargs["api_base"] + "/responses",
            json=payload,
            headers={"authorization": "Bearer " + kwargs["api_key"]},
        )
        return ModelResponse(
            choices=[{"message": {"role": "assistant", "content": "Good day."}}],
            usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        )


claude_code_router = Stale()
'''
BROKEN: Final = "from broken.part import nothing\n\ninstance = nothing\n"
ENVIRONMENT: Final = {
    "TRIAL_KEY": "key-from-the-environment",
    "ANTHROPIC_API_KEY": "key-of-anthropic-12345",
    "LITELLM_MASTER_KEY": "key-of-the-proxy-12345",
    "DATABASE_URL": "postgresql://nobody:key-of-the-database@192.0.2.1/none",
}
KEYS: Final = (*ENVIRONMENT.values(), "key-in-the-file", "key-of-the-database")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One fault that a run shows: of which model, or of no single one."""

    name: str
    question: str
    model: str | None
    finds: str
    says: str


SHOWN_BY_A_TRIAL: Final = (
    Shown(
        name="a provider that LiteLLM does not know",
        question=LOADABLE,
        model="nobodys",
        finds="unknown-provider",
        says="'opnai'",
    ),
    Shown(
        name="the handler's own file is a copy's, its modules are another's",
        question=LOADABLE,
        model=None,
        finds="handler-copies",
        says="claude_code_proxy/settings.py",
    ),
    Shown(
        name="a handler does not import",
        question=LOADABLE,
        model=None,
        finds="handler-load",
        says="ModuleNotFoundError: No module named 'broken'",
    ),
    Shown(
        name="effort is let through under its old name only",
        question=EFFORT,
        model="half-let-through",
        finds="effort-lost",
        says="allowed_openai_params: [thinking, reasoning_effort]",
    ),
    Shown(
        name="a setting that reaches the handler and is nobody's",
        question=DELIVERED,
        model="stranger",
        finds="unread-setting",
        says="house_style reaches the handler",
    ),
    Shown(
        name="a parameter that is to be dropped, and is sent",
        question=CONSUMED,
        model="still-sent",
        finds="drop-params-consumed",
        says='drop_fields: ["max_output_tokens"]',
    ),
    Shown(
        name="a flag of the API that LiteLLM's table rules out",
        question=API,
        model="by-the-table",
        finds="does-nothing",
        says="this model uses the Responses API",
    ),
    Shown(
        name="a flag that the loaded copy of the handler does not know",
        question=NOTHING,
        model="stale",
        finds="without-effect",
        says="metadata is sent all the same",
    ),
    Shown(
        name="a value that the handler refuses, told once and not as a refusal, too",
        question=SPELT,
        model="refusing",
        finds="wrong-value",
        says="expected true or false",
    ),
    Shown(
        name="a model that LiteLLM leaves out, and tells only its log",
        question=DELIVERED,
        model="left-out",
        finds="refused",
        says="LiteLLM leaves the model out: 1 validation error for LiteLLM_Params rpm",
    ),
    Shown(
        name="a handler that goes elsewhere than it is told",
        question=DELIVERED,
        model="leaving",
        finds="refused",
        says="a trial asks nobody but the mock",
    ),
)


def laid_out(directory: Path) -> Path:
    """Write the configuration and what lies beside it; return its path."""
    copied_and_changed(directory)
    stale = directory / "stale" / "claude_code_proxy"
    stale.mkdir(parents=True)
    (stale / "claude_code_router.py").write_text(STALE, "utf-8")
    (directory / "broken").mkdir()
    (directory / "broken" / "router.py").write_text(BROKEN, "utf-8")
    (directory / "broken" / "part.py").write_text("nothing = None\n", "utf-8")
    config = directory / "config.yaml"
    config.write_text(CONFIG, "utf-8")
    return config
