"""What is no upstream, or no good one, is said plainly, in time, with an exit code of its own."""

from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

import pytest
from click.testing import CliRunner, Result

from conformance.probe import exits
from conformance.probe.command import probe
from mock_upstream import Session, load_profile
from tests.conformance.probe.charts import KEY, served
from tests.conformance.probe.strange_upstreams import (
    Answering,
    answering,
    dripping,
    endless,
    saying,
    silent,
    untrusted,
)

PAGE = b"<!doctype html><title>Sign in</title>"


def run(url: str, *options: str, key: str | None = KEY) -> Result:
    """Run the command on a URL, with a key in the environment."""
    arguments = [url, "--api-key-env", "PROBED_KEY", "--model", "m", *options]
    return CliRunner().invoke(probe, arguments, env={"PROBED_KEY": key})


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (saying("200 OK", PAGE, "text/html"), exits.NO_API, "a page in HTML"),
        (saying("200 OK", b'{"ok": true}'), exits.NO_API, "JSON that is no response"),
        (saying("200 OK", b'{"choices": [', "application/json"), exits.NO_API, "no JSON"),
        (saying("404 Not Found", b'{"detail": "Not Found"}'), exits.NO_API, "https://host/v1"),
        (
            saying("302 Found", b"", more="Location: https://host/login?token=abc\r\n"),
            exits.REDIRECTS,
            "redirects to https://host/login (302)",
        ),
        (
            saying("307 Found", b"", more="Location: https://bob:hunter2@host/v1\r\n"),
            exits.REDIRECTS,
            "redirects to https://host/v1 (307)",
        ),
        (
            saying("401 Unauthorized", b'{"error": "no"}'),
            exits.KEY_REFUSED,
            "refuses the key (401)",
        ),
        (saying("403 Forbidden", PAGE, "text/html"), exits.KEY_REFUSED, "refuses the key (403)"),
        (saying("500 Oops", b"trace"), exits.BROKEN, "answers 500"),
        (saying("429 Slow", b"", more="Retry-After: 9\r\n"), exits.BUSY, "answers 429"),
        (saying("429 Slow", b"", more="Retry-After: nan\r\n"), exits.BUSY, "answers 429"),
        (
            saying("400 Bad Request", b'{"error": {"message": "Never."}}'),
            exits.NOTHING_TAKEN,
            "refuses the smallest request (400): Never.",
        ),
        (endless, exits.ENDLESS, "more than 4,000,000 bytes"),
        (silent, exits.SILENT, "within 0.5 s"),
        (dripping, exits.SILENT, "within 0.5 s"),
        (lambda connection: connection.sendall(b"220 smtp ready\r\n"), exits.UNREACHABLE, "HTTP"),
        (lambda connection: connection.close(), exits.UNREACHABLE, "closed the connection"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_no_upstream_is_said_plainly(answer: Answering, code: int, said: str) -> None:
    """One line says what was met; the exit code is that trouble's own."""
    with answering(answer) as url:
        result = run(url, "--timeout", "20" if answer is endless else "0.5", "--wait", "0")
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
    assert (result.exit_code, len(errors)) == (code, 1), result.output
    assert said in errors[0]
    assert KEY not in result.output


def test_a_certificate_that_nobody_signed_is_not_trusted(tmp_path: Path) -> None:
    """Unless `--ca` names it."""
    tls = untrusted(tmp_path)
    with answering(saying("500 Oops", b""), tls) as url:
        refused = run(url)
        trusted = run(url, "--ca", str(tmp_path / "own.pem"))
    assert (refused.exit_code, trusted.exit_code) == (exits.CERTIFICATE, exits.BROKEN)
    assert "certificate is not trusted" in refused.output


def test_nobody_listens() -> None:
    with socket(AF_INET, SOCK_STREAM) as unused:
        unused.bind(("127.0.0.1", 0))
        result = run(f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
    assert result.exit_code == exits.UNREACHABLE
    assert "cannot be reached" in result.output


@pytest.mark.parametrize(
    ("url", "options", "key", "said"),
    [
        ("upstream.example", (), KEY, "is no URL"),
        ("https://user:secret@host/v1", (), KEY, "names a user or key"),
        ("https://host/v1", (), None, "PROBED_KEY is not set, or empty"),
        ("https://host/v1", ("--api-key-env", "sk-secret-1"), KEY, "variable that is named is not"),
        ("https://host/v1", (), "two\nlines", "characters that no header carries"),
        ("https://host/v1", ("--ca", "/no/such.pem"), KEY, "cannot be used"),
        ("https://host/v1", ("--against", "no-such"), KEY, "no profile 'no-such'"),
        ("https://host/v1", ("--against", "/no/such.json"), KEY, "cannot be read"),
    ],
)
def test_a_wrong_command_line_is_said_before_anything_is_sent(
    url: str, options: tuple[str, ...], key: str | None, said: str
) -> None:
    result = run(url, *options, key=key)
    assert result.exit_code == exits.MISUSED
    assert said in " ".join(result.output.replace("│", " ").split())
    assert "secret" not in result.output


def test_each_exit_has_a_code_and_a_meaning_of_its_own() -> None:
    codes = [value for name, value in vars(exits).items() if isinstance(value, int)]
    assert sorted([0, *codes]) == sorted(code for code, _ in exits.MEANINGS)
    assert len(set(codes)) == len(codes)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with served(Session(load_profile("permissive"))) as url:
        result = run(url, "--max-requests", "20", "--report", str(tmp_path / "no" / "report.json"))
    assert result.exit_code == exits.UNWRITTEN
    assert "report.json was not written (No such file or directory)" in result.output
