"""LiteLLM's two ways of loading a handler, with the packages installed or only copied."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent.parent
LOADED_BY_LITELLM: Final = """
from litellm.proxy.types_utils.utils import get_instance_fn
import sys
name = "claude_code_proxy.claude_code_router.claude_code_router"
handler = get_instance_fn(name, config_file_path={config!r})
assert type(handler).__name__ == "ClaudeCodeRouter"
print(sys.modules[type(handler).completion.__globals__["build_request"].__module__].__file__)
"""
EXECUTED_WITHOUT_REGISTERING: Final = """
import importlib.util
spec = importlib.util.spec_from_file_location("claude_code_proxy.claude_code_router", {path!r})
for _ in range(2):
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print(type(module.claude_code_router).__name__)
"""
LIGHT: Final = """
import sys
import claude_code_proxy.drop_flags, claude_code_proxy.settings, claude_code_proxy.routing
import claude_code_proxy.responses_request, claude_code_proxy.chat_request
print(sorted({"litellm", "openai", "httpx", "mock_upstream", "conformance"} & set(sys.modules)))
"""


def run(program: str, cwd: Path, *, pythonpath: Path) -> str:
    """Run a program in a Python of its own that sees these packages on its path alone."""
    environment = {**os.environ, "PYTHONPATH": str(pythonpath)}
    done = subprocess.run(  # noqa: S603 - this Python, with programs of this file
        [sys.executable, "-c", program],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A LiteLLM config directory with both packages beside the config file."""
    for package in ("claude_code_proxy", "common"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    (tmp_path / "config.yaml").write_text("model_list: []\n")
    return tmp_path


def test_litellm_loads_it_from_a_config_directory(copied: Path) -> None:
    """With PYTHONPATH at that directory it is the copy that runs."""
    program = LOADED_BY_LITELLM.format(config=str(copied / "config.yaml"))
    used = run(program, copied, pythonpath=copied).splitlines()[-1]
    assert Path(used).parent == copied / "claude_code_proxy"


def test_litellm_loads_it_installed(tmp_path: Path) -> None:
    """From a config directory without any package, by a normal import."""
    program = LOADED_BY_LITELLM.format(config=str(tmp_path / "config.yaml"))
    used = run(program, tmp_path, pythonpath=ROOT).splitlines()[-1]
    assert Path(used).parent == ROOT / "claude_code_proxy"


def test_the_router_file_may_run_without_being_a_registered_module(copied: Path) -> None:
    """More than once, as LiteLLM does it."""
    path = copied / "claude_code_proxy" / "claude_code_router.py"
    program = EXECUTED_WITHOUT_REGISTERING.format(path=str(path))
    names = run(program, copied, pythonpath=copied).split()
    assert names == ["ClaudeCodeRouter", "ClaudeCodeRouter"]


def test_what_builds_payloads_needs_no_litellm(copied: Path) -> None:
    """Settings, routing and both payload builders import in no time."""
    assert run(LIGHT, copied, pythonpath=copied).strip() == "[]"
