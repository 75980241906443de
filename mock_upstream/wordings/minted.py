"""What real upstreams mint for each error, ids and times: the mock's are the same in every run."""

import hashlib
from typing import Final

TIME: Final = "2026-01-01T00:00:00.000Z"
"""The time of every error."""


def request_id(rule: str) -> str:
    """Make 32 hexadecimal digits that belong to a rule."""
    return hashlib.sha256(rule.encode(errors="replace")).hexdigest()[:32]


def request_uuid(rule: str) -> str:
    """Make a UUID that belongs to a rule."""
    digits = request_id(rule)
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)
