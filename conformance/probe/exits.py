"""How a probe ends: an exit code for each way, and the error that says which."""

from __future__ import annotations

from typing import Final

DRIFTED: Final = 1
MISUSED: Final = 2
UNREACHABLE: Final = 3
CERTIFICATE: Final = 4
SILENT: Final = 5
REDIRECTS: Final = 6
NO_API: Final = 7
ENDLESS: Final = 8
KEY_REFUSED: Final = 9
BROKEN: Final = 10
BUSY: Final = 11
NOTHING_TAKEN: Final = 12
UNWRITTEN: Final = 13
BROKEN_OFF: Final = 130

MEANINGS: Final = (
    (0, "the upstream was charted; with --against: it is as it was"),
    (DRIFTED, "with --against: it differs from the earlier profile"),
    (MISUSED, "the command line was wrong: the URL, the variable, a file that cannot be read"),
    (UNREACHABLE, "it cannot be reached, or what answers does not speak HTTP"),
    (CERTIFICATE, "its certificate is not trusted"),
    (SILENT, "it gave no whole answer in time"),
    (REDIRECTS, "it redirects, which is not followed"),
    (NO_API, "it has neither API: pages in HTML, other JSON, 404"),
    (ENDLESS, "a reply went beyond every bound"),
    (KEY_REFUSED, "it refuses the key (401 or 403)"),
    (BROKEN, "it answers 5xx to everything"),
    (BUSY, "it answers 429 to everything"),
    (NOTHING_TAKEN, "it refuses the smallest request, whatever is changed in it"),
    (UNWRITTEN, "a file could not be written"),
    (BROKEN_OFF, "Ctrl-C: what was seen until then is written"),
)


class ProbeError(Exception):
    """Why an upstream cannot be charted; ``code`` is the command's exit code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
