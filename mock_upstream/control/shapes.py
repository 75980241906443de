"""The shapes of what control calls take and give, as JSON Schemas."""

from collections.abc import Mapping
from typing import Any, Final

Shape = dict[str, Any]

TEXT: Final[Mapping[str, Any]] = {"type": "string"}
NUMBER: Final[Mapping[str, Any]] = {"type": "integer"}
FLAG: Final[Mapping[str, Any]] = {"type": "boolean"}


def _object(properties: Mapping[str, Mapping[str, Any]], *, closed: bool = True) -> Shape:
    return {
        "type": "object",
        "properties": {name: dict(one) for name, one in properties.items()},
        "required": list(properties) if closed else [],
        "additionalProperties": not closed,
    }


def _list(of: Mapping[str, Any]) -> Shape:
    return {"type": "array", "items": dict(of)}


def _or_null(kind: str) -> Shape:
    return {"type": [kind, "null"]}


def _ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXTS: Final = _list(TEXT)
_ACCOUNT: Final = (*("accepted", "refused", "faulted", "kept", "evicted", "bytes", "requests"),)
_SESSION: Final[Mapping[str, Shape]] = {
    "profile": dict(TEXT),
    "script": _or_null("string"),
    "entries": dict(NUMBER),
    "unused": _TEXTS,
    "queued_replies": dict(NUMBER),
    "faults": dict(NUMBER),
    "journal": _ref("Account"),
}
_STRICT: Final = _object({"unmatched": FLAG, "unused": FLAG})
_PLAYED: Final[Mapping[str, Mapping[str, Any]]] = {
    "name": TEXT,
    "line": _or_null("integer"),
    "times": _or_null("integer"),
    "met": NUMBER,
    "answered": NUMBER,
    "used_up": FLAG,
    "unused": FLAG,
}
_STRUCK: Final[Mapping[str, Mapping[str, Any]]] = {
    "name": _or_null("string"),
    "line": _or_null("integer"),
    "faults": _TEXTS,
    "times": _or_null("integer"),
    "every": NUMBER,
    "after": NUMBER,
    "met": NUMBER,
    "struck": NUMBER,
}
_VIOLATION: Final = _object(
    {"rule": TEXT, "path": TEXT, "message": TEXT, "status": NUMBER},
)
_RESPONSE: Final[Mapping[str, Mapping[str, Any]]] = {
    "status": NUMBER,
    "reason": TEXT,
    "headers": _list(_list(TEXT)),
    "ending": {"enum": ["whole", "upstream broke off", "client left", "not kept"]},
    "seconds": {"type": "number"},
    "bytes": NUMBER,
    "sha256": TEXT,
    "encoding": {"enum": ["utf-8", "base64", "withheld"]},
    "masked": FLAG,
    "body": _or_null("string"),
}
_ENTRY: Final[Mapping[str, Mapping[str, Any]]] = {
    "number": NUMBER,
    "time": {"type": "string", "format": "date-time"},
    "session": TEXT,
    "method": TEXT,
    "path": TEXT,
    "query": TEXT,
    "headers": _list(_list(TEXT)),
    "credential": {
        "anyOf": [_object({"scheme": TEXT, "fingerprint": TEXT}), {"type": "null"}],
    },
    "api": {"enum": ["responses", "chat", None]},
    "status": _or_null("integer"),
    "accepted": FLAG,
    "violations": _list(_VIOLATION),
    "noted": _list(_VIOLATION),
    "fault": _or_null("string"),
    "script_entry": _or_null("string"),
    "response": {"anyOf": [_object(_RESPONSE), {"type": "null"}]},
    "complete": FLAG,
    "bytes": NUMBER,
    "sha256": TEXT,
    "encoding": {"enum": ["utf-8", "base64", "withheld"]},
    "masked": FLAG,
    "body": _or_null("string"),
}

SHAPES: Final[Mapping[str, Shape]] = {
    "Anything": {"type": "object"},
    "Health": _object({"status": {"const": "ok"}}),
    "Account": _object(
        {**dict.fromkeys(_ACCOUNT, NUMBER), "max_bytes": _or_null("integer")},
    ),
    "Cleared": _object({"account": _ref("Account")}) | {"additionalProperties": True},
    "Session": _object({"name": TEXT, **_SESSION}),
    "Sessions": _object({"sessions": _list(_ref("Session"))}),
    "State": _object(
        {
            "started": {"type": "number"},
            "sessions": {"type": "object", "additionalProperties": _object(_SESSION)},
            "watched": _list(
                _object(
                    {
                        "what": {"enum": ["profile", "script"]},
                        "file": TEXT,
                        "files": _TEXTS,
                        "loaded": {"type": "number"},
                        "error": _or_null("string"),
                    }
                )
            ),
        }
    ),
    "Profile": _object(
        {
            "name": TEXT,
            "about": TEXT,
            "extends": _or_null("string"),
            "rules": {"type": "object", "additionalProperties": _TEXTS},
            "states": _TEXTS,
            "settings": {"type": "object"},
        }
    ),
    "Script": _object(
        {
            "origin": _or_null("string"),
            "strict": _STRICT,
            "entries": _list(_object(_PLAYED)),
            "unused": _TEXTS,
            "queued_replies": NUMBER,
            "faults": _list(_object(_STRUCK)),
        }
    ),
    "Faults": _object({"faults": _list(_object(_STRUCK))}),
    "Entry": _object(_ENTRY),
    "Page": _object(
        {
            "entries": _list(_ref("Entry")),
            "next": _or_null("integer"),
            "account": _ref("Account"),
        }
    ),
    "Error": _object({"error": _object({"type": TEXT, "code": TEXT, "message": TEXT})}),
    "Yaml": {"type": "string"},
    "ProfileText": {
        "description": "The name of a shipped profile, or a whole profile (docs/profiles.md).",
        "type": ["string", "object"],
    },
    "ScriptText": {
        "description": "A script (docs/scripts.md).",
        "type": "object",
        "properties": {
            "strict": {"anyOf": [dict(FLAG), {"type": "object"}]},
            "entries": _list({"type": "object"}),
            "faults": _list({"type": "object"}),
        },
        "additionalProperties": False,
    },
    "FaultsText": {
        "description": "Faults, as in a script (docs/scripts.md).",
        "type": "object",
        "properties": {"faults": _list({"type": "object"})},
        "required": ["faults"],
        "additionalProperties": False,
    },
    "NewSession": {
        "type": "object",
        "properties": {
            "profile": _ref("ProfileText"),
            "auth": {"enum": ["required", "off"]},
            "unknown": {"enum": ["reject", "top", "ignore", "record"]},
            "reject": _TEXTS,
            "date": {"type": "string", "format": "date"},
            "states": _TEXTS,
            "dialect": {"enum": ["full", "sparse"]},
            "quirks": _TEXTS,
            "api_keys": {**_TEXTS, "description": "The valid keys; without any, every key is."},
            "key_states": {"type": "object", "additionalProperties": dict(TEXT)},
            "keys": {**_TEXTS, "description": "Requests with one of these keys belong to it."},
            "script": _ref("ScriptText"),
        },
        "additionalProperties": False,
    },
}
