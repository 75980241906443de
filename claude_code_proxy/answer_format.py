"""The form in which the model shall answer, read in either API's form and written for either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from claude_code_proxy.content_parts import object_in
from claude_code_proxy.text_limits import short_identifier
from common.errors import UntranslatableError

_FORMS: Final = ("text", "json_object", "json_schema")
_NAME: Final = "answer"
_OF_A_SCHEMA: Final = ("name", "description", "schema", "strict")


def text_format(wanted: object) -> dict[str, Any]:
    """Return ``response_format`` as the Responses API has it, under ``text.format``: flat."""
    form, schema = _read(wanted)
    return {"type": form, **schema}


def response_format(wanted: object) -> dict[str, Any]:
    """Return ``response_format`` as Chat Completions declares it."""
    form, schema = _read(wanted)
    return {"type": form, "json_schema": schema} if schema else {"type": form}


def _read(wanted: object) -> tuple[str, dict[str, Any]]:
    """Return the form and, of a JSON schema, its declared keys; raise `UntranslatableError`.

    The schema stands under ``json_schema`` or, in the Responses API's form, beside the type.
    """
    form = wanted.get("type") if isinstance(wanted, Mapping) else None
    if not isinstance(wanted, Mapping) or form not in _FORMS:
        raise UntranslatableError(
            f"response_format is {type(wanted).__name__} of type {form!r}; expected an object "
            f"whose type is one of {', '.join(_FORMS)}"
        )
    if form != "json_schema":
        return form, {}
    given = object_in(wanted, "json_schema") or wanted
    schema = {key: given[key] for key in _OF_A_SCHEMA if given.get(key) is not None}
    if not isinstance(schema.setdefault("schema", {}), Mapping):
        raise UntranslatableError("the schema of response_format is no object")
    return form, {"name": _NAME, **schema, **_named(schema)}


def _named(schema: Mapping[str, Any]) -> dict[str, str]:
    return {"name": short_identifier(str(schema["name"]))} if schema.get("name") else {}
