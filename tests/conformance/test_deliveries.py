"""What each LiteLLM delivers in which placement, by entry, and how it loads a handler.

The page is written by running it: ``pytest tests/conformance/test_deliveries.py
--snapshot-update`` with that LiteLLM. A version that is not on it is held to the pinned one's.
"""

import json
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import litellm
import pytest
from litellm.router import Router
from litellm.utils import custom_llm_setup

from conformance.entries.configuration import PROVIDER
from conformance.entries.litellm_process import LiteLLMProcess, LiteLLMStartError
from conformance.entries.proxy import PATHS
from conformance.entries.proxy_config import proxy_environment, write_config
from conformance.entries.proxy_replies import text_of
from conformance.environment import KEY_OF_THE_CLIENT
from tests.conformance.committed import PINNED_LITELLM
from tests.conformance.telling.handler import handler
from tests.proxy.layouts import python_without_ours

HERE = version("litellm")
PAGE = Path(__file__).parents[2] / "docs" / "litellm-deliveries.md"
PACKAGE = Path(__file__).parent / "telling"
CUSTOM_HANDLER = "telling.handler.handler"
MODEL: dict[str, Any] = {
    "model": f"{PROVIDER}/any",
    "api_key": "key-from-config",
    "told_top": "here",
    "litellm_params": {"told_nested": "here"},
    "extra_body": {"told_extra": "here"},
}
TURN: list[dict[str, str]] = [{"role": "user", "content": "Where?"}]
BODIES: Mapping[str, dict[str, Any]] = {
    "proxy-messages": {"messages": TURN, "max_tokens": 64},
    "proxy-chat": {"messages": TURN},
    "proxy-responses": {"input": "Where?"},
}
DELIVERED = """\
| entry | a setting of the model | nested in its `litellm_params` | in its `extra_body` |
|---|---|---|---|
"""
LOADED = """\
| the handler's package is | loaded | imports of its own package | in `sys.modules` |
|---|---|---|---|
"""


def delivered(entry: str, told: str) -> str:
    """A row of the first table, of what the handler told."""
    places = json.loads(told)
    cells = [
        ", ".join(f"`{place}`" for place in places[setting]) or "nowhere"
        for setting in ("told_top", "told_nested", "told_extra")
    ]
    return f"| {entry} | {' | '.join(cells)} |\n"


def loaded(place: str, told: str | None) -> str:
    """A row of the second table; None is a proxy that did not start."""
    if told is None:
        return f"| {place} | no | | |\n"
    found = json.loads(told)
    return f"| {place} | yes | {found['imports']} | {found['known']} |\n"


def from_process() -> Iterator[str]:
    """The rows of the SDK and the Router."""
    before = litellm.custom_provider_map
    litellm.custom_provider_map = [{"provider": PROVIDER, "custom_handler": handler}]
    custom_llm_setup()  # type: ignore[no-untyped-call,unused-ignore] # LiteLLM left it so
    try:
        called = litellm.completion(messages=TURN, **MODEL)
        yield delivered("SDK", called.choices[0].message.content)
        router = Router(model_list=[{"model_name": "model", "litellm_params": dict(MODEL)}])
        routed = router.completion(model="model", messages=TURN)
        yield delivered("Router", routed.choices[0].message.content)
    finally:
        litellm.custom_provider_map = before


@contextmanager
def proxy(home: Path, python: Path, python_path: list[str]) -> Iterator[LiteLLMProcess]:
    """A running proxy with a configuration file in ``home``, started from another directory.

    LiteLLM looks for modules in the directory that it is started in, too.
    """
    config = home / "config.yaml"
    write_config(config, {"model": MODEL}, CUSTOM_HANDLER)
    script = str(Path(sysconfig.get_path("scripts"), "litellm"))
    command = [str(python), script, "--config", str(config), "--host", "127.0.0.1", "--port", "0"]
    start = home / "started-here"
    start.mkdir()
    with LiteLLMProcess(command, proxy_environment(home, python_path), start) as process:
        yield process


def asked(process: LiteLLMProcess, entry: Any) -> str:
    """What the handler answers by that entry of the proxy."""
    response = httpx.post(
        f"{process.url}{PATHS[entry]}",
        json={**BODIES[entry], "model": "model"},
        headers={"authorization": f"Bearer {KEY_OF_THE_CLIENT}"},
        timeout=60,
    )
    assert response.is_success, f"{response.text}\n{process.tail()}"
    return text_of(entry, response.content)


def from_proxies(root: Path) -> tuple[str, str]:
    """The rows of the proxy's entries, and the rows of the ways to load a handler."""
    beside, by_path, installed = (root / name for name in ("beside", "by-path", "installed"))
    for directory in (beside, by_path, installed, root / "elsewhere"):
        directory.mkdir()
    shutil.copytree(PACKAGE, beside / "telling")
    shutil.copytree(PACKAGE, root / "elsewhere" / "telling")
    python = python_without_ours(root / "venv")
    [site_packages] = (root / "venv").glob("lib/python3*/site-packages")
    shutil.copytree(PACKAGE, site_packages / "telling")
    here = Path(sys.executable)
    ways = {
        "beside the config file": (beside, here, []),
        "elsewhere, found by `PYTHONPATH`": (by_path, here, [str(root / "elsewhere")]),
        "installed": (installed, python, []),
    }
    entries, rows = "", ""
    for place, (home, interpreter, python_path) in ways.items():
        try:
            with proxy(home, interpreter, python_path) as process:
                rows += loaded(place, asked(process, "proxy-chat"))
                if place == "installed":
                    entries = "".join(
                        delivered(f"proxy, `{path}`", asked(process, entry))
                        for entry, path in PATHS.items()
                    )
        except LiteLLMStartError:
            rows += loaded(place, None)
    return entries, rows


def section(page: str, litellm_version: str) -> str:
    """What the page has for a version; empty if nothing."""
    found = re.search(
        rf"^## {re.escape(litellm_version)}\n\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE
    )
    return found[1].rstrip() + "\n" if found else ""


def rewritten(page: str, measured: str) -> str:
    """The page with this LiteLLM's section, the sections from the oldest to the newest."""
    head, *others = re.split(r"^## ", page, flags=re.MULTILINE)
    sections = {name: text for name, _, text in (other.partition("\n\n") for other in others)}
    sections[HERE] = f"{measured}\n"
    in_order = sorted(sections, key=lambda name: [int(part) for part in name.split(".")])
    return head + "\n".join(f"## {name}\n\n{sections[name].rstrip()}\n" for name in in_order)


def test_what_is_delivered_where_is_as_the_page_has_it(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Every entry delivers each kind of setting where the page says, and each layout loads so."""
    entries, ways = from_proxies(tmp_path)
    measured = f"{DELIVERED}{''.join(from_process())}{entries}\n{LOADED}{ways}"
    page = PAGE.read_text("utf-8")
    if pytestconfig.getoption("update_snapshots"):
        page = rewritten(page, measured)
        PAGE.write_text(page, "utf-8")
    assert measured == section(page, HERE) or (
        not section(page, HERE) and measured == section(page, PINNED_LITELLM)
    )
