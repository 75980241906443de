"""A refusal of one field as a rule of a profile (docs/profiles.md)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from mock_upstream.field_path import Location
from mock_upstream.from_error.places import pattern_of

Rule = dict[str, Any]

_QUOTED: Final = re.compile(r"['\"`]([^'\"`]{1,80})['\"`]")
_BARE: Final = re.compile(r"[\w.-]+")
_TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")
_TYPE_WORDS: Final = {
    "sequence": "array",
    "list": "array",
    "map": "object",
    "dictionary": "object",
    "dict": "object",
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "none": "null",
}
_JSON_WORDS: Final = {"true": True, "false": False, "null": None, "none": None}
_ID_SIGNS: Final = "^[a-zA-Z0-9_-]+$"
_NAME: Final = "^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$"


def rule_for(kind: str, place: Location, groups: Mapping[str, str]) -> Rule:
    """Write the rule: exactly one kind with its options, and when it holds."""
    path = pattern_of(place)
    made = _MAKERS.get(kind, _forbid)(path, groups)
    return made if made is not None else {"forbid": path}


def _forbid(path: str, _: Mapping[str, str]) -> Rule:
    return {"forbid": path}


def _require(path: str, _: Mapping[str, str]) -> Rule:
    return {"require": path} | ({"nonempty": True} if path.isidentifier() else {})


def _bound(kind: str, side: str) -> Any:
    def make(path: str, groups: Mapping[str, str]) -> Rule | None:
        limit = groups.get("limit")
        if limit is None:
            return None
        return {kind: path, side: float(limit) if "." in limit else int(limit)}

    return make


def _type(path: str, groups: Mapping[str, str]) -> Rule | None:
    wanted = _types(groups.get("allowed", ""))
    received = _types(groups.get("value", ""))
    if received:
        wanted = [one for one in _TYPES if one not in received]
    return {"type": path, "allowed": wanted} if wanted else None


def _types(text: str) -> list[str]:
    words = [
        _TYPE_WORDS.get(word, word)
        for word in re.findall(r"[a-z]+", text.lower().replace("array of objects", "array"))
    ]
    return list(dict.fromkeys(word for word in words if word in _TYPES))


def _value(path: str, groups: Mapping[str, str]) -> Rule | None:
    if "only" in groups:
        if "key" in groups:
            path = f"{path}.{groups['key']}"
        word = groups["only"]
        return {"enum": path, "allowed": [_JSON_WORDS.get(word.lower(), word)]}
    received = groups.get("value")
    allowed = _allowed(groups.get("allowed", ""))
    if received and path.startswith(("input", "messages")) and path.endswith("type"):
        allowed = []  # each kind of turn has its own
    if allowed and received not in allowed:
        return {"enum": path, "allowed": allowed}
    return {"enum": path, "refused": [_number(received)]} if received else None


def _allowed(text: str) -> list[str]:
    if not text or "…" in text or "..." in text:
        return []
    return _QUOTED.findall(text) or [
        word for word in _BARE.findall(text) if word not in ("and", "or")
    ]


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _pattern(path: str, groups: Mapping[str, str]) -> Rule:
    if "begin" in groups:
        return {"pattern": path, "regex": f"^{groups['begin']}"}
    if "regex" in groups:
        return {"pattern": path, "regex": groups["regex"]}
    return {"pattern": path, "regex": _NAME if path.endswith("name") else _ID_SIGNS}


def _needs(path: str, groups: Mapping[str, str]) -> Rule:
    other = groups["other"]
    missing: Any = {"not": True}
    condition = {"tools[*]": "absent"} if other == "tools" else {other: missing}
    return {"forbid": path, "when": {"fields": condition}}


def _conflict(path: str, groups: Mapping[str, str]) -> Rule:
    return {"forbid": path, "when": {"fields": {groups["other"]: "present"}}}


_MAKERS: Final[Mapping[str, Any]] = {
    "missing": _require,
    "type": _type,
    "value": _value,
    "below": _bound("range", "min"),
    "above": _bound("range", "max"),
    "too_long": _bound("length", "max"),
    "too_short": _bound("length", "min"),
    "items": _bound("items", "max"),
    "too_many": _bound("properties", "max"),
    "pattern": _pattern,
    "needs": _needs,
    "conflict": _conflict,
}
