"""The hint at the end of a refusal: which setting would have cured it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from claude_code_proxy.adaptations import ADAPTATIONS
from claude_code_proxy.drop_fields import is_needed
from claude_code_proxy.drop_flags import DROP_FLAGS
from common.field_path import Every, FieldPath, FieldPathError, Index

if TYPE_CHECKING:
    from claude_code_proxy.outbound import OutboundRequest
    from claude_code_proxy.upstream_error import UpstreamError

_STATUSES_OF_REFUSED_FIELDS: Final = (400, 422)
_CODES_OF_UNKNOWN_FIELDS: Final = ("unknown_parameter", "unsupported_parameter", "extra_forbidden")
_SAYS_UNKNOWN: Final = re.compile(
    r"(?i)\b(unknown|unrecogni[sz]ed|unsupported|unexpected|extra|additional)\b"
    r".{0,40}\b(parameter|argument|field|property|properties|input|key|name)s?\b"
)
_NUMBER_AS_NAME: Final = re.compile(r"\.\d+(?=\.|\[|$)")


def cure(error: UpstreamError, request: OutboundRequest) -> str:
    """Return the hint for ``error``, led by a semicolon; empty where we know of none.

    It names the first drop flag, not yet set, whose field the upstream refused; else the adaptation
    for its words; else the line of ``drop_fields`` that drops what it does not know; and any
    setting that looks misspelt.
    """
    if error.status not in _STATUSES_OF_REFUSED_FIELDS:
        return ""
    hint = _flag(error, request) or _adaptation(error, request) or _field(error, request)
    return hint + "".join(f"; {setting}" for setting in request.settings.misspelt)


def _flag(error: UpstreamError, request: OutboundRequest) -> str:
    culprit = error.param or error.message
    for flag in DROP_FLAGS:
        open_to_us = flag.api == request.api and flag.name not in request.settings.drop_flags
        if open_to_us and re.search(rf"(?<![\w-]){re.escape(flag.field)}(?![\w-])", culprit):
            name = request.configured_name
            return f"; upstream refused {flag.field!r}; set {flag.name}: true for {name}"
    return ""


def _adaptation(error: UpstreamError, request: OutboundRequest) -> str:
    for row in ADAPTATIONS:
        open_to_us = row.api == request.api and row.name not in request.settings.adaptations
        if open_to_us and row.refusal and re.search(row.refusal, error.message, re.IGNORECASE):
            return f"; set {row.name}: true for {request.configured_name}"
    return ""


def _field(error: UpstreamError, request: OutboundRequest) -> str:
    """Return the line that drops the field, if that is what was refused and it was sent.

    Not for a field with a wrong value: dropping it is rarely what the user wants.
    """
    path = _path(error.param or "")
    if path is None or not _is_unknown(error) or is_needed(path) or not path.find(request.payload):
        return ""
    paths = [str(each) for each in dict.fromkeys((*request.settings.drop_fields, path))]
    line = json.dumps(paths, ensure_ascii=False)
    return (
        f"; upstream refused {str(path)!r}; set drop_fields: {line} for {request.configured_name}"
    )


def _is_unknown(error: UpstreamError) -> bool:
    if error.code and error.code.endswith("_value"):
        return False
    return error.code in _CODES_OF_UNKNOWN_FIELDS or bool(_SAYS_UNKNOWN.search(error.message))


def _path(param: str) -> FieldPath | None:
    """Return ``param`` as a path to every such place; ``messages.0.x`` is some vendors' way."""
    try:
        path = FieldPath.parse(_NUMBER_AS_NAME.sub("[*]", param))
    except FieldPathError:
        return None
    return FieldPath(tuple(Every() if isinstance(step, Index) else step for step in path.steps))
