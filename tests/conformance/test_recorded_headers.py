"""Of a request's headers the record keeps values by a list, others by name, and no volatile one."""

from dataclasses import replace

import pytest

from conformance.matrix import Options
from conformance.products import cases
from conformance.recorded_headers import recorded, text
from conformance.scenarios import load_scenarios
from tests.conformance.committed import committed

CASE = cases([load_scenarios()[0].name])[0]
SENT = (
    ("Host", "127.0.0.1:1"),
    ("Content-Type", "application/json"),
    ("X-Team", "blue"),
    ("X-Stainless-OS", "Linux"),
    ("Authorization", "Bearer secret"),
    ("Accept", "*/*"),
)


def test_what_nobody_asked_for_is_kept_by_name_alone() -> None:
    kept = recorded(SENT, CASE)
    assert kept == (("accept", "*/*"), ("content-type", "application/json"), ("x-team", None))
    assert text(kept) == "accept: */*, content-type: application/json, x-team"


def test_what_the_configuration_asks_for_is_kept_whole() -> None:
    asking = replace(CASE, options=Options(extra_headers=(("X-Team", "blue"),)))
    assert ("x-team", "blue") in recorded(SENT, asking)


def test_a_header_that_comes_twice_is_kept_twice() -> None:
    twice = (*SENT, ("x-team", "red"))
    assert [name for name, _ in recorded(twice, CASE)].count("x-team") == 2


@pytest.mark.parametrize("method", ["completion", "astreaming"])
def test_the_ledger_has_headers_once_for_an_api_and_method(method: str) -> None:
    """The configured header is there with its value, and nothing of the machine."""
    written = committed()["plain-turn"].headers["responses", method]  # type: ignore[index]
    plain = "accept: */*, content-type: application/json"
    assert {plain, f"{plain}, x-configured-team: blue"} <= set(written)
    assert len(set(written)) == len(written)
    assert not [text for text in written if "127.0.0.1" in text or "key-from" in text]
