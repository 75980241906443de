"""The control calls about a recording: write a script or a profile of what passed so far."""

import asyncio
from typing import Final

from mock_upstream.control.context import Drafts
from mock_upstream.control.control_error import not_found
from mock_upstream.control.request import Answer, Request

YAML: Final = "application/yaml"


async def write_script(request: Request) -> Answer:
    """Write a script that replays what was recorded so far."""
    return await _written(request, "script")


async def write_profile(request: Request) -> Answer:
    """Write a draft profile of the refusals that were recorded so far."""
    return await _written(request, "profile")


async def _written(request: Request, what: str) -> Answer:
    request.parameters(())
    drafts = request.context.drafts
    if drafts is None:
        raise not_found("this mock records nothing; start it with: mock-upstream record")
    text = await asyncio.to_thread(_text, drafts, what)
    return Answer(text.encode("utf-8"), content_type=YAML)


def _text(drafts: Drafts, what: str) -> str:
    return drafts.script() if what == "script" else drafts.profile()
