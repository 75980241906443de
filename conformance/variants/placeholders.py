"""What a variant cannot say before its upstream runs: its URL, and reasoning that is sealed for it.

The seal is made here a second time (`claude_code_proxy.reasoning_items` makes the handler's), so
that the two hold each other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any, Final

UPSTREAM: Final = "@UPSTREAM"
"""Stands for the base's URL; at the root of an address of Anthropic's, without ``/v1``."""

ROOT: Final = "@ROOT"
_OPENAI: Final = "https://api.openai.com/v1"
_SEALED: Final = "@SEALED "
_SIGNATURE: Final = re.compile(r"ccr1\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]+)")


def filled(value: Any, upstream: str) -> Any:
    """Return ``value`` with its placeholders filled for the base ``upstream``."""
    if isinstance(value, dict):
        return {key: filled(inner, upstream) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, upstream) for inner in value]
    if not isinstance(value, str):
        return value
    if value.startswith(_SEALED):
        packed = json.dumps(json.loads(value.removeprefix(_SEALED)), separators=(",", ":"))
        body = base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")
        return f"ccr1.{_check(body, upstream)}.{body}"
    return value.replace(UPSTREAM, upstream).replace(ROOT, upstream.removesuffix("/v1"))


def unsealed(line: str, upstream: str) -> str:
    """Return ``line`` with what is sealed for ``upstream`` shown, and told if the seal is wrong."""

    def shown(found: re.Match[str]) -> str:
        check, body = found.groups()
        if check not in (_check(body, upstream), _check(body, _OPENAI)):
            return f"(a wrong seal) {body}"
        padded = body + "=" * (-len(body) % 4)
        name = _SEALED if check == _check(body, upstream) else "@SEALED FOR OPENAI "
        return name + base64.urlsafe_b64decode(padded).decode().replace('"', "'")

    return _SIGNATURE.sub(shown, line)


def _check(body: str, upstream: str) -> str:
    digest = hashlib.sha256(f"{upstream}\0{body}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:16]
