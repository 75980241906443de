"""The pages: each link leads somewhere, and the reference of the commands is theirs."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from conformance.cli import main as conformance
from conformance.command_page import main, page
from mock_upstream.cli import main as mock_upstream

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(path: Path) -> str:
    """A page's text, without its examples."""
    return FENCED.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on the code's own site."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(text_of(path)):
        if re.match(r"[a-z]+:", link):
            continue
        where, _, anchor = link.partition("#")
        target = (path.parent / where).resolve() if where else path
        assert target.exists(), f"{path.name}: {link}"
        assert target.is_relative_to(ROOT), f"{path.name}: {link} is no part of the project"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{path.name}: {link}"


def test_every_page_is_led_to_from_the_first() -> None:
    """Whoever begins with the README finds every page of docs/."""
    found, left = set[Path](), [ROOT / "README.md"]
    while left:
        path = left.pop()
        if path not in found and path.suffix == ".md" and path.exists():
            found.add(path)
            links = (link.partition("#")[0] for link in LINK.findall(text_of(path)))
            left += [(path.parent / link).resolve() for link in links if link]
    assert sorted(path.name for path in set(PAGES) - found) == []


def test_the_page_of_the_commands_is_current(tmp_path: Path) -> None:
    """`python -m conformance.command_page --write` writes it anew."""
    assert (ROOT / "docs/commands.md").read_text("utf-8") == page()
    copy = tmp_path / "commands.md"
    assert CliRunner().invoke(main, ["--check", "--to", str(copy)]).exit_code == 1
    assert CliRunner().invoke(main, ["--write", "--to", str(copy)]).exit_code == 0
    assert CliRunner().invoke(main, ["--check", "--to", str(copy)]).exit_code == 0


def commands(group: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, group
    if isinstance(group, click.Group):
        for below, command in group.commands.items():
            yield from commands(command, f"{name} {below}")


@pytest.mark.parametrize(
    ("name", "command"),
    [*commands(mock_upstream, "mock-upstream"), *commands(conformance, "conformance")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_command_and_option_is_on_the_page_and_says_what_it_is(
    name: str, command: click.Command
) -> None:
    [_, section] = re.split(rf"^##+ {name}\n", page(), flags=re.MULTILINE)
    section = re.split(r"^##+ ", section, flags=re.MULTILINE)[0]
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert all(word in section for word in option.opts), option.opts
            assert option.help, option.opts
