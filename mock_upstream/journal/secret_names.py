"""Which keys of a JSON body hold a secret, by their names.

Narrower than for headers and queries: in a body `key` is a filter's or a keystroke's, `code` a
program's, and `signature` belongs to a block of thinking.
"""

import re
from typing import Final

_SUFFIXES: Final = (
    "authorization",
    "auth",
    "bearer",
    "cookie",
    "credential",
    "jwt",
    "key",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "token",
)
_NAME: Final = re.compile(
    r"(?:^|[-_. ])(?:authorization|auth|bearer|cookies?|credentials?|jwt|passphrase|passwd|pwd"
    r"|passwords?|secrets?|token|(?:access|api|auth|bearer|id|refresh|session)[-_]?tokens"
    r"|(?:access|account|auth|client|encryption|private|secret|service|signing|subscription)"
    r"[-_]?keys?)$|api[-_]?keys?$"
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST: Final = 128

_SCHEMA_WORDS: Final = frozenset(
    {
        *("$comment", "$id", "$ref", "$schema", "additionalProperties", "allOf", "anyOf"),
        *("contentEncoding", "contentMediaType", "deprecated", "description", "else", "format"),
        *("if", "items", "not", "nullable", "oneOf", "pattern", "properties", "readOnly"),
        *("required", "then", "title", "type", "writeOnly", "maxLength", "minLength"),
    }
)


def is_secret_key(name: str) -> bool:
    """Say whether a secret stands under a key: `api_key`, `clientSecret`, `X-Auth-Token`."""
    lower = name.lower()
    if len(name) > _LONGEST or not lower.rstrip("s").endswith(_SUFFIXES):
        return False
    return _NAME.search(_HUMP.sub("_", name).lower()) is not None


def describes(name: str) -> bool:
    """Say whether a key of a JSON Schema describes a value, rather than giving one as `default`."""
    return name in _SCHEMA_WORDS
