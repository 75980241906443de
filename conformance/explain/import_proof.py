"""The proof for a handler that does not import: LiteLLM's own loader, asked twice.

First with nothing of ours on Python's path, then with both packages beside the config file and that
directory on the path. What this process has imported of ours is set aside meanwhile.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from conformance.explain.proof import Proof
from conformance.loading import HANDLER, PACKAGES, set_aside

_ROOT: Final = Path(__file__).parents[2]
_NAMED: Final = re.compile(
    r"Could not import (?P<instance>\w+) from (?P<module>[\w.]+)"
    r"|No module named '(?P<missing>[\w.]+)'"
)
_LITELLMS: Final = ("litellm", "mcp", "fastapi", "apscheduler", "orjson", "backoff")
_LIKE: Final = 0.5


def prove_import(message: str) -> Proof:
    """Show the failed import and the one that works, or say that the module is not ours."""
    found = _NAMED.search(message)
    missing = (found["missing"] or found["module"] or "") if found else ""
    if missing.partition(".")[0] not in PACKAGES:
        return Proof("incurable", without_message=message, why=_foreign(missing))
    named = f"{missing}.{found['instance']}" if found and found["instance"] else HANDLER
    if named != HANDLER and get_close_matches(named, [HANDLER], cutoff=_LIKE):
        return _proof(_beside_the_config(named), cure="the name is not the handler's; it is this")
    return _proof(_without())


def _proof(before: str, cure: str = "") -> Proof:
    after = _beside_the_config(HANDLER)
    good = after == "ClaudeCodeRouter" and before.startswith("ImportError")
    return Proof(
        "cured" if good else "incurable",
        without_message=before,
        why=f"LiteLLM's loader then has {after}",
        cure=cure,
    )


class _Nothing:
    """Finds nothing of ours, as if it were not installed."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:  # noqa: ARG002 -- Python's
        if name.partition(".")[0] in PACKAGES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _without() -> str:
    with set_aside(), tempfile.TemporaryDirectory(prefix="explain-") as directory:
        sys.meta_path.insert(0, _Nothing())
        return _loaded(Path(directory), HANDLER)


def _beside_the_config(reference: str) -> str:
    with set_aside(), tempfile.TemporaryDirectory(prefix="explain-") as directory:
        for package in PACKAGES:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(_ROOT / package, Path(directory, package), ignore=ignored)
        sys.path.insert(0, directory)
        return _loaded(Path(directory), reference)


def _loaded(directory: Path, reference: str) -> str:
    from litellm.proxy.types_utils.utils import get_instance_fn

    try:
        handler = get_instance_fn(reference, str(directory / "config.yaml"))
    except Exception as error:  # noqa: BLE001 -- whatever the loader raises is shown
        return f"{type(error).__name__}: {error}"
    return type(handler).__name__


def _foreign(module: str) -> str:
    if module.partition(".")[0] in _LITELLMS:
        return f"{module} comes with LiteLLM's proxy: pip install 'litellm[proxy]'"
    return f"{module or 'the module'} is none of ours: install the package that has it"
