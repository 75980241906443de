"""The README's own commands do what it says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx

from tests.transcripts import fits, steps

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_400_of_the_readme_is_reproduced_as_written() -> None:
    """Its two commands, on a free port, print the refusal that stands below them."""
    block = re.search(r"```console\n\$ mock-upstream serve --port 8080 (.+?)```", README, re.DOTALL)
    assert block is not None
    options, _, rest = block[1].partition("\n")
    command, _, printed = rest.partition("$ ")[2].rpartition("'\n")
    arguments = shlex.split(command.replace("\\\n", " ") + "'")
    given = [arguments[n + 1] for n, word in enumerate(arguments) if word in ("-H", "-d")]
    *headers, body = given
    serve = [sys.executable, "-m", "mock_upstream", "serve", "--port", "0", *shlex.split(options)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 -- ours
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        answer = httpx.post(
            f"{url}/v1/responses", content=body, headers=dict(h.split(": ") for h in headers)
        )
        server.terminate()
    assert answer.status_code == 400
    assert answer.text == printed.strip()


def test_what_explain_prints_in_the_readme_is_what_its_page_shows() -> None:
    """That page is run again by a test of its own."""
    command = "conformance explain error.txt"
    [here], [there, *_] = (
        [step for step in steps(page) if step.command == command]
        for page in (ROOT / "README.md", ROOT / "docs" / "explain.md")
    )
    assert fits(here.printed, there.printed)


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) < 150
