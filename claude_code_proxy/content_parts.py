"""The parts of a message's content, read from Chat Completions form and written for either API.

Each writer emits the keys that its API declares and no others, so that ``cache_control`` and the
like stay behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.errors import UntranslatableError

Part = dict[str, Any]


def content_parts(content: object) -> list[Mapping[str, Any]]:
    """Return the parts of a message's ``content``: a string is one text part, None is no part."""
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list):
        parts = [{"type": "text", "text": p} if isinstance(p, str) else p for p in content]
        if all(isinstance(part, Mapping) for part in parts):
            return parts
    raise UntranslatableError(
        f"content of a message is {type(content).__name__}; expected a string or a list of parts"
    )


def text_of(content: object) -> str:
    """Return the text parts of ``content`` as one string; other parts are passed over."""
    return "".join(part["text"] for part in content_parts(content) if is_text(part))


def is_text(part: Mapping[str, Any]) -> bool:
    """Tell whether ``part`` is text, under any of the names that the two APIs have for it."""
    return part.get("type") in ("text", "input_text", "output_text") and isinstance(
        part.get("text"), str
    )


def responses_part(part: Mapping[str, Any]) -> Part:
    """Return ``part`` of a user, system, developer or tool turn as the Responses API wants it."""
    if is_text(part):
        return {"type": "input_text", "text": part["text"]}
    if part.get("type") == "image_url":
        image = _image(part)
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
        return {"type": "image_url", "image_url": _image(part)}
    if part.get("type") == "file":
        return {"type": "file", "file": _file(part)}
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


def _image(part: Mapping[str, Any]) -> dict[str, str]:
    image = part.get("image_url")
    if isinstance(image, str):
        return {"url": image}
    if isinstance(image, Mapping) and isinstance(image.get("url"), str):
        return _only(image, "url", "detail")
    raise UntranslatableError("an image_url part has no url; expected image_url.url: a string")


def _file(part: Mapping[str, Any]) -> dict[str, Any]:
    return _only(object_in(part, "file"), "file_data", "file_id", "filename")


def _only(mapping: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: mapping[key] for key in keys if mapping.get(key) is not None}


def _no_place(part: Mapping[str, Any], api: str) -> UntranslatableError:
    return UntranslatableError(
        f"a content part of type {part.get('type')!r} has no place in the {api}; expected text, "
        "image_url or file"
    )
