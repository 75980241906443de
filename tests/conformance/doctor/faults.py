"""The planted faults: each by its name, with the question of the doctor's that it belongs to.

A fault is an edit of the good file, of the environment, or of what lies around them. It is found
where the doctor names it by its id, at the line that holds ``at``, and finds nothing else.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import claude_code_proxy
from conformance.doctor.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INSTALLED: Final = Path(str(claude_code_proxy.__file__)).parents[1]
PACKAGES: Final = ("claude_code_proxy", "common")

GOOD: Final = """\
model_list:
  - model_name: fast
    litellm_params:
      model: claude_code_router/gpt-5.2
      api_base: https://fast.example.com/v1
      api_key: os.environ/FAST_API_KEY
      drop_metadata_res_api: true
      drop_fields: ["input[*].status", temperature]
      keep_reasoning: "true"
      reasoning: {summary: auto}
      allowed_openai_params: [thinking, reasoning_effort]
      additional_drop_params: [top_k]
      extra_headers: {x-tenant: blue}
  - model_name: plain
    model_info: {mode: chat}
    litellm_params:
      model: claude_code_router/any-model
      api_base: https://plain.example.com/openai/v1/
      api_key: os.environ/PLAIN_API_KEY
      flatten_text_chat_api: true
      keep_fields: ["messages[*].reasoning_content"]
      extra_body: {top_k: 20}
      rpm: 60
  - model_name: nested
    litellm_params:
      model: claude_code_router/o4-mini-reason-high
      api_base: http://upstream.internal:8080/v1
      api_key: none
      litellm_params: {drop_thinking_blocks_res_api: true}
  - model_name: claude-*
    litellm_params:
      model: claude_code_router/claude-*
  - model_name: others
    litellm_params: {model: openai/gpt-4.1, api_key: os.environ/OPENAI_API_KEY}

litellm_settings:
  drop_params: true
  custom_provider_map:
    - provider: claude_code_router
      custom_handler: claude_code_proxy.claude_code_router.claude_code_router
general_settings:
  master_key: os.environ/PROXY_KEY
"""
ENVIRONMENT: Final[Mapping[str, str]] = {
    "FAST_API_KEY": "key-of-fast-12345",
    "PLAIN_API_KEY": "key-of-plain-12345",
    "ANTHROPIC_API_KEY": "key-of-anthropic-12345",
    "PROXY_KEY": "key-of-the-proxy-12345",
}

LOADABLE: Final = "is the handler loadable as LiteLLM loads it; which of two copies wins"
SPELT: Final = "are the settings spelled right, of the right type, in the right place"
KEY_SET: Final = "is each key's environment variable set"
BASE: Final = "is api_base sane"
STARTS: Final = "will the newest LiteLLM start"
API: Final = "which upstream API will each model use"
DELIVERED: Final = "which settings reach the handler at run time, and in which placement"
EFFORT: Final = "does Claude Code's reasoning effort arrive"
NOTHING: Final = "flags that do nothing"
CONSUMED: Final = "additional_drop_params that LiteLLM consumes"
QUESTIONS: Final = (
    *(LOADABLE, SPELT, KEY_SET, BASE, STARTS, API, DELIVERED, EFFORT, NOTHING, CONSUMED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planted fault: ``old`` of the good file becomes ``new``."""

    name: str
    question: str
    finds: str
    at: str
    says: str = ""
    old: str = ""
    new: str = ""
    environment: Mapping[str, str | None] = field(default_factory=dict)
    around: Callable[[Path], None] = lambda _: None
    installed: bool = True
    in_container: bool = False

    @property
    def text(self) -> str:
        """The file with the fault in it."""
        assert self.old in GOOD
        return GOOD.replace(self.old, self.new, 1) if self.old else GOOD

    def surroundings(self, directory: Path) -> Surroundings:
        """What stands around the file in ``directory``, which LiteLLM is not started in."""
        changed = {**ENVIRONMENT, **self.environment}
        environment = {name: value for name, value in changed.items() if value is not None}
        path = environment.get("PYTHONPATH")
        if path:
            environment["PYTHONPATH"] = str(directory / path)
        installed = (INSTALLED,) if self.installed else ()
        return Surroundings(environment, directory / "elsewhere", installed, self.in_container)


def copied(directory: Path) -> None:
    """Put a copy of our packages beside the config file."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(INSTALLED / package, directory / package, ignore=ignored)


def copied_and_changed(directory: Path) -> None:
    """Put an older copy of our packages beside the config file."""
    copied(directory)
    (directory / "claude_code_proxy" / "settings.py").write_text("OLD = True\n", "utf-8")


def copied_beside_anothers_common(directory: Path) -> None:
    """Put a copy beside the config file, and another project's ``common`` on the way."""
    copied(directory)
    shutil.move(directory / "claude_code_proxy", directory / "theirs" / "claude_code_proxy")
    (directory / "claude_code_proxy").mkdir()
    router = "claude_code_proxy/claude_code_router.py"
    shutil.copyfile(INSTALLED / router, directory / router)
    (directory / "theirs" / "common").mkdir()
    (directory / "theirs" / "common" / "__init__.py").touch()


def included(directory: Path) -> None:
    """Put a second file beside the config file."""
    text = "\n".join(
        (
            "model_list:",
            "  - model_name: more",
            "    litellm_params:",
            "      model: claude_code_router/gpt-5.2",
            "      api_base: https://more.example.com/v1",
            "      api_key: os.environ/MORE_API_KEY",
            "      allowed_openai_params: [thinking, reasoning_effort]",
        )
    )
    (directory / "more.yaml").write_text(text, "utf-8")


_FAST_BASE: Final = "https://fast.example.com/v1"
_FAST_KEY: Final = "os.environ/FAST_API_KEY"
_FLAG: Final = "drop_metadata_res_api: true"
_ALLOWED: Final = "allowed_openai_params: [thinking, reasoning_effort]"
_HANDLER: Final = "custom_handler: claude_code_proxy.claude_code_router.claude_code_router"
_MASTER: Final = "master_key: os.environ/PROXY_KEY"
_ENTRY: Final = "  - model_name: plain\n"


def _base(name: str, finds: str, base: str, says: str, *, in_container: bool = False) -> Fault:
    return Fault(
        name=name,
        question=BASE,
        finds=finds,
        at="api_base:",
        says=says,
        old=_FAST_BASE,
        new=base,
        in_container=in_container,
    )


def _key(name: str, finds: str, key: str, says: str, value: str | None = None) -> Fault:
    return Fault(
        name=name,
        question=KEY_SET,
        finds=finds,
        at="api_key:",
        says=says,
        old=_FAST_KEY,
        new=key,
        environment={"FAST_API_KEY": value},
    )


FAULTS: Final = (
    Fault(
        name="the handler is not installed",
        question=LOADABLE,
        finds="handler-load",
        at=_HANDLER,
        says="pip install",
        installed=False,
    ),
    Fault(
        name="the handler is beside the config file, and PYTHONPATH is not set",
        question=LOADABLE,
        finds="handler-load",
        at=_HANDLER,
        says="set PYTHONPATH to",
        around=copied,
        installed=False,
    ),
    Fault(
        name="an older copy beside the config file mixes with the installed one",
        question=LOADABLE,
        finds="handler-copies",
        at=_HANDLER,
        says="they differ in claude_code_proxy/settings.py",
        around=copied_and_changed,
    ),
    Fault(
        name="another package named common is found first",
        question=LOADABLE,
        finds="handler-load",
        at=_HANDLER,
        says="another package named 'common'",
        around=copied_beside_anothers_common,
        installed=False,
        environment={"PYTHONPATH": "theirs"},
    ),
    Fault(
        name="the handler is referred to with a colon",
        question=LOADABLE,
        finds="handler-reference",
        at="custom_handler:",
        says="with dots alone",
        old="claude_code_proxy.claude_code_router.claude_code_router",
        new="claude_code_proxy.claude_code_router:claude_code_router",
    ),
    Fault(
        name="the handler's instance is misspelt",
        question=LOADABLE,
        finds="handler-load",
        at="custom_handler:",
        says="has no 'claude_code_ruter' in it",
        old=_HANDLER,
        new="custom_handler: claude_code_proxy.claude_code_router.claude_code_ruter",
    ),
    Fault(
        name="the entry of the provider map has no handler",
        question=LOADABLE,
        finds="provider-map",
        at="- provider:",
        says="no custom_handler",
        old=f"      {_HANDLER}\n",
        new="    - {provider: claude_code_router, custom_handler: "
        "claude_code_proxy.claude_code_router.claude_code_router}\n",
    ),
    Fault(
        name="a model's provider is misspelt",
        question=LOADABLE,
        finds="unknown-provider",
        at="model: claude_code_ruter/gpt-5.2",
        says="'claude_code_router'",
        old="model: claude_code_router/gpt-5.2",
        new="model: claude_code_ruter/gpt-5.2",
    ),
    Fault(
        name="a flag is misspelt",
        question=SPELT,
        finds="misspelt-setting",
        at="drop_metdata_res_api",
        says="did you mean 'drop_metadata_res_api'?",
        old=_FLAG,
        new="drop_metdata_res_api: true",
    ),
    Fault(
        name="a setting of LiteLLM's is misspelt",
        question=SPELT,
        finds="misspelt-setting",
        at="additional_drop_param:",
        says="did you mean 'additional_drop_params'?",
        old="additional_drop_params",
        new="additional_drop_param",
    ),
    Fault(
        name="a section is misspelt",
        question=SPELT,
        finds="misspelt-section",
        at="general_setting:",
        says="did you mean 'general_settings'?",
        old="general_settings:",
        new="general_setting:",
        environment={"LITELLM_MASTER_KEY": "key-of-the-proxy-12345"},
    ),
    Fault(
        name="a switch is neither true nor false",
        question=SPELT,
        finds="wrong-value",
        at="drop_metadata_res_api",
        says="expected true or false",
        old=_FLAG,
        new="drop_metadata_res_api: 1",
    ),
    Fault(
        name="drop_fields holds no field path",
        question=SPELT,
        finds="wrong-value",
        at="drop_fields",
        says="input[].status",
        old="input[*].status",
        new="input[].status",
    ),
    Fault(
        name="drop_fields drops what must be sent",
        question=SPELT,
        finds="wrong-value",
        at="drop_fields",
        says="cannot be dropped",
        old="temperature]",
        new="model]",
    ),
    Fault(
        name="keep_fields asks for what is never kept",
        question=SPELT,
        finds="wrong-value",
        at="keep_fields",
        says="did you mean 'messages[*].reasoning_content'?",
        old='keep_fields: ["messages[*].reasoning_content"]',
        new='keep_fields: ["messages[*].reasoning"]',
    ),
    Fault(
        name="reasoning is a number",
        question=SPELT,
        finds="wrong-value",
        at="reasoning: 3",
        says="an effort such as high",
        old="reasoning: {summary: auto}",
        new="reasoning: 3",
    ),
    Fault(
        name="a header's value is a list",
        question=SPELT,
        finds="wrong-value",
        at="extra_headers",
        says="expected a string",
        old="{x-tenant: blue}",
        new="{x-tenant: [blue]}",
    ),
    Fault(
        name="a flag stands under model_info",
        question=SPELT,
        finds="wrong-place",
        at="model_info",
        says="stands in model_info",
        old="model_info: {mode: chat}",
        new="model_info: {mode: chat, flatten_text_chat_api: true}",
    ),
    Fault(
        name="a flag stands in litellm_settings",
        question=SPELT,
        finds="wrong-place",
        at="  drop_metadata_res_api",
        says="stands in litellm_settings",
        old="  drop_params: true\n",
        new="  drop_params: true\n  drop_metadata_res_api: true\n",
    ),
    Fault(
        name="a flag stands beside litellm_params",
        question=SPELT,
        finds="wrong-place",
        at="flatten_text_chat_api",
        says="beside litellm_params",
        old=_ENTRY,
        new=f"{_ENTRY}    flatten_text_chat_api: true\n",
    ),
    Fault(
        name="a flag stands in extra_body",
        question=SPELT,
        finds="wrong-place",
        at="extra_body",
        says="litellm_params.extra_body",
        old="{top_k: 20}",
        new="{top_k: 20, drop_thinking_blocks_res_api: true}",
    ),
    Fault(
        name="a flag stands on a model that LiteLLM serves itself",
        question=SPELT,
        finds="setting-without-handler",
        at="model: openai/gpt-4.1",
        says="openai/gpt-4.1",
        old="{model: openai/gpt-4.1,",
        new="{model: openai/gpt-4.1, drop_metadata_res_api: true,",
    ),
    Fault(
        name="a key is given twice",
        question=SPELT,
        finds="repeated-key",
        at="      api_base: https://other.example.com/v1",
        says="'api_base' is given twice",
        old=f"      {_FLAG}\n",
        new=f"      api_base: https://other.example.com/v1\n      {_FLAG}\n",
    ),
    Fault(
        name="the effort at the end of a name is none",
        question=SPELT,
        finds="model-name",
        at="o4-mini-reason-hihg",
        says="did you mean 'high'?",
        old="reason-high",
        new="reason-hihg",
    ),
    Fault(
        name="the fault stands in an included file",
        question=KEY_SET,
        finds="key-unset",
        at="api_key: os.environ/MORE_API_KEY",
        says="MORE_API_KEY is not set",
        old="model_list:\n",
        new="include: [more.yaml]\nmodel_list:\n",
        around=included,
    ),
    _key("a key's variable is not set", "key-unset", _FAST_KEY, "FAST_API_KEY is not set"),
    _key("a key's variable is blank", "key-unset", _FAST_KEY, "FAST_API_KEY is blank", " "),
    _key("a key ends with a line break", "key-unsendable", _FAST_KEY, "line break", "key-1\n"),
    _key("a key's variable is written as a shell does", "key-form", "${FAST_API_KEY}", "expected"),
    _key("a key stands in the file", "key-in-file", "key-1234567890123", "stands in the file"),
    _key("a key is taken for a variable", "key-unset", "os.environ/key-123", "it is not shown"),
    Fault(
        name="an address has no key",
        question=KEY_SET,
        finds="key-missing",
        at="litellm_params:",
        says="api_key: none",
        old=f"      api_key: {_FAST_KEY}\n",
        new="",
    ),
    Fault(
        name="a model goes to Anthropic, and there is no key for it",
        question=KEY_SET,
        finds="key-missing",
        at="litellm_params:",
        says="ANTHROPIC_API_KEY is not set",
        environment={"ANTHROPIC_API_KEY": None},
    ),
    Fault(
        name="a key of Anthropic's goes to OpenAI",
        question=KEY_SET,
        finds="key-of-another",
        at="api_key:",
        says="one of Anthropic's",
        old=f"      api_base: {_FAST_BASE}\n",
        new="",
        environment={"FAST_API_KEY": "sk-ant-12345678"},
    ),
    _base("an address has no scheme", "base-scheme", "fast.example.com/v1", "https://"),
    _base("an address has another scheme", "base-scheme", "htps://a.example.com/v1", "htps://"),
    _base(
        "an address ends with its endpoint",
        "base-endpoint",
        f"{_FAST_BASE}/chat/completions",
        "'/chat/completions'",
    ),
    _base("an address lacks its version", "base-version", "https://fast.example.com", "/v1"),
    _base("an address has its version twice", "base-version", f"{_FAST_BASE}/v1", "twice"),
    _base("an address has a blank in it", "base-blank", '"https://a.example.com/ v1"', "a blank"),
    _base("an address has a query", "base-query", f"{_FAST_BASE}?api-version=1", "a query"),
    _base("an address has a password", "base-user", "https://me:pw@a.example.com/v1", "password"),
    _base("an address sends in clear", "base-in-clear", "http://a.example.com/v1", "in clear"),
    _base("an address is LiteLLM's own", "base-loop", "http://localhost:4000/v1", "come back"),
    _base("an address's variable is not set", "base-unset", "os.environ/FAST_BASE", "FAST_BASE"),
    _base(
        "an address is localhost, in a container",
        "base-localhost",
        "http://127.0.0.1:1234/v1",
        "the container itself",
        in_container=True,
    ),
    Fault(
        name="there is no master key",
        question=STARTS,
        finds="master-key",
        at="general_settings: {}",
        says="set LITELLM_MASTER_KEY",
        old=f"general_settings:\n  {_MASTER}\n",
        new="general_settings: {}\n",
    ),
    Fault(
        name="the master key is the one of LiteLLM's pages",
        question=STARTS,
        finds="master-key",
        at="master_key:",
        says="everybody knows",
        old=_MASTER,
        new="master_key: sk-1234",
    ),
    Fault(
        name="the master key's variable is not set",
        question=STARTS,
        finds="master-key",
        at="master_key:",
        says="PROXY_KEY, which is not set",
        environment={"PROXY_KEY": None},
    ),
    Fault(
        name="a flag acts on the API that the model does not use",
        question=API,
        finds="does-nothing",
        at="drop_metadata_res_api",
        says="this model uses Chat Completions",
        old="flatten_text_chat_api: true",
        new="drop_metadata_res_api: true",
    ),
    Fault(
        name="the choice of an API for a model that goes to Anthropic",
        question=API,
        finds="does-nothing",
        at="litellm_params:",
        says="Anthropic's own API",
        old="claude_code_router/claude-*\n",
        new="claude_code_router/claude-*\n      use_responses_api: true\n",
    ),
    Fault(
        name="the switch in the environment is no switch",
        question=API,
        finds="environment-switch",
        at="model_list:",
        says="ALWAYS_USE_RESPONSES_API",
        environment={"ALWAYS_USE_RESPONSES_API": "perhaps"},
    ),
    Fault(
        name="only reasoning_effort is let through",
        question=EFFORT,
        finds="effort-lost",
        at="allowed_openai_params",
        says="from 1.100 on",
        old=_ALLOWED,
        new="allowed_openai_params: [reasoning_effort]",
    ),
    Fault(
        name="what is let through is misspelt",
        question=EFFORT,
        finds="misspelt-setting",
        at="allowed_openai_params",
        says="did you mean 'reasoning_effort'?",
        old=_ALLOWED,
        new="allowed_openai_params: [thinking, reasoning_efort]",
    ),
    Fault(
        name="the effort of the settings is not let through",
        question=EFFORT,
        finds="effort-lost",
        at="reasoning_effort: high",
        says="LiteLLM drops it",
        old="      rpm: 60\n",
        new="      reasoning_effort: high\n",
    ),
    Fault(
        name="PYTHONPATH is set in the configuration",
        question=LOADABLE,
        finds="does-nothing",
        at="PYTHONPATH",
        says="where LiteLLM is started",
        old="general_settings:\n",
        new="environment_variables:\n  PYTHONPATH: /etc/litellm\ngeneral_settings:\n",
    ),
    Fault(
        name="a path of the other API is dropped",
        question=NOTHING,
        finds="does-nothing",
        at="drop_fields",
        says="'messages[*].name'",
        old="input[*].status",
        new="messages[*].name",
    ),
    Fault(
        name="a switch is false here and true there",
        question=NOTHING,
        finds="does-nothing",
        at="drop_thinking_blocks_res_api: false",
        says="true wins",
        old="      api_key: none\n",
        new="      api_key: none\n      drop_thinking_blocks_res_api: false\n",
    ),
    Fault(
        name="a field is kept and dropped",
        question=NOTHING,
        finds="does-nothing",
        at="keep_fields",
        says="drop_fields drops it",
        old="      rpm: 60\n",
        new='      drop_fields: "messages[*].reasoning_content"\n',
    ),
    Fault(
        name="the effort of the name is overruled",
        question=NOTHING,
        finds="does-nothing",
        at="o4-mini-reason-high",
        says="and wins",
        old="      api_key: none\n",
        new="      api_key: none\n      reasoning: low\n",
    ),
    Fault(
        name="additional_drop_params names what LiteLLM does not drop",
        question=CONSUMED,
        finds="drop-params-consumed",
        at="additional_drop_params",
        says='set drop_fields: ["input[*].thinking_blocks"]',
        old="[top_k]",
        new='[top_k, "messages[*].thinking_blocks"]',
    ),
)
