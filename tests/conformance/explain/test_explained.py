"""`conformance explain` as its user runs it: the four classic troubles, requests, bad input."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.explain.exits import Exit
from mock_upstream import load_profile
from mock_upstream.from_error.source_text import LONGEST

RECORDED = Path(__file__).parents[3] / "conformance/scenarios/tool-results-with-image.json"
UNKNOWN_THINKING = '{"error":{"message":"Unsupported parameter: thinking_blocks","param":null}}'
BAD_KEY = (
    "litellm.AuthenticationError: AuthenticationError: OpenAIException - "
    '{"error": {"message": "Incorrect API key provided: sk-abcdef0123456789abcdef.", '
    '"code": "invalid_api_key"}}'
)
NOT_IMPORTED = (
    "Traceback (most recent call last):\n"
    "ModuleNotFoundError: No module named 'claude_code_proxy'\n\n"
    "ImportError: Could not import claude_code_router from claude_code_proxy.claude_code_router\n"
)

pytestmark = [
    pytest.mark.xdist_group("explain"),
    pytest.mark.usefixtures("own_environment"),
]


def explain(text: str | bytes, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments], input=text, catch_exceptions=False)


def explained(text: str | bytes, *arguments: str) -> dict[str, Any]:
    done = explain(text, "--json", *arguments)
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["exit"] == done.exit_code
    return answer


@pytest.mark.parametrize(
    ("text", "trouble", "yaml_text"),
    [
        (BAD_KEY, "401", {"litellm_params": {"api_key": "os.environ/UPSTREAM_API_KEY"}}),
        (
            "litellm.BadRequestError: model 'm' has the api_base https://x.y and no api_key",
            "401",
            {"litellm_params": {"api_key": "os.environ/UPSTREAM_API_KEY"}},
        ),
        (
            '{"detail":"Unsupported parameter: metadata"}',
            "unsupported metadata",
            {"litellm_params": {"drop_metadata_res_api": True}},
        ),
        (
            UNKNOWN_THINKING,
            "unsupported thinking_blocks",
            {"litellm_params": {"drop_thinking_blocks_res_api": True}},
        ),
    ],
)
def test_a_classic_trouble_is_named_and_its_cure_proved(
    text: str, trouble: str, yaml_text: dict[str, Any]
) -> None:
    """By name, with YAML to paste, refused without it and taken with it."""
    answer = explained(text)
    assert (answer["exit"], answer["trouble"]) == (0, trouble)
    assert yaml.safe_load(answer["yaml"]) == yaml_text
    assert answer["proof"]["without"]["status"] in (400, 401)
    assert answer["proof"]["with"]["status"] == 200


def test_a_failed_import_is_proved_by_litellms_own_loader() -> None:
    """Without our packages the same error comes; beside the config file they load."""
    answer = explained(NOT_IMPORTED)
    assert (answer["exit"], answer["trouble"]) == (0, "module import error")
    message = "Could not import claude_code_router from claude_code_proxy.claude_code_router"
    assert answer["proof"]["without"]["message"] == f"ImportError: {message}"
    [provider] = yaml.safe_load(answer["yaml"])["litellm_settings"]["custom_provider_map"]
    assert provider["custom_handler"] == "claude_code_proxy.claude_code_router.claude_code_router"


def test_a_handlers_name_that_is_wrong_is_cured_by_the_right_one() -> None:
    """LiteLLM's loader is asked for both, with our packages where it finds them."""
    message = "Could not import router from claude_code_proxy.claude_code_ruoter"
    answer = explained(f"ImportError: {message}")
    assert answer["exit"] == Exit.PROVED
    assert answer["proof"]["without"]["message"] == f"ImportError: {message}"
    [provider] = yaml.safe_load(answer["yaml"])["litellm_settings"]["custom_provider_map"]
    assert provider["custom_handler"] == "claude_code_proxy.claude_code_router.claude_code_router"


def test_a_module_that_is_not_ours_is_no_matter_of_settings() -> None:
    answer = explained("ModuleNotFoundError: No module named 'mcp'")
    assert answer["exit"] == Exit.NO_CURE
    assert (
        "pip install 'litellm[proxy]'"
        in explain("ModuleNotFoundError: No module named 'mcp'").stdout
    )


def test_litellms_own_refusal_is_told_from_an_upstreams() -> None:
    answer = explained(
        "litellm.UnsupportedParamsError: claude_code_router does not support parameters: "
        "['thinking'], for model=gpt-5.2. To drop these, set `litellm.drop_params=True`"
    )
    assert (answer["exit"], answer["refused"]["kind"]) == (0, "litellm")
    assert yaml.safe_load(answer["yaml"]) == {"litellm_settings": {"drop_params": True}}


def test_a_captured_request_is_shrunk_to_what_is_still_refused(tmp_path: Path) -> None:
    """Of Claude Code's second turn one thinking block is left, and the profile is kept."""
    kept = tmp_path / "upstream.yaml"
    text = "Unknown parameter: 'input[9].thinking_blocks'."
    answer = explained(
        json.dumps({"error": {"message": text, "param": "input[9].thinking_blocks"}}),
        *("--request", str(RECORDED), "--write-profile", str(kept)),
    )
    shrunk = answer["shrunk"]
    [turn] = shrunk["request"]["messages"]
    assert (shrunk["complete"], [part["type"] for part in turn["content"]]) == (True, ["thinking"])
    assert shrunk["bytes_after"] < 200 < shrunk["bytes_before"]
    assert answer["proof"]["request"] == "your request"
    assert [rule.forbid for rule in load_profile(kept).rules] == ["input[*].thinking_blocks"]


def test_a_request_of_the_responses_api_is_taken_and_shrunk_too(tmp_path: Path) -> None:
    items = [{"role": "user", "content": f"turn {number}"} for number in range(9)]
    body = {
        "model": "m",
        "input": [*items, {"role": "user", "content": "x", "name": "n"}],
        "top_k": 5,
    }
    file = tmp_path / "request.json"
    file.write_text(json.dumps(body), "utf-8")
    answer = explained('{"detail":"Unsupported parameter: top_k"}', "--request", str(file))
    assert answer["cure"] == {"drop_fields": ["top_k"]}
    assert answer["shrunk"]["request"]["top_k"] == 5
    assert answer["shrunk"]["bytes_after"] < 60


def test_a_request_that_is_not_refused_is_said_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text('{"model": "m", "messages": [{"role": "user", "content": "hi"}]}', "utf-8")
    answer = explained(UNKNOWN_THINKING, "--request", str(file))
    assert (answer["proof"]["outcome"], answer["shrunk"]) == ("not-sent", None)


def test_a_curl_command_alone_is_judged_by_openais_profile() -> None:
    text = (
        "curl http://x/v1/responses -H 'Authorization: Bearer abcdef0123456789' -d "
        '\'{"model": "m", "input": [{"role": "assistant", "content": "", "thinking_blocks": []}]}\''
    )
    answer = explained(text)
    assert answer["refused"]["paths"] == ["input[*].thinking_blocks"]
    assert answer["proof"]["request"] == "your request"
    assert answer["cure"] == {"drop_thinking_blocks_res_api": True}


def test_what_no_setting_cures_is_said_with_the_row_that_would() -> None:
    text = '{"message": "Tool call id was x_1 but must be a-z, A-Z, 0-9, with a length of 12."}'
    answer = explained(text)
    assert (answer["exit"], answer["cure"]) == (Exit.NO_CURE, None)
    assert 'refusal=r"tool call id was' in answer["row"]
    assert {"shorten_call_ids_chat_api": True} in answer["proof"]["tried"]


def test_an_inferred_entry_is_said_to_be_inferred() -> None:
    """The catalogue's own extrapolations are never shown as sourced."""
    text = (
        "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
        "input[1].content[0]",
    )
    body = {"error": {"message": text[0], "param": text[1], "code": "invalid_value"}}
    done = explain(json.dumps(body))
    assert "openai-resp-assistant-part-type" in done.stdout
    assert "inferred: no source shows it" in " ".join(done.stdout.split())


ANTHROPICS = (
    '{"type":"error","error":{"type":"invalid_request_error","message":"x: Field required"}}'
)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("all is well\n", Exit.NO_ERROR, "without an error"),
        ('{"model": "m", "input": "hi"}', Exit.NO_ERROR, "the profile openai takes it"),
        ('{"error": {"message": "Unsupported parameter: meta', Exit.HALF, "half an error"),
        (UNKNOWN_THINKING + BAD_KEY, Exit.SEVERAL, "--error N"),
        (ANTHROPICS, Exit.ANOTHERS, "Messages API"),
        ("<!doctype html><title>502</title>", Exit.ANOTHERS, "a web page"),
        ('{"error":{"message":"Slow down","code":429}}', Exit.ANOTHERS, "no refusal"),
        ('{"error":{"code":"1210","message":"API 调用参数有误"}}', Exit.OPAQUE, "names nothing"),
        ("", Exit.EMPTY, "received nothing"),
        ("x" * (LONGEST + 1), Exit.ENORMOUS, "16 MiB"),
        (bytes(range(256)), Exit.BINARY, "no UTF-8"),
    ],
)
def test_what_cannot_be_explained_is_said_with_a_code_of_its_own(
    text: str | bytes, code: Exit, said: str
) -> None:
    done = explain(text)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr
    assert explained(text)["unexplained"]


def test_one_of_several_errors_is_chosen_by_number() -> None:
    answer = explained(UNKNOWN_THINKING + "\n" + BAD_KEY, "--error", "2")
    assert answer["trouble"] == "401"
    assert explain(UNKNOWN_THINKING + BAD_KEY, "--error", "3").exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/nowhere/error.txt"], "No such file"),
        (["--request", "/nowhere/request.json"], "No such file"),
        (["--request", __file__], "expected the JSON body"),
        (["--write-profile", "/nowhere/profile.yaml"], "--write-profile"),
    ],
)
def test_what_cannot_be_opened_or_used_is_a_wrong_command_line(
    arguments: list[str], said: str
) -> None:
    done = explain(UNKNOWN_THINKING, *arguments)
    assert (done.exit_code, said in done.stderr) == (Exit.USAGE, True)


def test_no_key_of_the_input_is_in_any_output(tmp_path: Path) -> None:
    """Not in the text, the JSON or the profile."""
    kept = tmp_path / "upstream.yaml"
    shown = explain(BAD_KEY, "--write-profile", str(kept)).output
    assert "sk-abcdef" not in shown + explain(BAD_KEY, "--json").output + kept.read_text("utf-8")


@pytest.mark.parametrize(
    "request_text",
    [
        '{"messages": [{"role": "user"}, 1]}',
        '{"messages": "hi", "tools": []}',
        '{"messages": [], "tools": {"a": 1}}',
        '{"messages": [], "tools": [1]}',
    ],
)
def test_a_request_of_strange_parts_is_refused_plainly(request_text: str, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(request_text, "utf-8")
    done = explain(UNKNOWN_THINKING, "--request", str(file))
    assert done.exit_code == Exit.USAGE
    assert "is no list of objects" in done.output


def test_a_request_of_strange_parts_beside_an_error_is_passed_over() -> None:
    request = '{"model": "m", "messages": [1], "tools": [1]}'
    answer = explained(f"curl http://x/v1/responses -d '{request}'\n{UNKNOWN_THINKING}")
    assert answer["proof"]["outcome"] == "cured"
