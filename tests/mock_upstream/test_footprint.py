"""What the mock brings along: nothing of ours, no LiteLLM, and little until it is used."""

import os
import subprocess
import sys
from pathlib import Path

ASK = """
import http.client, sys
from mock_upstream import MockServer, ReplyPlan, Session, create_app, load_profile
session = Session(load_profile("openai"))
session.reply_with(ReplyPlan(text="hi"))
with MockServer(create_app(session)) as server:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    key = {"authorization": "Bearer key-from-call"}
    connection.request("POST", "/v1/responses", b'{"model": "m", "stream": true}', key)
    assert connection.getresponse().status == 200
    connection.close()
"""


def python(program: str, folder: Path) -> str:
    """Run a program in a folder, as the project that lives there would; return what it prints."""
    done = subprocess.run(  # noqa: S603 -- our own program
        (sys.executable, "-c", program),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_project_with_its_own_common_is_undisturbed(tmp_path: Path) -> None:
    """Another project's top-level `common` stays its own while it serves a mock."""
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "__init__.py").write_text("OWNER = 'another project'\n", "utf-8")
    before = python("import common\n" + ASK + "print(common.OWNER, common.__file__)", tmp_path)
    after = python(ASK + "import common\nprint(common.OWNER, common.__file__)", tmp_path)
    assert before == after == f"another project {tmp_path / 'common' / '__init__.py'}"


def test_serving_loads_nothing_else_of_ours_and_no_client(tmp_path: Path) -> None:
    """A served request has loaded neither our other packages nor LiteLLM, openai or pydantic."""
    ours = "common", "claude_code_proxy", "conformance"
    others = (*ours, "litellm", "openai", "httpx", "rich", "pydantic", "starlette.applications")
    program = f"{ASK}\nprint(sorted(set({others!r}) & set(sys.modules)))"
    assert python(program, tmp_path) == "[]"


def test_the_package_alone_is_light(tmp_path: Path) -> None:
    """`import mock_upstream` loads no server, no YAML and no pydantic: plugins import it always."""
    heavy = "uvicorn", "starlette", "pydantic", "yaml", "click", "asyncio"
    program = f"import sys, mock_upstream\nprint(sorted(set({heavy!r}) & set(sys.modules)))"
    assert python(program, tmp_path) == "[]"


def test_every_public_name_is_there(tmp_path: Path) -> None:
    """Each name of `__all__` can be imported, and no other name is pretended."""
    program = """
import mock_upstream
for name in mock_upstream.__all__:
    getattr(mock_upstream, name)
print(sorted(mock_upstream.__all__) == dir(mock_upstream), hasattr(mock_upstream, "absent"))
"""
    assert python(program, tmp_path) == "True False"
