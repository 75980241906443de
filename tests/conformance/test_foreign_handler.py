"""Any LiteLLM custom handler can be judged; a stranger to us gets a readable verdict, too."""

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.reports.result_file import read_result

PASS_THROUGH = '''
"""A handler that hands every call on to an OpenAI-compatible Chat upstream."""
import litellm
from litellm.llms.custom_llm import CustomLLM

SENT = ("max_tokens", "temperature", "tools", "tool_choice")


def call(kwargs, **more):
    given = kwargs["optional_params"]
    params = {key: given[key] for key in SENT if key in given}
    return dict(
        model="openai/" + kwargs["model"], messages=kwargs["messages"],
        api_base=kwargs["api_base"], api_key=kwargs["api_key"], **params, **more,
    )


class PassThrough(CustomLLM):
    def completion(self, *args, **kwargs):
        return litellm.completion(**call(kwargs))

    async def acompletion(self, *args, **kwargs):
        return await litellm.acompletion(**call(kwargs))

    def streaming(self, *args, **kwargs):
        yield from litellm.completion(**call(kwargs, stream=True))

    async def astreaming(self, *args, **kwargs):
        async for chunk in await litellm.acompletion(**call(kwargs, stream=True)):
            yield chunk


handler = PassThrough()
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a package of its own, that holds a handler."""
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "passthrough.py").write_text(PASS_THROUGH, "utf-8")
    return tmp_path


def test_a_foreign_handler_is_judged_by_every_entry(project: Path) -> None:
    done = subprocess.run(  # noqa: S603 -- our own command
        [
            *(str(Path(sys.executable).with_name("conformance")), "run"),
            *("--handler", "mine.passthrough:handler"),
            *("--scenario", "caller-metadata", "--save", "run.jsonl"),
        ],
        check=False,
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert str(project / "mine" / "passthrough.py") in done.stderr
    result = read_result(project / "run.jsonl")
    assert not result.partial
    verdicts = {ruling.claim: ruling.verdict for ruling in result.rulings}
    assert verdicts["answered"] == "pass", "it answers on Chat, whatever was asked for"
    assert verdicts["configured-upstream"] == "fail", "it knows no Responses API"
    assert verdicts["metadata-unless-dropped"] == "fail"
    assert "error" not in verdicts.values()
