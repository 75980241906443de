"""The command: what it writes, what it sends, when it waits and stops, and what has drifted."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance.probe.asking import Asking
from conformance.probe.command import probe
from conformance.probe.wire import Wire
from conformance.upstream_settings import recommended_settings
from mock_upstream import Session, load_profile
from mock_upstream.recording.address import Address
from tests.conformance.probe.charts import KEY, served
from tests.conformance.probe.strange_upstreams import answering, read_request

GATEWAY = "gateway"


def run(url: str, *options: str) -> Result:
    """Run the command on the Responses API of a URL."""
    arguments = [url, "--api-key-env", "PROBED_KEY", "--model", "m", "--api", "responses"]
    return CliRunner().invoke(probe, [*arguments, *options], env={"PROBED_KEY": KEY})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Result, Session]]:
    """The gateway's probe: its files, what it said, and the session that saw it."""
    directory = tmp_path_factory.mktemp("probed")
    names = {"--report": "r.json", "--write-profile": "p.yaml", "--write-config": "c.yaml"}
    options = [word for name, file in names.items() for word in (name, str(directory / file))]
    session = Session(load_profile(GATEWAY), api_keys=(KEY,))
    with served(session) as url:
        yield directory, run(url, *options, "--against", GATEWAY), session


def test_an_upstream_that_is_as_it_was_ends_with_0(
    files: tuple[Path, Result, Session],
) -> None:
    """The table names what is refused, and what Claude Code needs."""
    _, result, _ = files
    assert result.exit_code == 0, result.output
    for said in ("400 Unsupported parameter: metadata", "No drift", "drop_metadata_res_api: true"):
        assert said in result.output


def test_nothing_but_the_probes_own_requests_is_sent(
    files: tuple[Path, Result, Session],
) -> None:
    """As many as it says, to the API's endpoint; their number was stated before the first."""
    directory, result, session = files
    report = json.loads((directory / "r.json").read_bytes())
    entries = session.journal.entries
    assert len(entries) == report["requests"]
    assert {(entry.method, entry.path) for entry in entries} == {("POST", "/v1/responses")}
    stated = re.search(r"about (\d+) requests, (\d+) at the most; some", result.stderr)
    assert stated is not None
    assert int(stated[1]) // 2 < report["requests"] < int(stated[2])


def test_the_profile_and_the_config_are_what_mock_and_handler_take(
    files: tuple[Path, Result, Session],
) -> None:
    directory, _, _ = files
    profile = load_profile(directory / "p.yaml")
    assert {rule.forbid for rule in profile.rules} == {"metadata", "input[*].thinking_blocks"}
    assert profile.settings.responses == recommended_settings(GATEWAY, "responses")
    config = yaml.safe_load((directory / "c.yaml").read_text("utf-8"))
    [model] = config["model_list"]
    settings = recommended_settings(GATEWAY, "responses")
    assert settings.items() <= model["litellm_params"].items()
    assert model["litellm_params"]["api_key"] == "os.environ/PROBED_KEY"


def test_the_drawn_profile_refuses_in_the_upstreams_own_words(
    files: tuple[Path, Result, Session],
) -> None:
    """Byte for byte, at another place, too."""
    payload = {"model": "m", "input": [{"role": "user", "thinking_blocks": []}], "metadata": {}}
    directory, _, session = files
    drawn = Session(load_profile(directory / "p.yaml"))
    for sent in (payload, {**payload, "input": "x"}):
        judges = (session.now.judgement, drawn.now.judgement)
        bodies = [one.refusal(one.check("responses", sent)).body for one in judges]
        assert bodies[0] == bodies[1]


def test_the_key_is_written_nowhere(files: tuple[Path, Result, Session], tmp_path: Path) -> None:
    """Not even that of an upstream which repeats it in its refusals."""
    directory, result, _ = files
    texts = [path.read_text("utf-8") for path in directory.iterdir()]
    assert all(KEY not in text for text in [*texts, result.output])

    def parrot(connection: socket) -> None:
        request = read_request(connection)
        refused = b"metadata" in request
        body = b'{"error": {"message": "%b: no metadata"}}' % KEY.encode()
        if not refused:
            body = b'{"object": "response", "output": []}'
        status = b"400 Bad Request" if refused else b"200 OK"
        connection.sendall(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (status, len(body), body)
        )

    with answering(parrot) as url:
        result = run(url, "--report", str(tmp_path / "r.json"), "--write-profile",
                     str(tmp_path / "p.yaml"), "--max-requests", "40")  # fmt: skip
    assert result.exit_code == 0, result.output
    texts = [(tmp_path / name).read_text("utf-8") for name in ("r.json", "p.yaml")]
    assert all(KEY not in text for text in [*texts, result.output])
    assert "[key]: no metadata" in texts[0]


def test_what_is_left_undone_is_listed_as_unseen() -> None:
    """No request goes beyond the bound, and no rule is made of what was not asked."""
    session = Session(load_profile(GATEWAY))
    with served(session) as url:
        result = run(url, "--max-requests", "12", "--json")
    report = json.loads(result.stdout)
    assert len(session.journal.entries) == report["requests"] == 12
    unseen = report["apis"]["responses"]["unseen"]
    assert unseen["responses-schema-array"] == "--max-requests 12 was reached"
    assert report["stopped"] == "--max-requests 12 was reached"
    assert "responses-limit-tools" in unseen


def test_an_upstream_that_breaks_in_the_middle_is_not_asked_for_ever() -> None:
    """What was seen until then is kept, and no refusal is made of a 500."""
    asked: list[bytes] = []

    def tiring(connection: socket) -> None:
        asked.append(read_request(connection))
        status = b"200 OK" if len(asked) < 20 else b"500 Oops"
        body = b'{"object": "response", "output": []}'
        connection.sendall(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (status, len(body), body)
        )

    with answering(tiring) as url:
        result = run(url, "--json")
    report = json.loads(result.stdout)
    assert report["stopped"] == "the last 10 answers say nothing (500)"
    assert "rules: []" in report["profile"]
    assert len(asked) < 60


def test_a_busy_upstream_is_waited_for_as_long_as_it_asks() -> None:
    """429 with Retry-After: that long, within the bound, and the request again."""
    asked: list[bytes] = []

    def busy(connection: socket) -> None:
        asked.append(read_request(connection))
        status = b"200 OK" if len(asked) > 1 else b"429 Slow\r\nRetry-After: 7"
        connection.sendall(
            b"HTTP/1.1 %b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}" % status
        )

    waits: list[float] = []
    with answering(busy) as url, Wire(Address.parse(url), 5) as wire:
        asking = Asking(wire, KEY, 10, 60, lambda _: None, pause=waits.append)
        answer = asking.ask("chat", {"model": "m"}, {})
    assert (answer.status, waits, len(asked)) == (200, [7.0], 2)


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ("permissive", GATEWAY, "now accepts metadata: remove drop_metadata_res_api"),
        (GATEWAY, "permissive", "now refuses metadata (400 Unsupported parameter: metadata)"),
    ],
)
def test_drift_ends_with_1_and_names_flags_and_refusals(now: str, then: str, said: str) -> None:
    with served(Session(load_profile(now))) as url:
        result = run(url, "--against", then)
    assert result.exit_code == 1
    assert said in result.output


def test_a_report_serves_for_comparison_as_its_profile_does(
    files: tuple[Path, Result, Session],
) -> None:
    directory, _, _ = files
    with served(Session(load_profile("permissive"))) as url:
        result = run(url, "--against", str(directory / "r.json"), "--json")
    assert result.exit_code == 1
    removed = [one["remove"] for one in json.loads(result.stdout)["drift"]]
    assert removed == [["drop_metadata_res_api"], ["drop_thinking_blocks_res_api"]]
