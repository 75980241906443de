"""The handlers of a trial: each loads the user's as LiteLLM does, tells what it is given, calls it.

A copy of this file stands beside the trial's configuration and runs in LiteLLM's process, so it
imports nothing of ours. Names of settings are told, never values. While it is loaded, no
connection leaves this machine.
"""

from __future__ import annotations

import ipaddress
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from litellm.llms.custom_llm import CustomLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

ORDER: Final = "CONFORMANCE_DOCTOR_TRIAL"
"""The variable that names the file with the order: config_path, handlers by name, others, told.

`conformance.doctor.trial` sets it.
"""

PARTS: Final = ("claude_code_proxy.settings", "common.field_path")
"""What the handler imports of its own packages: a module of each, to tell where it came from."""


def __getattr__(name: str) -> CustomLLM:
    """Give the handler that the trial's configuration asks for by ``name``."""
    order = json.loads(Path(os.environ.get(ORDER, os.devnull)).read_text("utf-8") or "{}")
    reference = order.get("handlers", {}).get(name)
    if reference is None:
        raise AttributeError(name)
    return Observer(reference, order)


class Observer(CustomLLM):
    """Stands before one handler of the user's, which may be one that does not load."""

    def __init__(self, reference: str, order: Mapping[str, Any]) -> None:
        super().__init__()
        self._told = order["told"]
        for number, (target, base) in order["others"].items():
            if not _has_provider(target, base):
                self._tell(kind="unknown", model=int(number))
        self._handler = self._loaded(reference, order["config_path"])

    def completion(self, **kwargs: Any) -> Any:  # type: ignore[override]  # keywords only
        """Tell and call."""
        return self._observed(kwargs).completion(**kwargs)

    async def acompletion(self, **kwargs: Any) -> Any:  # type: ignore[override]  # keywords only
        """Tell and call."""
        return await self._observed(kwargs).acompletion(**kwargs)

    def streaming(self, **kwargs: Any) -> Iterator[Any]:  # type: ignore[override]  # keywords only
        """Tell and call."""
        return self._observed(kwargs).streaming(**kwargs)

    def astreaming(self, **kwargs: Any) -> AsyncIterator[Any]:  # type: ignore[override]  # keywords only
        """Tell and call."""
        return self._observed(kwargs).astreaming(**kwargs)  # type: ignore[return-value]  # LiteLLM types it as a coroutine

    def _observed(self, kwargs: Mapping[str, Any]) -> CustomLLM:
        params = kwargs.get("optional_params") or {}
        bookkeeping = kwargs.get("litellm_params") or {}
        nested = params.get("litellm_params")
        placements = {
            "litellm_params": sorted(map(str, bookkeeping)),
            "optional_params": sorted(map(str, params)),
            "optional_params.litellm_params": sorted(nested) if isinstance(nested, dict) else [],
            "headers": ["extra_headers"] if kwargs.get("headers") else [],
        }
        group = (bookkeeping.get("metadata") or {}).get("model_group")
        self._tell(kind="call", model=group, placements=placements)
        if self._handler is None:
            raise RuntimeError("the handler did not load")
        return self._handler

    def _loaded(self, reference: str, config_path: str) -> CustomLLM | None:
        """Return the handler as LiteLLM's own loader finds it, and tell of it or of its failure."""
        from litellm.proxy.types_utils.utils import get_instance_fn

        try:
            handler = get_instance_fn(reference, config_path)
            if not isinstance(handler, CustomLLM):
                kind = type(handler).__name__
                raise TypeError(f"{reference} is {kind}; expected an instance of a CustomLLM")  # noqa: TRY301 -- one place tells
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self._tell(kind="failed", handler=reference, causes=list(_causes(error)))
            return None
        parts = {name: _file(name) for name in PARTS if name in sys.modules}
        self._tell(kind="loaded", handler=reference, file=_source(handler), parts=parts)
        return handler

    def _tell(self, **told: Any) -> None:
        with Path(self._told).open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")


def _has_provider(target: str, base: str | None) -> bool:
    """Say whether LiteLLM knows whose model ``target`` is; what else it says of it is not asked."""
    import litellm

    if target.partition("/")[0] in {
        str(getattr(one, "value", one)) for one in litellm.provider_list
    }:
        return True
    try:
        litellm.get_llm_provider(model=target, api_base=base)
    except Exception as error:  # noqa: BLE001 -- one sentence is what is looked for
        return "LLM Provider NOT provided" not in str(error)
    return True


def _causes(error: BaseException) -> Iterator[str]:
    link: BaseException | None = error
    while link is not None:
        yield f"{type(link).__name__}: {link}"
        link = link.__cause__ or link.__context__


def _source(handler: CustomLLM) -> str:
    """Return the file of a handler's class, whose module LiteLLM may not have made known."""
    codes = (getattr(value, "__code__", None) for value in vars(type(handler)).values())
    return next((code.co_filename for code in codes if code), "")


def _file(module: str) -> str:
    return str(getattr(sys.modules[module], "__file__", ""))


class LeavingError(RuntimeError):
    """Something in the trial reached for another machine.

    No OSError, which a client would take for a network failure and try again.
    """


def stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse, as an audit hook, a connection or a look-up of a name that leaves this machine."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _is_here(host):
        raise LeavingError(f"{event} to {host!r}: a trial asks nobody but the mock")


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name == "localhost"


if os.environ.get(ORDER):
    sys.addaudithook(stay_here)
