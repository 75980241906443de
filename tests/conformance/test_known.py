"""Known failures: what the file excuses, what it must say, and when it must be shortened."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from conformance.claims import Breach, Claim, judge
from conformance.claims.claim import Finding
from conformance.known import SHIPPED, KnownError, read_known, with_known
from conformance.matrix import Case
from conformance.outcome import Answer, Broken, Outcome
from conformance.products import cases
from conformance.records import Records
from conformance.scenarios import load_scenarios

SCENARIO = load_scenarios(["plain-turn"])[0]
CASES = cases([SCENARIO.name])
COMMAND = str(Path(sys.executable).with_name("conformance"))
CHAT = """
# Not ours.
[[known]]
claim = "no-lies"
where = { api = "chat", method = ["completion", "streaming"] }
issue = "litellm 7"
reason = "It is LiteLLM's."

# About the other one.
"""


def breaking(where: dict[str, str]) -> Claim:
    """A claim that is broken in the cases that have these attributes."""

    def check(records: Records) -> Iterator[Finding]:
        for case in records.outcomes:
            broken = all(getattr(case, name) == value for name, value in where.items())
            yield Breach(case, "truth", "a lie") if broken else None

    return Claim("no-lies", "MUST", "Nobody lies.", "A test.", check)


def everything(chosen: tuple[Case, ...] = CASES) -> Records:
    return Records(SCENARIO, {case: Outcome((), Answer("")) for case in chosen})


def ruled(tmp_path: Path, text: str, broken: dict[str, str], records: Records) -> tuple[str, str]:
    """The verdict on the claim, broken so, with a file of that text; and its reason."""
    file = tmp_path / "known.toml"
    file.write_text(text, "utf-8")
    known = read_known(file, ["no-lies", "other"], [SCENARIO.name])
    [ruling] = with_known(judge([breaking(broken)], [records]), known, [records])
    return ruling.verdict, ruling.reason


def test_a_known_failure_is_known_and_says_whose(tmp_path: Path) -> None:
    verdict, reason = ruled(tmp_path, CHAT, {"api": "chat", "method": "completion"}, everything())
    assert verdict == "known"
    assert reason.endswith("known: litellm 7: It is LiteLLM's. (known.toml:3)")


def test_a_failure_elsewhere_is_a_failure_still(tmp_path: Path) -> None:
    """What the file covers is not told again, what it does not cover is."""
    file = tmp_path / "known.toml"
    file.write_text(CHAT, "utf-8")
    records = everything()
    known = read_known(file, ["no-lies"])
    [ruling] = with_known(judge([breaking({"api": "chat"})], [records]), known, [records])
    assert ruling.verdict == "fail"
    assert {b.case.method for b in ruling.breaches} == {"acompletion", "astreaming"}


@pytest.mark.parametrize(("litellm", "verdict"), [(version("litellm"), "known"), ("0.1", "fail")])
def test_a_failure_may_be_known_of_one_litellm_alone(
    tmp_path: Path, litellm: str, verdict: str
) -> None:
    """On another it is a failure, and no unexpected pass where it is mended."""
    text = CHAT.replace('api = "chat",', f'litellm = "{litellm}", api = "chat",')
    broken = {"api": "chat", "method": "completion"}
    assert ruled(tmp_path, text, broken, everything())[0] == verdict
    mended = ruled(tmp_path, text, {"scenario": "none has this"}, everything())[0]
    assert mended == ("fail" if verdict == "known" else "pass")


def test_an_unexpected_pass_fails_and_says_which_lines_to_delete(tmp_path: Path) -> None:
    verdict, reason = ruled(tmp_path, CHAT, {"scenario": "none has this"}, everything())
    assert verdict == "fail"
    assert f"passes unexpectedly: delete lines 3 to 7 of {tmp_path / 'known.toml'}" in reason


def test_a_run_without_such_cases_says_nothing_about_a_known_failure(tmp_path: Path) -> None:
    responses = everything(tuple(case for case in CASES if case.api == "responses"))
    assert ruled(tmp_path, CHAT, {"api": "chat"}, responses) == ("pass", "")


def test_another_claims_entry_excuses_nothing(tmp_path: Path) -> None:
    other = CHAT.replace('"no-lies"', '"other"')
    assert ruled(tmp_path, other, {"api": "chat"}, everything())[0] == "fail"


def test_an_error_is_never_known(tmp_path: Path) -> None:
    """Where nothing was judged, nothing is excused, and nothing is mended."""
    file = tmp_path / "known.toml"
    file.write_text(CHAT, "utf-8")
    [ruling] = judge([breaking({"api": "chat"})], [everything()])
    broken = replace(ruling, verdict="error", reason="no case was collected")
    [found] = with_known([broken], read_known(file, ["no-lies"]), [everything()])
    assert found == replace(broken, excuses=found.excuses)


def test_what_was_not_run_is_not_excused_by_what_is_known(tmp_path: Path) -> None:
    """A case that our own engine broke is an error, though every breach beside it is known."""
    records = everything()
    lost = next(case for case in CASES if case.api == "responses")
    records.outcomes[lost] = Outcome((), Broken("no worker"))
    broken = {"api": "chat", "method": "completion"}
    verdict, reason = ruled(tmp_path, CHAT, broken, records)
    assert verdict == "error"
    assert "1 cases could not be run" in reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[knwon]]\n", "no key 'knwon'; did you mean 'known'?"),
        ("known = 3\n", "expected [[known]]"),
        ("[[known]\n", "expected TOML with [[known]] tables"),
        (CHAT.replace("no-lies", "no-lise"), ":3: no claim 'no-lise'; did you mean 'no-lies'?"),
        (CHAT.replace("issue =", "isue ="), ":3: no key 'isue'; did you mean 'issue'?"),
        (CHAT.replace('issue = "litellm 7"', ""), ":3: issue is None; expected a text"),
        (CHAT.replace('"litellm 7"', "7"), ":3: issue is 7; expected a text"),
        (CHAT.replace("api =", "apis ="), ":3: no axis 'apis'; did you mean 'api'?"),
        (CHAT.replace('"chat"', '"chats"'), ":3: no api 'chats'; did you mean 'chat'?"),
        (CHAT.replace('"chat"', "[]"), ":3: api is []; expected a text or a list of texts"),
        (
            CHAT.replace('api = "chat"', 'scenario = "plain"'),
            ":3: no scenario 'plain'; did you mean 'plain-turn'?",
        ),
        (CHAT.replace('api = "chat"', 'placement = "x"'), ":3: no placement 'x'; one of litellm_"),
    ],
)
def test_a_file_with_a_mistake_is_refused_with_place_and_nearest_name(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "known.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(KnownError, match=re.escape(words)):
        read_known(file, ["no-lies"], ["plain-turn"])


def test_the_shipped_file_and_its_example_can_be_read(tmp_path: Path) -> None:
    example = "\n".join(
        line.removeprefix("#   ")
        for line in SHIPPED.read_text("utf-8").splitlines()
        if line.startswith("#   ")
    )
    file = tmp_path / "known.toml"
    file.write_text(example, "utf-8")
    names = [scenario.name for scenario in load_scenarios()]
    assert len(read_known(file, ["entry-changes-nothing"], names)) == 1
    from conformance.claims import CLAIMS

    read_known(SHIPPED, [claim.id for claim in CLAIMS], names)


def test_the_command_refuses_a_wrong_file_before_anything_is_run(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(CHAT, "utf-8")
    done = subprocess.run(  # noqa: S603 -- our own command
        [COMMAND, "run", "--known", str(file)],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "no claim 'no-lies'" in done.stderr
