"""What a request says of its body: the content type, and an encoding on top of it."""

from collections.abc import Callable

from mock_upstream import refusals
from mock_upstream.access.presented_key import RawHeaders
from mock_upstream.verdict import Violation

_PLAIN = frozenset({b"", b"identity"})


def content_violation(headers: RawHeaders, shown: Callable[[bytes], str]) -> Violation | None:
    """Refuse a body that is announced as compressed, or as something else than JSON.

    A body without a content type is read as JSON, and parameters of the type do not count. The
    first `Content-Type` counts, and every `Content-Encoding`. Nothing is ever decompressed.
    `shown` writes a header's value for the refusal, without secrets.
    """
    media_type: bytes | None = None
    for name, value in headers:
        if name == b"content-encoding" and value.strip().lower() not in _PLAIN:
            return refusals.compressed_body(shown(value))
        if name == b"content-type" and media_type is None:
            media_type = value
    if media_type is None or _is_json(media_type):
        return None
    return refusals.wrong_content_type(shown(media_type))


def _is_json(media_type: bytes) -> bool:
    return media_type.partition(b";")[0].strip().lower() in (b"", b"application/json")
