"""The commands on profiles: what they print and how they end."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from mock_upstream.cli import main
from mock_upstream.profile_format.profile import profile_names
from mock_upstream.profile_format.profile_schema import COMMITTED
from tests.mock_upstream.profile_text import written

SHIPPED = sorted(COMMITTED.parent.glob("*.yaml"))


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_profiles_are_listed_as_json() -> None:
    """Each with its states, variants and the settings that it recommends."""
    listed = json.loads(_run("profiles", "--json").stdout)
    assert [one["name"] for one in listed] == list(profile_names())
    gateway = next(one for one in listed if one["name"] == "gateway")
    assert gateway["settings"]["responses"]["drop_metadata_res_api"] is True
    assert gateway["rules"] == {"responses": 3, "chat": 1}
    keys = {"name", "about", "extends", "rules", "states", "variants", "settings"}
    assert all(one.keys() == keys for one in listed)


def test_a_good_profile_is_told_so(tmp_path: Path) -> None:
    """With what it holds; the exit code is 0."""
    path = written(tmp_path, "rules:\n  - {id: a, api: chat, forbid: a}\n")
    done = _run("profile", "check", str(path), str(path))
    assert done.exit_code == 0
    line = f"{path}: good: profile 'mine', 1 rules (0 on responses, 1 on chat)\n"
    assert done.stdout == line * 2


def test_every_bad_profile_is_told_where_it_is_bad(tmp_path: Path) -> None:
    """The good ones among them too; the exit code is 1."""
    good = written(tmp_path, "rules: []\n", "good")
    bad = written(tmp_path, "rulse: []\n", "bad")
    done = _run("profile", "check", str(bad), str(good), str(tmp_path / "absent.yaml"))
    assert done.exit_code == 1
    assert f"{bad}:3: rulse: unknown key; " in done.stderr
    assert "did you mean 'rules'?" in done.stderr
    assert "absent.yaml: cannot read" in done.stderr
    assert f"{good}: good" in done.stdout


def test_the_json_schema_is_printed_as_it_is_committed() -> None:
    """So that an editor may have either."""
    assert _run("profile", "schema").stdout.encode() == COMMITTED.read_bytes()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_profile_satisfies_the_json_schema(path: Path) -> None:
    """What the loader takes, an editor must not mark."""
    schema = json.loads(COMMITTED.read_bytes())
    profile = json.loads(json.dumps(yaml.safe_load(path.read_bytes()), default=str))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(profile)] == []


@pytest.mark.parametrize(
    "text",
    [
        "rulse: []",
        "unknown: rejct",
        "envelope: {bdy: 1}",
        "rules: [{id: a, api: chat}]",
        "rules: [{id: a, api: chat, forbid: a, require: b}]",
        "rules: [{id: a, api: chat, forbid: a, eror: {}}]",
        "rules: [{id: a, api: chat, forbid: a, when: {fields: {a: presnt}}}]",
        "variants: [{name: old, chnge: {}}]",
    ],
)
def test_what_the_loader_refuses_an_editor_marks(text: str) -> None:
    """Misspelt keys and words, and rules of no kind or of two."""
    schema = json.loads(COMMITTED.read_bytes())
    profile = {"name": "a", "about": "b"} | yaml.safe_load(text)
    assert list(Draft202012Validator(schema).iter_errors(profile)) != []


def test_a_date_or_state_that_cannot_be_is_refused() -> None:
    """With exit code 2 and what would do."""
    done = _run("serve", "--date", "2024-13-01")
    assert (done.exit_code, "2024-13-01" in done.stderr) == (2, True)
    done = _run("serve", "--state", "no-such-state")
    assert (done.exit_code, "no rule of profile 'openai' asks for the state" in done.stderr) == (
        2,
        True,
    )
