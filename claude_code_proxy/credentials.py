"""A model's own address and key, and which key may meet which address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from claude_code_proxy.extra_headers import is_sendable
from common.errors import ConfigurationError

if TYPE_CHECKING:
    from claude_code_proxy.handler_call import HandlerCall
    from claude_code_proxy.placements import PlacedSettings

_BASE: Final = "api_base"
_KEY: Final = "api_key"


def credentials(call: HandlerCall, placed: PlacedSettings) -> tuple[str | None, str | None]:
    """Return base and key: the call's own argument, else the first placement that has one.

    An address out of a placement gets only the key that stands beside it: LiteLLM's proxy lets a
    client write a nested ``litellm_params``, and a key of the model's is not for an address of the
    client's. Raises `ConfigurationError` for an address without a key, and for a client's own.
    """
    _refuse_the_clients(call, placed.model)
    if call.api_base:
        base, key = placed.text(_BASE, call.api_base), placed.text(_KEY, call.api_key)
    else:
        base, key = None, placed.text(_KEY, call.api_key)
        for beside in placed.each():
            if found := beside.text(_BASE):
                base, key = found, beside.text(_KEY)
                break
    if key and not is_sendable(key):
        raise ConfigurationError(
            f"api_key of model {placed.model!r} has a character that no header can carry; expected "
            "letters, digits and signs of ASCII: look for a blank or a line break at its end"
        )
    if base and not key:
        raise ConfigurationError(
            f"model {placed.model!r} has the api_base {_shown(base)} and no api_key, "
            "and a key from the environment was not meant for it: set api_key, or api_key: none if "
            "this upstream takes no key"
        )
    if base:
        _refuse_no_address(base, placed.model)
    return base, key


def _refuse_no_address(base: str, model: str) -> None:
    try:
        parts = urlsplit(base)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or not base.isprintable() or " " in base:
        raise ConfigurationError(
            f"api_base of model {model!r} is no address: {_shown(base)}; expected one such as "
            "https://upstream.example.com/v1: correct it in the model's settings"
        )


def _refuse_the_clients(call: HandlerCall, model: str) -> None:
    """Refuse what the proxy's record of the request shows to be a client's own doing."""
    record = (call.litellm_params or {}).get("proxy_server_request")
    body = record.get("body") if isinstance(record, Mapping) else None
    nested = body.get("litellm_params") if isinstance(body, Mapping) else None
    if isinstance(nested, Mapping) and nested.keys() & {_BASE, _KEY}:
        raise ConfigurationError(
            f"the request for model {model!r} names an api_base or api_key of its own under "
            "litellm_params; expected them in the model's settings alone: take them out"
        )


def _shown(address: str) -> str:
    """Return scheme and host of ``address``: the rest may hold a password."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "(not an address)"
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "(without a host)"
