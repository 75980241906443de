"""The committed table of what each entry of the proxy passes on of an upstream's error.

Accept a change with ``pytest tests/proxy/test_error_table.py --snapshot-update`` and read its
difference: that is what a user's client will see.
"""

from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conformance.committed import PINNED_LITELLM
from tests.proxy import error_table, layouts
from tests.proxy.error_table import HEAD, PROMPT
from tests.proxy.rig import CLIENT_KEY, KEYS, Rig

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


@pytest.mark.parametrize(
    "session_rig",
    [pytest.param(layouts.installed, marks=pytest.mark.xdist_group("proxy-installed"))],
    indirect=True,
    ids=["installed"],
)
@pytest.mark.skipif(version("litellm") != PINNED_LITELLM, reason="the table is of another LiteLLM")
def test_the_table_is_what_happens(rig: Rig, pytestconfig: pytest.Config) -> None:
    """Every status by every entry, whole and streaming; no key and no prompt in the log."""
    error_table.say_nothing(rig.silent)
    begun = len(rig.process.log)
    told = error_table.ask(rig.process.url, CLIENT_KEY)
    journal = (*rig.refusing.journal.entries, *rig.silent.journal.entries)
    rows = [one.row(error, error_table.requests(one.model, journal)) for one, error in told.items()]
    before, _, _ = PAGE.read_text("utf-8").partition(HEAD)
    page = before + HEAD + "\n".join(rows) + "\n"
    if pytestconfig.getoption("update_snapshots"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page
    logged = rig.process.log[begun:]
    assert [secret for secret in (*KEYS, PROMPT) if secret in logged] == []


def test_a_refused_request_is_not_retried() -> None:
    """The committed table says so: a 4xx other than 429 reached the upstream once."""
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if "`/v1/" in line]
    refused = [
        row for row in rows if row[0].strip("| ") in {"400", "401", "403", "404", "413", "422"}
    ]
    assert len(refused) == 36
    assert {row[-1] for row in refused} == {"1 |"}
