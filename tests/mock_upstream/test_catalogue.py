"""The catalogue's page is current, and as much of the catalogue is reproduced as was promised."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_upstream.catalogue import read_citations, read_entries, read_reasons
from mock_upstream.catalogue.__main__ import main
from mock_upstream.catalogue.page import page
from mock_upstream.profile_format.profile import load_profile, profile_names
from tests.mock_upstream.quirk_case import quirk_cases

ROOT = Path(__file__).parents[2]
ENTRIES = {entry.id: entry for entry in read_entries()}
CITATIONS = tuple(read_citations())
REPRODUCED = {one.entry for one in CITATIONS}
SERVED = {entry.id for entry in ENTRIES.values() if entry.api != "messages"}


def test_the_page_is_current() -> None:
    """`docs/catalogue.md` says what the catalogue and the profiles say."""
    written = (ROOT / "docs" / "catalogue.md").read_text("utf-8")
    assert written == page(), "run python -m mock_upstream.catalogue --write"


def test_at_least_130_of_the_166_entries_are_reproduced_and_seen_to_be() -> None:
    """They count if a rule cites them and a case trips that rule over HTTP."""
    seen = {case.quirk for case in quirk_cases()} & REPRODUCED & SERVED
    assert len(SERVED) == 166
    assert len(seen) >= 130


def test_every_whole_body_is_had_to_the_letter() -> None:
    """An entry with a whole body has a case that expects just that, and nothing in its place."""
    plain = {case.quirk for case in quirk_cases() if not (case.body or case.message or case.words)}
    whole = {one for one in SERVED & REPRODUCED if ENTRIES[one].scope in ("body", "body-repr")}
    assert len(whole) > 75
    assert whole - plain == set()


def test_every_entry_is_reproduced_or_it_is_said_why_not() -> None:
    missing = {
        entry.id
        for entry in ENTRIES.values()
        if entry.id in SERVED and entry.scope != "inferred" and entry.id not in REPRODUCED
    }
    assert missing == set(read_reasons())


def test_every_upstream_with_two_sourced_entries_has_a_profile() -> None:
    """An upstream's profile bears its name; the catalogue's gateway of many names is one, too."""
    sourced = [
        entry.upstream
        for entry in ENTRIES.values()
        if entry.id in SERVED and entry.scope != "inferred"
    ]
    wanted = {upstream for upstream in sourced if sourced.count(upstream) > 1}
    assert sorted(wanted - set(profile_names())) == []


def test_what_a_rule_cites_is_in_the_catalogue_or_a_public_place() -> None:
    """A catalogue id with a typing error in it would count for nothing and be missed by nobody."""
    sources = {
        source
        for name in profile_names()
        for rule in load_profile(name).rules
        for source in rule.source
    }
    odd = [one for one in sources - ENTRIES.keys() if "/" not in one and " " not in one]
    assert odd == []


def test_a_citation_stands_at_the_profile_that_makes_it() -> None:
    """A profile that inherits a rule does not reproduce the entry once more."""
    at = {one.profile for one in CITATIONS if one.entry == "openai-tool-name-64"}
    assert at == {"openai"}


def test_the_command_writes_the_page_and_says_when_it_is_not_current(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.md"
    run = CliRunner().invoke
    missing = run(main, ["--check", "--to", str(path)])
    assert (missing.exit_code, "is not current; run: " in missing.output) == (1, True)
    assert run(main, ["--write", "--to", str(path)]).exit_code == 0
    assert run(main, ["--check", "--to", str(path)]).exit_code == 0
    path.write_text("old", "utf-8")
    assert run(main, ["--to", str(path)]).exit_code == 1


def test_an_entry_that_nothing_explains_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page cannot be written while an entry is neither reproduced nor excused."""
    monkeypatch.setattr("mock_upstream.catalogue.page.read_citations", list)
    monkeypatch.setattr("mock_upstream.catalogue.page.read_reasons", dict)
    failed = CliRunner().invoke(main, ["--check"])
    assert (failed.exit_code, "is reproduced by no rule" in failed.output) == (2, True)
