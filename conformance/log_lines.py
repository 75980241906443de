"""A handler's log, each line once: it may warn in every case, and a run has thousands."""

from __future__ import annotations

import logging
import re
from typing import Final

_NUMBER: Final = re.compile("(0x)?[0-9a-f]{12,}")
"""An object's place in memory or a hash, which makes the same line another one."""


class Once(logging.Filter):
    """Lets each line through once."""

    def __init__(self) -> None:
        super().__init__()
        self._told: set[int] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether nothing has said so before."""
        line = hash((record.name, _NUMBER.sub("", record.getMessage())))
        new = line not in self._told
        self._told.add(line)
        return new


def tell_once() -> None:
    """Let each line that is logged in this process, and has no other place, be shown once."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.addFilter(Once())
    logging.getLogger().addHandler(handler)
