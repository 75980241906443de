"""Takes off an error what was put around it: Claude Code's words, LiteLLM's, a gateway's."""

import re
from dataclasses import replace
from typing import Any, Final

from mock_upstream.from_error.report import ErrorReport

_STATUSES: Final = {
    "BadRequest": 400,
    "UnsupportedParams": 400,
    "ContextWindowExceeded": 400,
    "ContentPolicyViolation": 400,
    "InvalidRequest": 400,
    "Authentication": 401,
    "PermissionDenied": 403,
    "NotFound": 404,
    "UnprocessableEntity": 422,
    "RateLimit": 429,
    "InternalServer": 500,
    "BadGateway": 502,
    "ServiceUnavailable": 503,
}
_LITELLM: Final = re.compile(
    r"\b(?P<class>(?:litellm|openai)\.(?:exceptions\.)?(?P<name>\w{3,60}?)(?:Error|Exception)): "
    r"?(?:(?P<provider>\w{1,40})Exception(?: -|:) ?)?"
)
_OURS: Final = re.compile(r"\bupstream answered (?P<status>\d{3})(?:, but no usable reply)?: ")
_CODE: Final = re.compile(r"\bError code: (?P<status>\d{3})(?: -)? ?")
_CLAUDE: Final = re.compile(r"\bAPI Error:? ?\(?(?P<status>\d{3})?:? ?")
_PREFIXES: Final = (
    (_CLAUDE, "Claude Code"),
    (_LITELLM, "LiteLLM"),
    (_CODE, "OpenAI's client"),
    (_OURS, "our handler"),
)
_BESIDE: Final = re.compile(
    r"(?P<message>.+?) \((?:param: (?P<param>[^(),]{1,200}))?(?:, )?"
    r"(?:code: (?P<code>[^(),]{1,200}))?"
    r"(?:, type: [^()]{1,200})?(?:, retry-after: [^()]{1,99})?\)$",
    re.DOTALL,
)
_HINT: Final = re.compile(r"; (?:upstream refused '|set \w{3,60}: |set \w{3,60}=).*$", re.DOTALL)
_TAIL: Final = re.compile(
    r"(?:\.? ?(?:Received Model Group=|Available Model Group Fallbacks=|LiteLLM Retried: )"
    r"|\n(?:Traceback \(most recent|model=|During handling|The above exception)).*$",
    re.DOTALL,
)
_STATUS_BEFORE: Final = re.compile(
    r"(?i)(?:API Error:? ?\(?|Error code: |HTTP/[\d.]+ |status(?:_?code)?[\"']?[ =:]+|answered |"
    r"\bHTTP )(?P<status>[45]\d\d)\b"
)
_NEAR: Final = 300


def without_prefixes(text: str) -> ErrorReport:
    """Take the prefixes, hints and tails off an error told in a line of words."""
    report = ErrorReport(text)
    rest = text
    for _ in range(8):
        taken = next((one for one in map(_match(rest), _PREFIXES) if one), None)
        if taken is None:
            break
        found, name = taken
        rest = rest[found.end() :]
        report = replace(
            report,
            status=_status(found) or report.status,
            wrapping=(*report.wrapping, found.groupdict().get("class") or name),
        )
    return _told(report, rest)


def _told(report: ErrorReport, rest: str) -> ErrorReport:
    rest = _TAIL.sub("", _HINT.sub("", rest)).strip().rstrip(")" if "(" not in rest else "")
    beside = _BESIDE.fullmatch(rest) if report.wrapping and rest.endswith(")") else None
    if beside is None or not (beside["param"] or beside["code"]):
        return replace(report, message=rest)
    return replace(report, message=beside["message"], param=beside["param"], code=beside["code"])


def _match(text: str) -> Any:
    def at_the_start(prefix: tuple[re.Pattern[str], str]) -> tuple[re.Match[str], str] | None:
        found = prefix[0].match(text.lstrip("( \n\"'"), 0)
        lead = len(text) - len(text.lstrip("( \n\"'"))
        found = prefix[0].match(text, lead)
        return (found, prefix[1]) if found and found.end() > found.start() else None

    return at_the_start


def _status(found: re.Match[str]) -> int | None:
    groups = found.groupdict()
    if groups.get("status"):
        return int(groups["status"])
    return _STATUSES.get(groups.get("name") or "")


def prefixes_in(text: str) -> list[int]:
    """List where in a text an error's wrapping begins."""
    starts = {found.start() for prefix, _ in _PREFIXES for found in prefix.finditer(text)}
    return sorted(starts)


def before(text: str, start: int) -> ErrorReport:
    """Read what stands on the line before a JSON body: wrapping and status."""
    near = text[max(0, start - _NEAR) : start]
    status = [int(found["status"]) for found in _STATUS_BEFORE.finditer(near)]
    line = near.rpartition("\n")[2]
    names = [
        (found.start(), found.groupdict().get("class") or name, _status(found))
        for prefix, name in _PREFIXES
        for found in prefix.finditer(line)
    ]
    told = [one[2] for one in sorted(names, key=lambda one: one[0]) if one[2]]
    wrapping = tuple(one[1] for one in sorted(names, key=lambda one: one[0]))
    return ErrorReport("", status=[None, *status, *told][-1], wrapping=wrapping)
