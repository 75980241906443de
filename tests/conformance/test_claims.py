"""The real handler breaks no claim, and each claim is broken by a record that was spoilt for it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from conformance.claims import CLAIMS, Claim, Ruling, Unsaid, judge
from conformance.claims.__main__ import main
from conformance.claims.page import page
from conformance.features import FEATURES
from conformance.known import SHIPPED, read_known, with_known
from conformance.litellm_changes import LITELLM_CHANGES, LITELLM_REFUSALS, changed_by_litellm
from conformance.outcome import Broken, Failure, Outcome
from conformance.records import Records
from conformance.scenarios import load_scenarios
from tests.conformance.committed import PINNED_LITELLM
from tests.conformance.each_scenario import each_scenario
from tests.conformance.spoils import SPOILS
from tests.conformance.spoilt import Spoil, plain, replayed, spelled

ROOT = Path(__file__).parents[2]
HERE = version("litellm")
BY_ID = {claim.id: claim for claim in CLAIMS}
IN_ANSWERS = {"verdicts-as-predicted", "declared-by-the-api"}


def ruling(claim: str, records: Records, **more: tuple[str, ...]) -> Ruling:
    """How one claim fares on the records of one scenario."""
    [found] = judge([BY_ID[claim]], [records], **more)
    return found


def judged(records: Sequence[Records]) -> tuple[Ruling, ...]:
    """How every claim fares; what another LiteLLM is known to break is no failure."""
    known = read_known(SHIPPED, BY_ID, [scenario.name for scenario in load_scenarios()])
    return with_known(judge(CLAIMS, records), known, records, whole=False)


def whole(all_records: Mapping[str, Records]) -> list[Records]:
    """Every scenario's records; skips where the tests that were chosen record only some."""
    if len(all_records) < len(load_scenarios()):
        pytest.skip("asks for all scenarios, and the chosen tests record only some")
    return list(all_records.values())


@each_scenario
def test_the_real_handler_breaks_no_claim(recorded: Records) -> None:
    """Every claim holds on every scenario that it concerns, and our own engine failed nowhere."""
    rulings = judged([recorded])
    assert {r.claim.id: r.breaches[:3] for r in rulings if not r.good} == {}
    assert {r.claim.id: r.reason for r in rulings if not r.good} == {}


def test_every_claim_is_put_to_the_test_by_some_scenario(
    all_records: Mapping[str, Records],
) -> None:
    """In a whole core run no claim is unsupported, and few cases are left unjudged."""
    rulings = judged(whole(all_records))
    assert [(r.claim.id, r.reason) for r in rulings if r.verdict not in ("pass", "known")] == []
    unsaid = {one.reason for r in rulings for one in r.unsaid}
    refusals = {refusal.why for refusal in LITELLM_REFUSALS}
    assert unsaid <= refusals
    assert HERE != PINNED_LITELLM or unsaid == refusals


def _each_spoil() -> list[object]:
    return [
        pytest.param(spoil.scenario, claim, spoil, id=f"{claim}-{spoil.id}".rstrip("-"))
        for claim, spoils in SPOILS.items()
        for spoil in spoils
    ]


@pytest.mark.parametrize(("recorded", "claim", "spoil"), _each_spoil(), indirect=["recorded"])
def test_a_spoilt_record_breaks_its_claim(recorded: Records, claim: str, spoil: Spoil) -> None:
    """The claim holds on the record as it was, and is broken by one change of it by hand."""
    assert ruling(claim, recorded).verdict == "pass"
    spoilt = ruling(claim, spoil.spoil(recorded))
    assert spoilt.verdict == "fail", spoilt.reason
    assert all(breach.expected and breach.seen for breach in spoilt.breaches)


def test_every_claim_has_a_record_that_breaks_it() -> None:
    """A claim that nothing can break would be no promise."""
    assert SPOILS.keys() | IN_ANSWERS == BY_ID.keys()


@pytest.mark.parametrize("recorded", ["thinking-history"], indirect=True)
@pytest.mark.parametrize(
    ("claim", "profile", "rule", "answer"),
    [
        ("verdicts-as-predicted", "deepseek", "", {"status": 400, "rule": "new", "body": {}}),
        ("verdicts-as-predicted", "openai", "unknown-parameter", {"status": 422}),
        ("verdicts-as-predicted", "openai", "unknown-parameter", {"rule": "another"}),
        ("verdicts-as-predicted", "gateway", "gateway-metadata", {"body": {"detail": "no"}}),
        ("verdicts-as-predicted", "gateway", "gateway-metadata", {"status": 200, "rule": ""}),
        ("declared-by-the-api", "openai", "", {"status": 400, "rule": "new", "body": {}}),
    ],
)
def test_another_answer_breaks_the_claim_about_verdicts(
    recorded: Records, claim: str, profile: str, rule: str, answer: dict[str, object]
) -> None:
    """A profile that answers otherwise than it was predicted is a breach, told with its name."""
    chats = claim == "declared-by-the-api"
    spoilt = replayed(
        recorded,
        lambda one: (
            one.profile == profile and one.rule == rule and (one.case.api == "chat" or not chats)
        ),
        **answer,
    )
    found = ruling(claim, spoilt)
    assert found.verdict == "fail"
    assert profile in found.breaches[0].expected.lower()


@pytest.mark.parametrize("recorded", ["plain-turn"], indirect=True)
def test_no_case_or_401_everywhere_is_an_error_of_every_claim(recorded: Records) -> None:
    """What tested nothing passes nothing."""
    empty = Records(recorded.scenario, {})
    refused = Records(
        recorded.scenario,
        {
            case: Outcome(
                tuple(replace(sent, status=401) for sent in outcome.sent),
                Failure("AuthenticationError", 401, "no"),
            )
            for case, outcome in recorded.outcomes.items()
        },
    )
    for records, words in ((empty, "no case"), (refused, "401")):
        rulings = judge(CLAIMS, [records])
        assert {one.verdict for one in rulings} == {"error"}
        assert all(words in one.reason for one in rulings)
    assert {one.verdict for one in judge(CLAIMS, [])} == {"error"}


@pytest.mark.parametrize("recorded", ["plain-turn"], indirect=True)
def test_a_case_that_our_engine_broke_is_an_error_of_the_claims_that_it_concerns(
    recorded: Records,
) -> None:
    """It is no pass for them, no failure of the handler's, and nothing to other claims."""
    [first] = [case for case in recorded.outcomes if plain()(case)][:1]
    outcomes = {**recorded.outcomes, first: Outcome((), Broken("no port is free"))}
    found = {one.claim.id: one for one in judge(CLAIMS, [Records(recorded.scenario, outcomes)])}
    for claim in ("one-request", "answered", "model-as-configured", "metadata-unless-dropped"):
        assert found[claim].verdict == "error"
        assert "no port is free" in found[claim].reason
    assert found["clients-key-stays"].verdict == "pass"
    assert found["lone-surrogates-replaced"].verdict == "unsupported"
    assert not any(one.breaches for one in found.values())


@pytest.mark.parametrize("recorded", ["plain-turn"], indirect=True)
def test_a_claim_is_unsupported_where_something_lacks_that_it_needs(recorded: Records) -> None:
    """Be it the handler, as it is said, or every case of the run."""
    without = ruling("thinking-blocks-unless-dropped", recorded)
    assert (without.verdict, without.reason) == (
        "unsupported",
        "no case of this run has responses, thinking",
    )
    lacking = ruling("metadata-unless-dropped", recorded, lacks=("responses",))
    assert (lacking.verdict, lacking.reason) == ("unsupported", "the handler lacks responses")
    assert not without.held
    assert without.good


@pytest.mark.parametrize("recorded", ["plain-turn"], indirect=True)
def test_a_check_that_looks_at_nothing_is_an_error(recorded: Records) -> None:
    """A claim whose check overlooks the cases that it concerns has not held."""
    blind = Claim("blind", "MUST", "Nothing is seen.", "A test.", lambda _: iter(()))
    [found] = judge([blind], [recorded])
    assert found.verdict == "error"


@pytest.mark.parametrize("recorded", ["plain-turn"], indirect=True)
def test_a_check_that_fails_is_an_error_and_ends_nothing(recorded: Records) -> None:
    """A mistake in a check is our own engine's."""
    faulty = Claim("faulty", "MUST", "It fails.", "A test.", lambda _: map(int, ["seven"]))  # type: ignore[arg-type, return-value] # on purpose
    [found, other] = judge([faulty, BY_ID["one-request"]], [recorded])
    assert found.verdict == "error"
    assert "seven" in found.reason
    assert other.verdict == "pass"


@pytest.mark.parametrize("recorded", ["plain-turn"], indirect=True)
def test_a_claim_of_which_nothing_can_be_said_is_unsupported(recorded: Records) -> None:
    """What is left unsaid is counted, and no pass."""
    first = next(iter(recorded.outcomes))
    silent = Claim(
        "silent", "MUST", "It cannot be told.", "A test.", lambda _: iter([Unsaid(first, "no")])
    )
    [found] = judge([silent], [recorded])
    assert (found.verdict, found.reason, found.looked_at) == ("unsupported", "no", 0)
    assert found.unsaid == (Unsaid(first, "no"),)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"not json",
        b"{}",
        b'{"input":7,"messages":"?","tools":[1]}',
        b'{"input":[1],"tools":7,"metadata":[],"reasoning":1,"text":[]}',
        b"\xff",
    ],
)
@pytest.mark.parametrize("recorded", ["parallel-calls"], indirect=True)
def test_a_payload_of_no_known_form_is_judged_all_the_same(recorded: Records, body: bytes) -> None:
    """Whatever a handler sends, the judgement ends, and does not end well."""
    spoilt = Spoil("parallel-calls", plain(), spelled(lambda _: body)).spoil(recorded)
    found = {one.claim.id: one.verdict for one in judge(CLAIMS, [spoilt])}
    assert found["calls-arrive"] == found["sync-is-async"] == "fail"
    assert "error" not in found.values()


def test_every_claim_is_told_apart_and_says_why() -> None:
    """Its id is a word, its sentence a sentence, its reason has a source that is there."""
    catalogue = (ROOT / "mock_upstream/catalogue/quirks.yaml").read_text("utf-8")
    assert len(CLAIMS) == len(BY_ID) >= 30
    for claim in CLAIMS:
        assert re.fullmatch(r"[a-z0-9-]+", claim.id)
        assert claim.sentence.endswith(".")
        assert set(claim.needs) <= FEATURES.keys()
        pages = re.findall(r"docs/[\w-]+\.md", claim.reason)
        entries = re.findall(r"\b(?:openai|copilot|groq|lmstudio)-[\w-]+", claim.reason)
        assert pages or re.search(r"RFC \d|\w/[\w-]+#\d", claim.reason), claim.id
        assert all((ROOT / page).exists() for page in pages)
        assert all(f"id: {entry}\n" in catalogue for entry in entries)


def test_the_page_is_current() -> None:
    """`CLAIMS.md` says what the claims say."""
    written = (ROOT / "CLAIMS.md").read_text("utf-8")
    assert written == page(), "run python -m conformance.claims --write"


def test_the_page_is_checked_and_written_by_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An old page ends with 1 and says what to do; a new one with 0."""
    file = tmp_path / "CLAIMS.md"
    for arguments, code in ((("--check",), 1), (("--write",), 0), (("--check",), 0)):
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--to", str(file)])
        assert ended.value.code == code
    assert "--write" in capsys.readouterr().err


def test_every_change_of_litellms_is_still_made(
    all_records: Mapping[str, Records],
) -> None:
    """A row of what LiteLLM changes that no case needs any more would hide a change of ours."""
    from conformance.edits import difference

    needed = set()
    for records in whole(all_records):
        for case, _, payload in records.all_sending():
            if case.entry.startswith("proxy") and case.delivery.is_unset:
                edits = difference(
                    records.payload(records.unflagged(case.api, case.method)), payload
                )
                needed |= {
                    row
                    for row in LITELLM_CHANGES
                    for edit in edits
                    if row.covers(case, records.scenario, edit)
                }
                assert all(
                    changed_by_litellm(case, records.scenario, edit)
                    or str(edit).startswith("order")
                    for edit in edits
                )
    assert [row for row in LITELLM_CHANGES if row not in needed] == []
