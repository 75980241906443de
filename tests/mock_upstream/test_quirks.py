"""Every shipped rule that cites the catalogue, tripped over HTTP and held to what the source shows.

`quirk_cases/PROFILE.yaml` is a list of cases, one for each catalogue entry that a rule cites:

    - quirk: openai-resp-call-id-64      # the catalogue id; its body, message or words must come
      rule: call-id-length               # the rule that answers (or `invalid-key` and its like)
      api: responses                     # responses | chat; its own smallest request is filled in
      model: gpt-5                       # short for request: {model: gpt-5}
      request: {input: [{$repeat: {role: user, content: "$n"}, $times: 149}, …]}
      headers: {Editor-Version: null}    # besides the key; null takes a header away
      states: [unverified]               # and date: 2024-10-01, key_state: expired
      minus:                             # the same without the trip, which must get 200
        without: ["input[149]"]          # field paths to take away
        with: {max_output_tokens: 16}    # and to set; or any key of the case in place of its own

A value `$absent` takes a key of the smallest request away. `{$text: ab, $length: 5}` is `ababa`,
`{$keys: k, $times: 2}` is `{k0: x, k1: x}`.

Strict JSON is expected of `body` and `body-repr`, that with an ellipsis as a wild card of
`body-elided`, the message anywhere in the reply of `message`, all of `words: [...]` of `fragment`.
`minted: [text]` names parts of the catalogue's body that the upstream made up. Where the entry
cannot be had word for word, `body`, `message` or `words` says what comes, and `because` says why.
A rule whose source is another public place has a case too: `quirk` names the place, and `body`,
`message` or `words` (with `status`, if not 400) says what is to be seen there.
An entry that is taken, and only noted, is held to its status and to the rule that notes it.
"""

from functools import cache
from typing import Any

import pytest
from starlette.testclient import TestClient

from mock_upstream import Session, create_app, load_profile
from mock_upstream.catalogue import Entry, read_citations, read_entries
from mock_upstream.catalogue.page import SCOPES
from mock_upstream.profile_format.profile import profile_names
from mock_upstream.verdict import ACCEPTED
from tests.mock_upstream.conftest import KEY
from tests.mock_upstream.quirk_case import QuirkCase, Sent, quirk_cases
from tests.mock_upstream.quirk_match import mismatch

CASES = quirk_cases()
CITATIONS = tuple(read_citations())
ENTRIES = {entry.id: entry for entry in read_entries()}
PATHS = {"responses": "/v1/responses", "chat": "/v1/chat/completions"}


def _session(profile: str, sent: Sent) -> Session:
    known: dict[str, Any] = {"states": sent.states, "date": sent.date}
    given = {name: value for name, value in known.items() if value}
    if sent.key_state:
        given["key_states"] = {_key(sent): sent.key_state}
    return Session(_profile(profile), **given)


_profile = cache(load_profile)


def _elsewhere(case: QuirkCase) -> Entry:
    """Make an entry of what a case says of a source outside the catalogue."""
    assert case.body or case.message or case.words, "say what the source shows"
    return Entry(case.quirk, case.profile, case.trip.api, "", case.status, "", "message", ())


def _key(sent: Sent) -> str:
    headers = {**KEY, **sent.headers}
    return str(headers.get("api-key") or headers["authorization"]).removeprefix("Bearer ")


def _send(session: Session, sent: Sent) -> tuple[int, str]:
    headers = {**KEY, **sent.headers}
    given = {name: value for name, value in headers.items() if value is not None}
    client = TestClient(create_app(session))
    reply = client.post(PATHS[sent.api], json=sent.payload(), headers=given)
    return reply.status_code, reply.text


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_request_that_trips_a_rule_gets_what_the_source_shows(case: QuirkCase) -> None:
    """The refusal is the catalogue's, word for word as far as the source goes, by that rule."""
    session = _session(case.profile, case.trip)
    status, text = _send(session, case.trip)
    verdict = session.journal.entries[-1].verdict
    rules = [violation.rule for violation in verdict.violations or verdict.noted]
    entry = ENTRIES.get(case.quirk) or _elsewhere(case)
    different = mismatch(case, entry, status, text) if verdict.violations else status != 200
    answering = rules if session.profile.envelope.collect else rules[:1]
    assert (different or "", case.rule in answering) == ("", True), rules


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_request_without_the_trip_is_answered(case: QuirkCase) -> None:
    """What the rule minds is all that the upstream minds."""
    session = _session(case.profile, case.fine)
    assert case.fine != case.trip
    status, text = _send(session, case.fine)
    assert (status, session.journal.entries[-1].verdict) == (200, ACCEPTED), text


@pytest.mark.parametrize("profile", profile_names())
def test_every_citation_of_the_catalogue_has_a_case_and_every_case_a_citation(profile: str) -> None:
    """No rule claims an entry that it was not seen to reproduce."""
    cited = {(one.rule, one.entry) for one in CITATIONS if one.profile == profile}
    tested = {(case.rule, case.quirk) for case in CASES if case.profile == profile}
    elsewhere = {
        (rule.id, source) for rule in load_profile(profile).rules for source in rule.source
    }
    assert (cited - tested, tested - cited - elsewhere) == (set(), set())


@pytest.mark.parametrize("profile", profile_names())
def test_every_rule_that_shows_its_words_has_a_case(profile: str) -> None:
    """Those that a child inherits have theirs at the parent."""
    shipped = load_profile(profile)
    inherited = load_profile(shipped.extends).rules if shipped.extends else ()
    shown = {rule.id for rule in shipped.rules if rule.verbatim and rule not in inherited}
    assert shown - {case.rule for case in CASES if case.profile == profile} == set()


def test_no_rule_cites_what_was_inferred() -> None:
    """Entries that no source shows are not shipped as real."""
    scopes = {one: ENTRIES[one.entry].scope for one in CITATIONS}
    assert [one for one, scope in scopes.items() if scope == "inferred"] == []


@pytest.mark.parametrize("profile", profile_names())
def test_a_rule_claims_no_more_than_its_sources_show(profile: str) -> None:
    """`verbatim` is at most the best of the catalogue's scopes that the rule cites."""
    for rule in load_profile(profile).rules:
        shown = [ENTRIES[one].scope for one in rule.source if one in ENTRIES]
        if shown:
            assert rule.verbatim is not None, rule.id
            assert SCOPES.index(rule.verbatim) >= min(map(SCOPES.index, shown)), rule.id


def test_a_case_that_departs_from_the_catalogue_says_why() -> None:
    told = [case for case in CASES if case.quirk in ENTRIES and (case.body or case.message)]
    odd = [case for case in told if not case.because]
    assert odd == []
