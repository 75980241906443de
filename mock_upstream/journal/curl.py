"""Writes an entry as a shell command that sends the request again, the key from the environment.

`UPSTREAM_URL` says where to, without it the mock that the request came to; `UPSTREAM_API_KEY` is
the key. The body goes through standard input byte for byte: an argument has a greatest length.
"""

import base64
import re
import shlex
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from mock_upstream.journal.shown import Shown

_KEY: Final = "UPSTREAM_API_KEY"
_URL: Final = "UPSTREAM_URL"
_BASE64: Final = "base64"
_MARK: Final = "fingerprint:"
_KEY_HEADERS: Final = frozenset({"authorization", "api-key", "x-api-key"})
_CURLS_OWN: Final = frozenset(
    {
        *("host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect"),
        *("keep-alive", "te", "trailer", "upgrade", "proxy-connection"),
    }
)
_ADDED: Final = ("accept", "user-agent")
"""Headers that curl adds of its own, unless it is told not to."""

_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_FINGERPRINT: Final = re.compile(f"{_MARK}[0-9a-f]{{16}}")
_ON_A_SCREEN: Final = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f]*")
_IN_A_PATH: Final = "/-._~!$&'()*+,;=:@"


def curl_command(shown: Shown) -> str:
    """Write the command, with comments that say what became of the request."""
    return "\n".join((*_comments(shown), _command(shown), ""))


def _comments(shown: Shown) -> Iterator[str]:
    status = "-" if shown.entry.status is None else shown.entry.status
    told = "".join(f" refused: {one['rule']} {one['path']}" for one in shown.violations[:1])
    line = f"{shown.entry.method} {shown.path} {status}{told}"
    yield f"# {shown.entry.number}  {shown.time}  {_one_line(line)}".rstrip()
    if shown.encoding == "withheld":
        yield f"# The body was compressed: its {len(shown.entry.body)} bytes are withheld."
    elif shown.changed:
        yield f"# Credentials in the body are masked; as it came its sha256 is {shown.entry.sha256}"
    left_out = [name for name, value in shown.headers if _is_left_out(name, value)]
    if left_out:
        yield f"# Left out, as secret: {', '.join(map(_one_line, left_out))}"


def _command(shown: Shown) -> str:
    words = ["curl -sS", *_method(shown), _target(shown)]
    words += map(_header, shown.headers)
    words += _silenced(shown)
    words = [word for word in words if word]
    if not shown.data:
        return " \\\n  ".join([*words, "--data-binary ''"] if _wants_a_body(shown) else words)
    return f"{_written(shown)} |\n  " + " \\\n    ".join([*words, "--data-binary @-"])


def _written(shown: Shown) -> str:
    """Write a command that prints the body: a word of the shell itself, so of any length."""
    data = shown.data or b""
    text = shown.text or ""
    if shown.encoding == "utf-8" and _ON_A_SCREEN.fullmatch(text):
        return f"printf %s {shlex.quote(text)}"
    return f"printf %s {base64.b64encode(data).decode('ascii')} | {_BASE64} -d"


def _wants_a_body(shown: Shown) -> bool:
    return shown.entry.method in ("POST", "PUT", "PATCH")


def _method(shown: Shown) -> Iterator[str]:
    method = shown.entry.method
    if method == "HEAD":
        yield "--head"
    elif method != ("POST" if shown.data or _wants_a_body(shown) else "GET"):
        yield f"-X {shlex.quote(method)}"


def _target(shown: Shown) -> str:
    host = dict(reversed(shown.headers)).get("host", "")
    base = f"http://{host}" if _HOST.fullmatch(host) else "http://127.0.0.1:8080"
    path = quote(shown.path, safe=_IN_A_PATH)
    pieces = _FINGERPRINT.split(path + (f"?{shown.query}" if shown.query else ""))
    target = f'"${_KEY}"'.join(shlex.quote(piece) if piece else "" for piece in pieces)
    options = "-g --path-as-is " if any(sign in target for sign in "[]{}") or ".." in path else ""
    return f'{options}"${{{_URL}:-{base}}}"{target}'


def _header(header: tuple[str, str]) -> str:
    name, value = header
    if name.lower() in _CURLS_OWN or _is_left_out(name, value):
        return ""
    if _is_key(name, value):
        scheme = value.partition(_MARK)[0].strip()
        if scheme.lower() == "basic":
            return f'-u ":${_KEY}"'
        return f'-H "{name}: {scheme + " " if scheme else ""}${_KEY}"'
    return f"-H {shlex.quote(f'{name}: {_utf_8(value)}' if value else f'{name};')}"


def _silenced(shown: Shown) -> Iterator[str]:
    names = {name.lower() for name, _ in shown.headers}
    yield from (f"-H '{name}:'" for name in _ADDED if name not in names)
    if (shown.data or _wants_a_body(shown)) and "content-type" not in names:
        yield "-H 'content-type:'"


def _is_key(name: str, value: str) -> bool:
    scheme = value.partition(_MARK)[0].strip()
    plain = not scheme or scheme.isalpha()
    return name.lower() in _KEY_HEADERS and _MARK in value and plain


def _is_left_out(name: str, value: str) -> bool:
    return _MARK in value and not _is_key(name, value)


def _utf_8(value: str) -> str:
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value


def _one_line(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")
