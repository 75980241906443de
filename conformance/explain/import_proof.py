"""The proof for a handler that does not import: LiteLLM's own loader, in a process of its own.

First with nothing of ours on Python's path, then with both packages beside the config file and that
directory on the path.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import orjson

from conformance.explain.proof import Proof
from conformance.loading import HANDLER

PACKAGES: Final = ("claude_code_proxy", "common")
_ROOT: Final = Path(__file__).parents[2]
_LIMIT: Final = 120
_NAMED: Final = re.compile(
    r"Could not import (?P<instance>\w+) from (?P<module>[\w.]+)"
    r"|No module named '(?P<missing>[\w.]+)'"
)

_SCRIPT: Final = """
import json, sys
packages, directory = set(sys.argv[1].split(",")), sys.argv[2]
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in packages:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
from litellm.proxy.types_utils.utils import get_instance_fn
def loaded(config):
    try:
        handler = get_instance_fn(sys.argv[3], config)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return type(handler).__name__
nothing = Nothing()
sys.meta_path.insert(0, nothing)
first = loaded(directory + "/without/config.yaml")
sys.meta_path.remove(nothing)
sys.path.insert(0, directory + "/with")
second = loaded(directory + "/with/config.yaml")
print(json.dumps([first, second]))
"""


def prove_import(message: str) -> Proof:
    """Show the failed import and the one that works, or say that the module is not ours."""
    found = _NAMED.search(message)
    missing = (found["missing"] or found["module"] or "") if found else ""
    if missing.partition(".")[0] not in PACKAGES:
        return Proof("incurable", without_message=message, why=_foreign(missing))
    if found and found["instance"] and f"{found['module']}.{found['instance']}" != HANDLER:
        near = get_close_matches(f"{found['module']}.{found['instance']}", [HANDLER], cutoff=0.5)
        if near:
            why = f"the name is misspelt: custom_handler: {HANDLER}"
            return Proof("incurable", without_message=message, why=why)
    with tempfile.TemporaryDirectory(prefix="explain-") as name:
        before, after = _both(Path(name))
    return Proof(
        "cured"
        if after == "ClaudeCodeRouter" and before.startswith("ImportError")
        else "incurable",
        without_message=before,
        why=f"LiteLLM's loader then has {after}",
    )


def _both(directory: Path) -> tuple[str, str]:
    (directory / "without").mkdir()
    for package in PACKAGES:
        shutil.copytree(
            _ROOT / package,
            directory / "with" / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    command = [sys.executable, "-c", _SCRIPT, ",".join(PACKAGES), str(directory), HANDLER]
    ran = subprocess.run(  # noqa: S603 -- our own code
        command,
        capture_output=True,
        check=False,
        cwd=directory / "without",
        timeout=_LIMIT,
        env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONSAFEPATH": "1"},
    )
    try:
        before, after = orjson.loads(ran.stdout.splitlines()[-1])
    except (IndexError, orjson.JSONDecodeError, ValueError):
        return "", ran.stderr.decode("utf-8", "replace")[-300:]
    return str(before), str(after)


def _foreign(module: str) -> str:
    if module.startswith(("litellm", "mcp", "fastapi", "apscheduler", "orjson", "backoff")):
        return f"{module} comes with LiteLLM's proxy: pip install 'litellm[proxy]'"
    return f"{module or 'the module'} is none of ours: install the package that has it"
