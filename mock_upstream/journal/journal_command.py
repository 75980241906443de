"""The command `mock-upstream journal`: what came in at a mock that is running."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlencode, urlsplit

import click

if TYPE_CHECKING:
    from http.client import HTTPResponse

TOKEN_HEADER: Final = "x-mock-token"  # noqa: S105 -- a header's name
EXIT_USAGE: Final = 2
EXIT_UNREACHABLE: Final = 3

_TIMEOUT: Final = 30.0
_PIECE: Final = 64 * 1024
_QUERY: Final = (
    "session",
    "since",
    "until",
    "method",
    "path",
    "status",
    "verdict",
    "rule",
    "limit",
)
_OK: Final = 200

_EPILOG: Final = """
\b
Examples:
  mock-upstream journal http://127.0.0.1:8080
  mock-upstream journal http://127.0.0.1:8080 --verdict refused --follow
  mock-upstream journal http://127.0.0.1:8080 --rule unknown-parameter --curl
  mock-upstream journal http://127.0.0.1:8080 --json | jq -r .body

\b
Exit codes: 0 done, 2 unusable option, or refused by the mock, 3 no mock there.
"""


class _Mock:
    """A running mock's journal, over its control API."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise click.UsageError(f"{url!r} is no URL; give one such as http://127.0.0.1:8080.")
        self._parts = parts
        self._headers = {} if token is None else {TOKEN_HEADER: token}

    def ask(self, query: Mapping[str, str]) -> "HTTPResponse":
        """Ask for entries; an answer that is none ends the command."""
        from http.client import HTTPConnection, HTTPException, HTTPSConnection

        make = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        try:
            connection = make(self._parts.netloc, timeout=_TIMEOUT)
            connection.request("GET", f"/_mock/journal?{urlencode(query)}", headers=self._headers)
            response = connection.getresponse()
        except (OSError, HTTPException, ValueError) as error:
            _fail(f"no mock answers at {self._parts.geturl()} ({error})", EXIT_UNREACHABLE)
        if response.getheader("x-mock-upstream") != "control":
            _fail(f"what answers at {self._parts.geturl()} is no mock", EXIT_UNREACHABLE)
        if response.status != _OK:
            _fail(_message(response.read()), EXIT_USAGE)
        return response


@click.command(epilog=_EPILOG)
@click.argument("url")
@click.option("--session", metavar="NAME", help="The session; without it the default one.")
@click.option("--since", metavar="TIME", help="Read then or later: ISO 8601, or seconds of 1970.")
@click.option("--until", metavar="TIME", help="Read before then.")
@click.option("--method", metavar="METHOD", help="The method, such as POST.")
@click.option("--path", metavar="PATH", help="The path; with a * at its end, how it begins.")
@click.option("--status", metavar="STATUS", help="400, 4xx, or none where there was no answer.")
@click.option("--verdict", metavar="WORD", help="accepted, refused or faulted.")
@click.option("--rule", metavar="ID", help="A rule that refused.")
@click.option("--limit", metavar="N", help="At most so many entries.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, a line an entry.")
@click.option("--curl", "as_curl", is_flag=True, help="Print shell commands that send them again.")
@click.option("--follow", is_flag=True, help="Go on with what comes in, until interrupted.")
@click.option("--token-env", metavar="NAME", help="A variable that holds the control token.")
def journal(url: str, *, as_json: bool, as_curl: bool, follow: bool, **options: Any) -> None:
    """List what came in at the mock at URL, oldest first; credentials are masked."""
    if as_json and as_curl:
        raise click.UsageError("--json and --curl are two forms; choose one.")
    mock = _Mock(url, _token(options["token_env"]))
    query = {name: options[name] for name in _QUERY if options[name] is not None}
    try:
        if as_curl and not follow:
            _copy(mock.ask({**query, "format": "curl"}))
        else:
            _list(mock, query, _FORMS[as_json, as_curl], follow=follow)
    except KeyboardInterrupt:
        return


def _copy(response: "HTTPResponse") -> None:
    while piece := response.read(_PIECE):
        click.echo(piece, nl=False)


def _list(mock: _Mock, query: Mapping[str, str], form: str, *, follow: bool) -> None:
    """Print entries; with `follow` ask again for what is new, twice a second."""
    after = 0
    while True:
        response = mock.ask({**query, "format": "jsonl", "after": str(after)})
        evicted = int(response.getheader("x-mock-evicted") or 0)
        if evicted and not after:
            click.echo(f"{evicted} older entries were evicted.", err=True)
        for line in _lines(response):
            after = _print(mock, query, line, form)
        if not follow:
            return
        time.sleep(0.5)


def _print(mock: _Mock, query: Mapping[str, str], line: bytes, form: str) -> int:
    import orjson

    entry = orjson.loads(line)
    number: int = entry["number"]
    if form == "json":
        click.echo(line)
    elif form == "curl":
        session = {"session": query["session"]} if "session" in query else {}
        one = {**session, "format": "curl", "after": str(number - 1), "limit": "1"}
        _copy(mock.ask(one))
    else:
        click.echo(_told(entry))
    return number


def _told(entry: dict[str, Any]) -> str:
    status = "-" if entry["status"] is None else entry["status"]
    told = f"{entry['number']:>5}  {entry['time']}  {entry['method']} {entry['path']}  {status}"
    told += f"  {entry['bytes']} B"
    for one in entry["violations"][:1]:
        told += f"  {one['rule']}" + (f" at {one['path']}" if one["path"] else "")
    for name in ("fault", "script_entry"):
        if entry[name] is not None:
            told += f"  {name.partition('_')[0]}: {entry[name]}"
    return "".join(one if one.isprintable() else "?" for one in told)


def _lines(response: "HTTPResponse") -> Iterator[bytes]:
    while line := response.readline():
        yield line.rstrip(b"\n")


def _token(name: str | None) -> str | None:
    if name is None:
        return None
    value = os.environ.get(name, "").strip()
    if not value:
        raise click.UsageError("--token-env: there is no variable of that name that holds a token.")
    return value


def _message(body: bytes) -> str:
    import orjson

    try:
        return str(orjson.loads(body)["error"]["message"])
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return "the mock refused, without a reason"


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)


_FORMS: Final[Mapping[tuple[bool, bool], str]] = {
    (False, False): "list",
    (True, False): "json",
    (False, True): "curl",
}
