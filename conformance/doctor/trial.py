"""The trial: the user's models in a real LiteLLM proxy, before a mock, each asked for once.

One proxy serves them all. What it is asked is a small request of Claude Code's kind: with
thinking, metadata, a tool and an earlier turn that holds a thinking block, so that a flag has
something to do.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import sysconfig
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import yaml

from conformance.doctor.asking import ask, counted
from conformance.doctor.trial_config import STAND_IN, handler_names, name_of, trial_config
from conformance.entries.litellm_process import LiteLLMProcess, LiteLLMStartError
from mock_upstream import MockServer, Session, create_app, load_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from claude_code_proxy.routing import UpstreamApi
    from conformance.doctor.config_file import Model
    from conformance.doctor.subject import Subject

SECONDS: Final = 60
"""How long the models may take together; who is not asked by then is told."""

_LEFT_OUT: Final = re.compile(
    r"Error creating deployment: (.*?)(?: For further information.*?)?, ignoring and", re.DOTALL
)
_NOBODY: Final = "no healthy deployments"
_OBSERVER: Final = Path(__file__).with_name("observer.py")  # to import it is to import LiteLLM
_ORDER: Final = "CONFORMANCE_DOCTOR_TRIAL"
_PASSED_ON: Final = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "SYSTEMROOT",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
)
_SWITCHES: Final = ("ALWAYS_USE_RESPONSES_API", "REMAP_CLAUDE_")


class TrialError(Exception):
    """A trial that could not be held; the message says why."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of loading one handler: where it came from, or why it did not load.

    ``parts`` are files that it imported of its own packages. ``causes`` begin with what LiteLLM
    says; the last is what happened first.
    """

    file: str = ""
    parts: Mapping[str, str] | None = None
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request for a model showed.

    ``placements`` holds the names of what the handler was given, None if it was not called.
    ``payload`` is what arrived upstream over ``api``, None if nothing did; ``own_key`` whether it
    came with this model's key. ``refusal`` is what the client got instead of an answer.
    """

    placements: Mapping[str, tuple[str, ...]] | None = None
    api: UpstreamApi | None = None
    payload: Mapping[str, Any] | None = None
    own_key: bool = False
    refusal: str = ""

    def placement(self, name: str) -> str | None:
        """Return where a setting reached the handler; None if it did not."""
        for placement, names in (self.placements or {}).items():
            if name in names:
                return placement
        return None


@dataclass(frozen=True, slots=True)
class Trial:
    """All that was seen: the handlers by their reference, the models by their number.

    ``unknown`` are the models of which LiteLLM does not know the provider.
    """

    litellm: str
    handlers: Mapping[str, Loaded]
    models: Mapping[int, Asked]
    unknown: frozenset[int] = frozenset()


def hold_trial(subject: Subject, told: Callable[[str], None]) -> Trial:
    """Start LiteLLM and ask for each model; raises `TrialError`. ``told`` hears of the steps."""
    if find_spec("litellm") is None:
        raise TrialError(
            "LiteLLM is not installed here; install it with: pip install "
            "'mock-upstream[conformance]', or look at the file alone with --no-run"
        )
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doctor-")))
        session = Session(load_profile("permissive"))
        url = stack.enter_context(MockServer(create_app(session))).url
        told("starting LiteLLM with a copy of the file, its keys and addresses replaced…")
        process = _started(subject, home, url, stack)
        told(f"asking for {counted(len(subject.custom), 'model')}…")
        models = _asked(subject.custom, process, session, home)
        unknown = frozenset(told["model"] for told in _told(home, "unknown"))
        return Trial(_version(), _loaded(home), _with_reasons(models, process.log), unknown)


def _started(subject: Subject, home: Path, url: str, stack: ExitStack) -> LiteLLMProcess:
    config = home / "config.yaml"
    content = trial_config(subject, subject.custom, f"{url}/v1")
    config.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    shutil.copyfile(_OBSERVER, home / "doctor_observer.py")
    references = [mapped.reference for mapped in subject.handlers]
    order = {
        "config_path": str(subject.config.path.absolute()),
        "handlers": dict(zip(handler_names(subject), references, strict=True)),
        "others": {other.number: _to_know(subject, other) for other in _others(subject)},
        "told": str(home / "told"),
    }
    (home / "order").write_text(json.dumps(order), "utf-8")
    litellm = str(Path(sysconfig.get_path("scripts"), "litellm"))
    command = [sys.executable, litellm, "--config", str(config)]
    command += ["--host", "127.0.0.1", "--port", "0"]
    environment = _environment(subject, home, url)
    cwd = subject.surroundings.directory
    try:
        return stack.enter_context(LiteLLMProcess(command, environment, cwd, home / "log"))
    except LiteLLMStartError as error:
        raise TrialError(f"LiteLLM did not start with a copy of this file: {error}") from None


def _others(subject: Subject) -> Iterator[Model]:
    """Yield the models of which the provider's name is all that LiteLLM goes by."""
    named = (model for model in subject.config.models if model not in subject.custom)
    for model in named:
        if model.provider not in ("", "os.environ") and "custom_llm_provider" not in model.params:
            yield model


def _to_know(subject: Subject, model: Model) -> tuple[str, str | None]:
    """Return the target and the address, which may tell the provider, without what may be a key."""
    base = (subject.base(model) or "").partition("?")[0]
    return model.target, None if "@" in base else base or None


def _environment(subject: Subject, home: Path, url: str) -> dict[str, str]:
    """Return the proxy's whole environment: no key of the user's is in it."""
    given = subject.surroundings.environment
    kept = {
        name: value
        for name, value in given.items()
        if name in _PASSED_ON or name.startswith(_SWITCHES)
    }
    return {
        **kept,
        "HOME": str(home),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
        "LITELLM_MODE": "PRODUCTION",  # else it reads a .env, with what is in it
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENAI_API_KEY": f"{STAND_IN}-openai",
        "OPENAI_BASE_URL": f"{url}/v1",
        "ANTHROPIC_API_KEY": f"{STAND_IN}-anthropic",
        "ANTHROPIC_API_BASE": url,
        _ORDER: str(home / "order"),
    }


def _asked(
    models: tuple[Model, ...], process: LiteLLMProcess, session: Session, home: Path
) -> dict[int, Asked]:
    asked: dict[int, Asked] = {}
    deadline = time.monotonic() + SECONDS
    with httpx.Client(base_url=process.url, timeout=SECONDS / 4, trust_env=False) as client:
        for model in models:
            if time.monotonic() > deadline:
                break
            session.journal.clear()
            answer = ask(client, model, session)
            placements = _placements(home, model)
            asked[model.number] = Asked(placements=placements, **answer)
    return asked


def _with_reasons(asked: Mapping[int, Asked], log: str) -> dict[int, Asked]:
    """Return ``asked`` with what LiteLLM's log says of the models that it has left out.

    It tells no client, and in the log not which model; the order is that of the file.
    """
    reasons = [" ".join(reason.split()) for reason in _LEFT_OUT.findall(log)]
    left_out = [number for number, model in asked.items() if _NOBODY in model.refusal]
    if len(reasons) != len(left_out):
        return dict(asked)
    told = {
        number: replace(asked[number], refusal=f"LiteLLM leaves the model out: {reason}")
        for number, reason in zip(left_out, reasons, strict=True)
    }
    return {**asked, **told}


def _told(home: Path, kind: str) -> list[dict[str, Any]]:
    told = home / "told"
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    return [record for record in map(json.loads, lines) if record["kind"] == kind]


def _placements(home: Path, model: Model) -> dict[str, tuple[str, ...]] | None:
    calls = [call for call in _told(home, "call") if call["model"] == name_of(model)]
    if not calls:
        return None
    return {name: tuple(names) for name, names in calls[-1]["placements"].items()}


def _loaded(home: Path) -> dict[str, Loaded]:
    loaded = {
        told["handler"]: Loaded(file=told["file"], parts=told["parts"])
        for told in _told(home, "loaded")
    }
    failed = {
        told["handler"]: Loaded(causes=tuple(told["causes"])) for told in _told(home, "failed")
    }
    return {**loaded, **failed}


def _version() -> str:
    from importlib.metadata import version

    return version("litellm")
