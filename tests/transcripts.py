"""Transcripts in the documentation, run again: each console block's commands and what they print.

A line `$ command` is run by `bash` in a directory that the commands of the page share; what stands
below, up to the next command or the end of the block, must be what it prints, on stdout and stderr.
A line `...` stands for any lines; what an address, a port or a number of seconds is may differ
(`NUMBERS`). A command that ends with another code than 0 is followed by a line `$ echo $?`.
`$ cat FILE` of a file that is not there yet makes it, of what stands below.
"""

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest import mock

import click
from click.testing import CliRunner

_BLOCK: Final = re.compile(r"```console\n(.*?)```", re.DOTALL)
_COMMAND: Final = re.compile(r"^\$ (?P<command>(?:.*\\\n)*.*)\n?", re.MULTILINE)
_SHELLS_OWN: Final = re.compile(r"[|<>&;`$*]")
NUMBERS: Final = re.compile(r"127\.0\.0\.1:\d+|\b\d+(?:\.\d+)? (?:s|ms)\b")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a transcript, and what the page says that it prints."""

    command: str
    printed: str


def steps(page: Path) -> list[Step]:
    """Read the commands of a page's console blocks, in their order."""
    found = []
    for block in _BLOCK.findall(page.read_text("utf-8")):
        marks = list(_COMMAND.finditer(block))
        ends = [mark.start() for mark in marks[1:]] + [len(block)]
        for mark, end in zip(marks, ends, strict=True):
            found.append(Step(mark["command"], block[mark.end() : end].strip("\n")))
    return found


def run_again(
    page: Path,
    directory: Path,
    timeout: float = 120,
    here: Mapping[str, click.Command] | None = None,
) -> list[str]:
    """Run a page's commands in a directory; return what differs, a text for each command.

    Commands of the names in ``here`` are called in this process, unless they need the shell: so
    that LiteLLM, say, is imported once.
    """
    different, code = [], 0
    for step in steps(page):
        if step.command == "echo $?":
            printed = str(code)
        else:
            _make(step, directory)
            words = shlex.split(step.command.replace("\\\n", " "))
            if words[0] in (here or {}) and not _SHELLS_OWN.search(step.command):
                code, printed = _call((here or {})[words[0]], words[1:], directory)
            else:
                done = _run(step.command, directory, timeout)
                printed, code = done.stdout.strip("\n"), done.returncode
        if not fits(step.printed, printed):
            different.append(f"$ {step.command}\n{printed}\n--- the page has\n{step.printed}")
    return different


def _make(step: Step, directory: Path) -> None:
    """Make the file that a transcript shows, unless it is there."""
    words = step.command.split()
    if len(words) == 2 and words[0] == "cat" and not (directory / words[1]).exists():
        (directory / words[1]).write_text(f"{step.printed}\n", "utf-8")


def _call(command: click.Command, arguments: list[str], directory: Path) -> tuple[int, str]:
    with (
        contextlib.chdir(directory),
        mock.patch.dict(os.environ),
        mock.patch.object(sys, "path", list(sys.path)),
    ):
        done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    return done.exit_code, done.output.strip("\n")


def _run(command: str, directory: Path, timeout: float) -> subprocess.CompletedProcess[str]:
    scripts = str(Path(sys.executable).parent)
    return subprocess.run(  # noqa: S603 -- our own page
        ["bash", "-c", command],  # noqa: S607 - the page's own words
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
        env=os.environ | {"PATH": f"{scripts}:{os.environ['PATH']}", "COLUMNS": "100"},
    )


def fits(expected: str, printed: str) -> bool:
    """Say whether an output is the page's, but for what `...` and `NUMBERS` leave open."""
    lines = (
        r"(?:.*\n)*?" if line == "..." else re.escape(f"{line}\n") for line in _plain(expected)
    )
    said = "".join(f"{line}\n" for line in _plain(printed))
    return re.fullmatch("".join(lines), said) is not None


def _plain(text: str) -> list[str]:
    return [line.rstrip() for line in NUMBERS.sub("#", text).splitlines()]
