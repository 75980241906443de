"""What a handler says or sends is shown, never obeyed, and no key is in any report."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import main
from conformance.environment import MARKED_KEYS
from conformance.reports.command import FORMATS
from conformance.reports.result import Result
from conformance.reports.visible import visible, without_keys

pytestmark = pytest.mark.xdist_group("saved-runs")

# What a person's hands typed, not what a variable holds.
HARD_CODED = ("live0123456789abcdefgh", "sk-proj-0123456789abcdefgh")
MARKUP = "</script><script>document.title='owned'</script>"


def report(file: Path, form: str) -> str:
    shown = CliRunner().invoke(main, ["report", str(file), "--format", form])
    assert shown.exit_code == 1, shown.output
    return shown.stdout


class Elements(HTMLParser):
    """Counts the elements of a page, their attributes, and its policy-breaking parts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.mark.parametrize("form", FORMATS)
def test_no_key_is_in_a_report(broken: Path, form: str) -> None:
    """The hostile handler puts every marked key into payloads and errors, and two of its own."""
    text = report(broken, form)
    assert [key for key in (*MARKED_KEYS, *HARD_CODED) if key in text] == []
    assert "key of the environment" in text
    behind = re.findall(r"Bearer (\S{12})", text)
    assert set(behind) <= {"$OPENAI_API_", "<hidden> sk-", "&lt;hidden&g", r"\u003chidden"}


@pytest.mark.parametrize("form", ["terminal", "markdown", "junit"])
def test_no_character_that_a_terminal_obeys_is_in_a_report(broken: Path, form: str) -> None:
    text = report(broken, form)
    assert [c for c in text if c != "\n" and visible(c) != c] == []
    assert r"\x1b[31mred" in text
    assert r"\ud83d half" in text


def test_junit_is_xml_whatever_was_said(broken: Path) -> None:
    suites = ET.fromstring(report(broken, "junit"))  # noqa: S314 -- our own writing
    told = "".join(suites.itertext())
    assert MARKUP in told
    assert "]]>" in told


def test_markdown_keeps_markup_in_fences(broken: Path) -> None:
    """A fence is longer than any run of backticks in it, and outside there is no bare markup."""
    outside, fence, fences = [], "", 0
    for line in report(broken, "markdown").splitlines():
        opened = re.match(r"(`{3,})text$", line)
        if fence:
            fence = "" if line == fence else fence
        elif opened:
            fence, fences = opened[1], fences + 1
        else:
            outside.append(line)
    assert not fence
    assert fences > 3
    assert re.findall(r"(?<!\\)[<`]", "\n".join(outside)) == []


def test_the_page_has_no_element_that_a_text_brought(broken: Path) -> None:
    page = report(broken, "html")
    elements = Elements(page)
    assert elements.tags.count("script") == 2
    assert not {"img", "a", "iframe", "link"} & set(elements.tags)
    assert not {"src", "href", "style", "onerror", "onclick"} & elements.attributes
    assert "</script><script>document" not in page
    assert r"\u003c/script" in page


def test_the_file_itself_has_what_was_sent_but_for_keys(broken_result: Result) -> None:
    texts = [payload.text for payload in broken_result.payloads.values() if "owned" in payload.text]
    assert texts
    for text in texts:
        assert MARKUP in text
        assert "<key of the call> <key of litellm_params> <key of the environment>" in text


@given(st.text(st.characters()))
def test_any_text_is_visible_in_utf_8_and_xml_and_stays_so(text: str) -> None:
    shown = visible(text)
    assert ET.fromstring(f"<a>{escape(shown)}</a>".encode()).text or not shown  # noqa: S314 -- our own writing
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a key-from-env b", "a <key of the environment> b"),
        ("Bearer abcdefghij0123456789", "Bearer <hidden>"),
        ("Bearer of bad news in general", "Bearer of bad news in general"),
        ("sk-ant-api03-abcdefgh", "sk-<hidden>"),
        ("task-oriented-conversation-history", "task-oriented-conversation-history"),
    ],
)
def test_keys_are_told_by_where_they_came_from(text: str, shown: str) -> None:
    assert without_keys(text) == shown
