"""A session's profile, script and faults: exchanged whole, reset to what they were."""

import pytest

from mock_upstream import ReplyPlan, Session, load_profile
from mock_upstream.scripts.script_file import parse_script

METADATA = {"model": "m", "input": "hi", "metadata": {"a": "b"}}


def test_a_profile_is_exchanged_under_the_same_overrides() -> None:
    """Keys, refused paths and the choice of unknown keys outlive the profile."""
    session = Session(load_profile("permissive"), reject=("store",), api_keys=("key-1",))
    assert session.judge("responses", METADATA).accepted
    session.use_profile(load_profile("gateway"))
    assert session.profile.name == "gateway"
    assert not session.judge("responses", METADATA).accepted
    assert not session.judge("responses", {"model": "m", "input": "x", "store": True}).accepted
    assert session.now.gate.denial([(b"authorization", b"Bearer key-2")]) is not None


def test_an_override_that_does_not_go_with_a_profile_changes_nothing() -> None:
    """A state that the other profile does not know is refused, and the former one stays."""
    known = next(name for name in load_profile_names_with_states())
    profile = load_profile(known)
    session = Session(profile, states=profile.states()[:1])
    before = session.now
    with pytest.raises(ValueError, match=profile.states()[0]):
        session.use_profile(load_profile("gateway"))
    assert session.now is before


def load_profile_names_with_states() -> list[str]:
    from mock_upstream import profile_names

    return [name for name in profile_names() if load_profile(name).states()]


def test_a_moment_does_not_change() -> None:
    """Who holds a moment holds the profile and script of then, whatever comes after."""
    session = Session(load_profile("gateway"))
    then = session.now
    session.use_profile(load_profile("permissive"))
    session.use_script(
        parse_script("entries: [{reply: {text: a}}]\nfaults: [{fault: {status: 500}}]")
    )
    assert then.profile.name == "gateway"
    assert (then.script.idle, then.faults) == (True, None)
    assert (session.script.idle, session.faults is None) == (False, False)


def test_a_reset_comes_back_to_what_lasts() -> None:
    """What was lasting is there again; what was not, and all that was queued, is gone."""
    session = Session(load_profile("openai"))
    session.use_script(parse_script("entries: [{name: lasting, reply: {text: a}}]"), lasting=True)
    session.use_profile(load_profile("gateway"), lasting=True)
    session.use_script(parse_script("entries: []\nfaults: [{fault: {status: 500}}]"))
    session.use_profile(load_profile("permissive"))
    session.reply_with(ReplyPlan(text="queued"))
    session.next_number()
    session.reset()
    assert session.profile.name == "gateway"
    assert [one.label for one in session.script.played] == ["lasting"]
    assert (session.faults, session.replies_left, session.next_number()) == (None, 0, 1)


def test_the_keys_of_a_session_are_known_to_its_journal() -> None:
    """They are masked wherever they occur, and are not printed."""
    session = Session(load_profile("openai"), api_keys=("key-1",), key_states={"key-2": "expired"})
    assert session.journal.fingerprints.known == {b"key-1", b"key-2"}
    assert "key-1" not in repr((vars(session), session.now))
