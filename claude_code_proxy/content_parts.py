"""The parts of a message's content, read from Chat Completions form and written for either API.

Each writer emits the keys that its API declares and no others, so that ``cache_control`` and the
like stay behind.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from common.errors import UntranslatableError

logger = logging.getLogger(__name__)

Part = dict[str, Any]

_NAME_OF_A_FILE: Final = "document.pdf"
"""OpenAI wants a name beside a file's data; LiteLLM hands on a document without its title."""

_DETAILS: Final[Mapping[str, str]] = {"auto": "auto", "low": "low", "high": "high"}
_AFTER_A_PATH: Final = re.compile(r"[?#]")
_THINKING: Final = ("thinking", "redacted_thinking")


def content_parts(content: object) -> list[Mapping[str, Any]]:
    """Return the parts of a message's ``content``: a string is one text part, None is no part.

    Empty texts are no parts: they say nothing, and several upstreams refuse them.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    if isinstance(content, list | tuple) and all(isinstance(p, str | Mapping) for p in content):
        parts = [_part(part) for part in content]
        return [part for part in parts if part.get("text") or not is_text(part)]
    raise UntranslatableError(
        f"content of a message is {type(content).__name__}; expected a string or a list of parts"
    )


def text_of(content: object) -> str:
    """Return the text parts of ``content`` as one string; other parts are passed over."""
    return "".join(part["text"] for part in content_parts(content) if is_text(part))


def said_by_the_assistant(message: Mapping[str, Any]) -> tuple[list[str], str]:
    """Return the texts and the refusal of an assistant's turn; neither API has room for more.

    Thinking among the parts is passed over, since it comes as ``thinking_blocks`` too.
    """
    parts = content_parts(message.get("content"))
    refusals = [message.get("refusal"), *(p.get("refusal") for p in parts if _is_refusal(p))]
    for part in parts:
        if not is_text(part) and not _is_refusal(part) and part.get("type") not in _THINKING:
            logger.warning("assistant part of type %r is not sent: no place", part.get("type"))
    refusal = "".join(text for text in refusals if isinstance(text, str))
    return [part["text"] for part in parts if is_text(part)], refusal


def is_text(part: Mapping[str, Any]) -> bool:
    """Tell whether ``part`` is text, under any of the names that the two APIs have for it."""
    return part.get("type") in ("text", "input_text", "output_text") and isinstance(
        part.get("text"), str
    )


def is_image(part: Mapping[str, Any]) -> bool:
    """Tell whether ``part`` is an image, and no document in an image's clothes."""
    return part.get("type") == "image_url" and not _is_document(_image(part)["url"])


def responses_part(part: Mapping[str, Any]) -> Part:
    """Return ``part`` of a user, system, developer or tool turn as the Responses API wants it."""
    if is_text(part):
        return {"type": "input_text", "text": part["text"]}
    if part.get("type") == "image_url":
        image = _image(part)
        if _is_document(image["url"]):
            return {"type": "input_file", **_document(image["url"])}
        detail = image.get("detail", "auto")
        return {"type": "input_image", "image_url": image["url"], "detail": detail}
    if part.get("type") == "file":
        return {"type": "input_file", **_file(part)}
    raise _no_place(part, "Responses API")


def chat_part(part: Mapping[str, Any]) -> Part:
    """Return ``part`` of a user turn as Chat Completions wants it."""
    if is_text(part):
        return {"type": "text", "text": part["text"]}
    if part.get("type") == "image_url":
        image = _image(part)
        if _is_document(image["url"]):
            return _chat_file(_document(image["url"]))
        return {"type": "image_url", "image_url": image}
    if part.get("type") == "file":
        return _chat_file(_file(part))
    if part.get("type") == "input_audio":
        audio = object_in(part, "input_audio")
        return {"type": "input_audio", "input_audio": _only(audio, "data", "format")}
    raise _no_place(part, "Chat Completions API")


def object_in(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object under ``key``, empty where there is none."""
    value = holder.get(key) or {}
    if not isinstance(value, Mapping):
        raise UntranslatableError(f"{key} is {type(value).__name__}; expected an object")
    return value


def _part(part: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if part.get("type") == "tool_reference":  # what Claude Code's search for tools has found
        return {"type": "text", "text": f"Tool found: {part.get('tool_name')}"}
    return part


def _is_refusal(part: Mapping[str, Any]) -> bool:
    return part.get("type") == "refusal" and isinstance(part.get("refusal"), str)


def _image(part: Mapping[str, Any]) -> dict[str, str]:
    image = part.get("image_url")
    if isinstance(image, str) and image:
        return {"url": image}
    if isinstance(image, Mapping) and isinstance(image.get("url"), str) and image["url"]:
        detail = _DETAILS.get(str(image.get("detail")))
        return {"url": image["url"], **({"detail": detail} if detail else {})}
    raise UntranslatableError("an image_url part has no url; expected image_url.url: a string")


def _is_document(url: str) -> bool:
    """Tell whether ``url`` is no image's: LiteLLM hands on Claude Code's documents as images.

    A PDF given by address can be known by its name alone.
    """
    if url.startswith("data:"):
        return not url.startswith("data:image/")
    return _is_address(url) and _AFTER_A_PATH.split(url)[0].lower().endswith(".pdf")


def _is_address(text: object) -> bool:
    return isinstance(text, str) and text.startswith(("https://", "http://"))


def _document(url: str) -> dict[str, Any]:
    return {"file_url": url} if _is_address(url) else _named({"file_data": url})


def _file(part: Mapping[str, Any]) -> dict[str, Any]:
    file = _only(object_in(part, "file"), "file_data", "file_id", "filename")
    if _is_address(file.get("file_id")):  # LiteLLM's way to give a file by its address
        return {"file_url": file["file_id"]}
    if not file.get("file_data") and not file.get("file_id"):
        raise UntranslatableError("a file part is empty; expected file.file_data or file.file_id")
    return _named(file)


def _named(file: dict[str, Any]) -> dict[str, Any]:
    has_name = "filename" in file or "file_id" in file
    return file if has_name else {**file, "filename": _NAME_OF_A_FILE}


def _chat_file(file: dict[str, Any]) -> Part:
    """Return a file for Chat Completions, which takes none by its address: that goes as text."""
    if "file_url" in file:
        return {"type": "text", "text": f"A file is at {file['file_url']}"}
    return {"type": "file", "file": file}


def _only(mapping: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: mapping[key] for key in keys if mapping.get(key) is not None}


def _no_place(part: Mapping[str, Any], api: str) -> UntranslatableError:
    return UntranslatableError(
        f"a content part of type {part.get('type')!r} has no place in the {api}; expected text, "
        "image_url or file"
    )
