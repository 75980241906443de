"""docs/scripts.md: its examples run, its messages are the mock's, its tables are complete."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from mock_upstream import ScriptError, faults, parse_script
from mock_upstream.faults.broken_events import HOWS
from mock_upstream.scripts.match import ENDPOINT_NAMES
from mock_upstream.scripts.read_fault import FAULT_NAMES

PAGE: Final = (Path(__file__).parents[2] / "docs" / "scripts.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_python_runs() -> None:
    """One example after the other, as a reader would type them."""
    namespace: dict[str, Any] = {}
    examples = blocks("python")
    assert len(examples) == 3
    for example in examples:
        exec(compile(example, "docs/scripts.md", "exec"), namespace)  # noqa: S102 -- our own page


def test_the_script_is_played_and_the_miss_is_the_page_s(mock: Any) -> None:
    """The YAML loads, and a request that nothing answers gets the message that is shown."""
    [script] = blocks("yaml")
    mock.session.use_script(parse_script(script))
    entry = mock.session.script.script.entries[0]
    asked = {"model": "gpt-5.2", "stream": True}
    spoken = [{"type": "message", "role": "user", "content": "hi"}]
    headers = {"x-test": "1"}
    path = "/v1/responses"
    answer = mock.client.post(path, json=asked | {"input": spoken}, headers=headers)
    assert (entry.name, b"Bash" in answer.content) == ("first turn", True)
    for status in (429, 502, 200):
        answer = mock.client.post(path, json={"model": "gpt-4.1", "input": "hi"})
        assert answer.status_code == status
    miss = mock.client.post(path, json={"model": "gpt-4.1", "input": "hi"})
    assert miss.json()["error"]["message"] == blocks("text")[0].strip()


def test_the_faults_of_a_script_are_told_as_on_the_page() -> None:
    """Line for line."""
    [bad] = blocks("console")
    with pytest.raises(ScriptError) as caught:
        parse_script(bad, "script.yaml")
    assert str(caught.value) == blocks("text")[1].strip()


def test_every_word_stands_on_the_page() -> None:
    """Each fault in YAML and in Python, each endpoint, each way to malform."""
    words = {*FAULT_NAMES, *HOWS, *ENDPOINT_NAMES}
    assert [word for word in words if f"`{word}" not in PAGE] == []
    names = set(faults.__all__) - {"Fault", "Stage"}
    assert [name for name in names if f"`{name}(" not in PAGE] == []
