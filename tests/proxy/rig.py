"""A proxy between Claude Code and the mock, and the keys that each of the three holds."""

import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import yaml

from conformance.entries.litellm_process import LiteLLMProcess
from mock_upstream import MockServer, Session, create_app, load_profile
from tests.proxy import error_table
from tests.proxy.layouts import Layout

HERE: Final = Path(__file__).parent
FIXTURES: Final = HERE.parents[1] / "conformance" / "scenarios"
EXAMPLE_UPSTREAM: Final = "https://custom-openai.example.com"
EXAMPLE_PERMISSIVE: Final = "https://permissive.example.com"

# Every key has its own mark, so that the record shows which one went where.
CLIENT_KEY: Final = "sk-key-from-client"  # the proxy's master key: without a database it has one
UPSTREAM_KEY: Final = "key-from-config"
WRONG_KEY: Final = "key-that-is-wrong"
AMBIENT_KEY: Final = "key-from-ambient-openai"
KEYS: Final = (CLIENT_KEY, UPSTREAM_KEY, WRONG_KEY, AMBIENT_KEY)

ENVIRONMENT: Final[Mapping[str, str]] = {
    "CUSTOM_OPENAI_API_KEY": UPSTREAM_KEY,
    "CUSTOM_OPENAI_WRONG_KEY": WRONG_KEY,
    "OPENAI_API_KEY": AMBIENT_KEY,
    "LITELLM_MASTER_KEY": CLIENT_KEY,
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
}


@dataclass(frozen=True, slots=True)
class Rig:
    """A running proxy, the layout it was started from, and the mocks' sessions behind it."""

    layout: Layout
    process: LiteLLMProcess
    upstream: Session
    permissive: Session
    strict: Session
    refusing: Session
    silent: Session

    @property
    def sessions(self) -> tuple[Session, ...]:
        """All of the mocks'."""
        return self.upstream, self.permissive, self.strict, self.refusing, self.silent

    def send(
        self,
        fixture: str,
        model: str,
        *,
        stream: bool,
        key_header: tuple[str, str] | None = None,
        more: Sequence[Mapping[str, Any]] = (),
    ) -> httpx.Response:
        """Send a recorded Claude Code request, headers included, and read the whole answer.

        Changed are the model, whether it streams, and the client's key, which is not recorded;
        ``more`` are messages after the recorded ones.
        """
        recorded: dict[str, Any] = orjson.loads((FIXTURES / f"{fixture}.json").read_bytes())
        body = {**recorded["body"], "model": model, "stream": stream}
        body["messages"] = [*body["messages"], *more]
        name, value = key_header or ("x-api-key", CLIENT_KEY)
        return httpx.request(
            recorded["method"],
            f"{self.process.url}{recorded['path']}?{recorded['query']}",
            headers={**recorded["headers"], name: value},
            content=orjson.dumps(body),
            timeout=60,
        )

    def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Send a request that nobody recorded, with a short message in it, and read the answer."""
        return httpx.post(
            f"{self.process.url}{path}",
            headers={"authorization": f"Bearer {CLIENT_KEY}", **headers},
            json={"max_tokens": 64, "messages": [{"role": "user", "content": "hello"}], **body},
            timeout=60,
        )

    def keys_shown(self, response: httpx.Response) -> list[str]:
        """The marked keys that stand in an answer or in anything the proxy has logged so far."""
        shown = f"{response.headers}{response.text}{self.process.log}"
        return [key for key in KEYS if key in shown]


@contextmanager
def running(layout: Layout) -> Iterator[Rig]:
    """Start a proxy in front of five mocks: of `gateway`, `permissive` and `openai`, and two more.

    Of these, one says every status of the table of errors, and one nothing at all.
    """
    sessions = [
        _session("gateway"),
        _session("permissive"),
        _session("openai", quirks=("reasoning-content",)),
        _session(HERE / "refusing.yaml"),
        _session("permissive"),
    ]
    with ExitStack() as stack:
        urls = [stack.enter_context(MockServer(create_app(session))).url for session in sessions]
        config = layout.config_dir / "config.yaml"
        config.write_text(_config(*urls))
        root = layout.config_dir.parent
        litellm = str(Path(sysconfig.get_path("scripts"), "litellm"))
        command = [str(layout.python), litellm, "--config", str(config)]
        command += ["--host", "127.0.0.1", "--port", "0"]
        environment = {**ENVIRONMENT, **layout.environment, "HOME": str(root)}
        process = stack.enter_context(LiteLLMProcess(command, environment, cwd=root))
        yield Rig(layout, process, *sessions)


def _session(profile: str | Path, **overrides: Any) -> Session:
    return Session(load_profile(profile), api_keys=(UPSTREAM_KEY,), **overrides)


def _config(upstream: str, permissive: str, strict: str, refusing: str, silent: str) -> str:
    """The user's config file, the mocks' addresses in it, and the tests' own models added."""
    text = (HERE / "config.yaml").read_text().replace(EXAMPLE_UPSTREAM, upstream)
    config = yaml.safe_load(text.replace(EXAMPLE_PERMISSIVE, permissive))
    config["model_list"] += [*_strict_models(strict), *error_table.models(refusing, silent)]
    return yaml.safe_dump(config)


def _strict_models(url: str) -> Iterator[dict[str, Any]]:
    """A model for each API, with what the strict profile recommends for it."""
    settings = load_profile("openai").settings
    recommended = {"responses": settings.responses, "chat": settings.chat}
    for api, model in (("responses", "gpt-5.2"), ("chat", "gpt-4.1")):
        own = {"model": f"claude_code_router/{model}", "api_base": f"{url}/v1"}
        own["api_key"] = "os.environ/CUSTOM_OPENAI_API_KEY"
        yield {"model_name": f"strict/{api}", "litellm_params": {**own, **recommended[api]}}
