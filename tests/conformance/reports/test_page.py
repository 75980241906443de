"""The page stands by itself, says most without its script, and works in a real browser."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.reports.page import as_page
from conformance.reports.page_data import PageData
from conformance.reports.result import Result
from tests.conformance.reports.browser import Browser, browser
from tests.conformance.reports.conftest import SCENARIO, raised, unflagged

__all__ = ["browser"]

pytestmark = pytest.mark.xdist_group("saved-runs")


class Text(HTMLParser):
    """What a page says without its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said = ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.said += data


def expanded(nodes: list[Any], number: int) -> str:
    """The JSON text of a node, as the page's script puts it together."""
    node = nodes[number]
    if isinstance(node, str):
        return node
    kind, *inner = node
    if kind == "[":
        return f"[{','.join(expanded(nodes, item) for item in inner)}]"
    pairs = zip(inner[::2], inner[1::2], strict=True)
    return f"{{{','.join(f'{key}:{expanded(nodes, item)}' for key, item in pairs)}}}"


@pytest.fixture
def page(broken: Path, tmp_path: Path) -> Path:
    """The page of the hostile run."""
    file = tmp_path / "page.html"
    CliRunner().invoke(main, ["report", str(broken), "--format", "html", "--output", str(file)])
    return file


def buttons(document: str) -> list[str]:
    """The ids of the cases that are drawn."""
    return re.findall(r'<button[^>]* data-id="([^"]+)"', document)


def payload_shown(document: str) -> str:
    found = re.search(r'<pre class="payload">(.*?)</pre>', document, re.DOTALL)
    assert found, "no payload is shown"
    return unescape(found[1])


def test_the_page_says_most_without_its_script(broken_result: Result) -> None:
    said = Text(as_page(broken_result)).said
    for ruling in broken_result.rulings:
        assert ruling.claim in said
    for word in ("Conformance:", "failed", SCENARIO, "expected", "upstream", "repeat", "curl"):
        assert word in said


def test_the_page_needs_nothing_else(page: Path) -> None:
    """Nothing is loaded, and the browser is told to let nothing be loaded."""
    text = page.read_text("utf-8")
    assert "default-src 'none'" in unescape(text)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", text)


def test_the_pages_data_has_every_payload_whole_and_shared(broken_result: Result) -> None:
    data = orjson.loads(PageData(broken_result).as_json())
    for shown, sha256 in zip(data["payloads"], broken_result.payloads, strict=True):
        assert shown["sha256"] == sha256
        whole = orjson.loads(broken_result.payloads[sha256].text)
        assert orjson.loads(expanded(data["nodes"], shown["node"])) == whole
    assert len({orjson.dumps(node) for node in data["nodes"]}) == len(data["nodes"])


def test_a_browser_draws_a_button_for_each_case(
    page: Path, broken_result: Result, browser: Browser
) -> None:
    document, troubles = browser.opened(page)
    assert troubles == ""
    assert sorted(buttons(document)) == sorted(case.id for case in broken_result.cases)
    failed = [case for case, verdict in broken_result.verdicts.items() if verdict == "fail"]
    assert document.count('class="is-fail"') == len(failed) > 0
    assert "<title>Conformance: failed</title>" in document


@pytest.mark.parametrize(
    ("state", "field", "value"),
    [("api=chat", "api", "chat"), ("method=streaming", "method", "streaming")],
)
def test_a_browser_filters(
    page: Path, broken_result: Result, browser: Browser, state: str, field: str, value: str
) -> None:
    document, _ = browser.opened(page, state)
    wanted = [case.id for case in broken_result.cases if getattr(case, field) == value]
    assert sorted(buttons(document)) == sorted(wanted)
    assert len(wanted) < len(broken_result.cases)


def test_a_browser_filters_by_flag_placement_and_verdict(
    page: Path, broken_result: Result, browser: Browser
) -> None:
    state = "flag=drop_metadata_res_api&placement=optional_params&verdict=fail"
    document, _ = browser.opened(page, state)
    drawn = buttons(document)
    assert raised("responses", "completion") in drawn
    assert unflagged("responses", "acompletion") not in drawn
    assert {broken_result.verdicts[case] for case in drawn} == {"fail"}


def test_a_browser_opens_a_case_with_hostile_texts_and_obeys_none(
    page: Path, broken_result: Result, browser: Browser
) -> None:
    """Payload, difference and verdict are there, letter by letter."""
    wanted = unflagged("responses", "acompletion")
    document, troubles = browser.opened(page, f"case={wanted}")
    assert troubles == ""
    [case] = [case for case in broken_result.cases if case.id == wanted]
    shown = orjson.loads(payload_shown(document))
    assert shown == orjson.loads(broken_result.payloads[case.sent[0].sha256].text)
    assert "owned" in orjson.dumps(shown).decode()
    detail = document.partition('<aside id="detail"')[2].partition("</aside>")[0]
    for words in ("breaks ", "expected ", "difference from the baseline", "with input", "gateway"):
        assert words in detail
    assert "<title>Conformance: failed</title>" in document
    assert "<img" not in document


def test_a_browser_colours_by_answer(page: Path, browser: Browser) -> None:
    document, _ = browser.opened(page, "colour=answer of gateway&api=responses")
    assert document.count('class="is-fail"') > 0
    assert document.count('class="is-pass"') > 0
