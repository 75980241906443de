"""Claims about base and key: where they come from, and whose key never leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from conformance.claims.claim import Breach, Claim
from conformance.claims.compare import same_bytes
from conformance.entries.access import EXPECTED
from conformance.environment import KEY_OF_THE_CLIENT
from conformance.upstream_settings import recommended_settings
from conformance.variants import variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.claims.claim import Finding
    from conformance.records import Records

_KEYS_OF: Final[Mapping[str, str]] = {
    where.base: where.key for where in EXPECTED.values() if where is not None
}
"""The one key that each source's base may see."""

_USUAL_HEADERS: Final = ("accept", "content-type")
"""What every request says besides its key and what its transport needs."""


def _one_source(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        if variant(case.options.variant).is_elsewhere:
            continue
        for sent in outcome.sent:
            due = _KEYS_OF[sent.base]
            same = sent.credential == due
            words = f"at the base of {sent.base}: {due}"
            yield None if same else Breach(case, words, sent.credential)


def _no_byte(records: Records) -> Iterator[Finding]:
    for case in records.outcomes:
        if case.source != "call":
            other = replace(case, source="call")
            yield from same_bytes(records, case, other, "the bytes with the call's credentials")


def _clients_key(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        if case.entry.startswith("proxy"):
            for sent in outcome.sent:
                seen = sent.credential == KEY_OF_THE_CLIENT
                held = KEY_OF_THE_CLIENT.encode() in sent.body
                where = "as the credential" if seen else "in the body"
                yield Breach(case, "no key of the client's", where) if seen or held else None


def _headers(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        configured = [name.lower() for name, _ in case.options.extra_headers]
        if case.options.upstream:
            settings = recommended_settings(case.options.upstream, case.api)
            configured += [name.lower() for name in settings.get("extra_headers", {})]
        configured += variant(case.options.variant).headers
        if variant(case.options.variant).is_another_api:
            continue
        for sent in outcome.sent:
            wanted = sorted([*_USUAL_HEADERS, *configured])
            left = [name for name, _ in sent.headers]
            same = left == wanted
            yield None if same else Breach(case, ", ".join(wanted), ", ".join(left) or "none")


CREDENTIAL_CLAIMS = (
    Claim(
        id="base-and-key-of-one-source",
        level="MUST",
        sentence="A key goes to no base but the one that its own source names.",
        reason="A key that another's base sees is given away (docs/litellm-facts.md, 'Calling "
        "downstream').",
        check=_one_source,
    ),
    Claim(
        id="credentials-change-no-byte",
        level="MUST",
        sentence="Where base and key come from changes no byte of the payload.",
        reason="A model is configured in one way by one and in another by the next "
        "(docs/settings.md).",
        check=_no_byte,
        needs=("credentials",),
    ),
    Claim(
        id="clients-key-stays",
        level="MUST",
        sentence="The key that a client shows to the proxy never leaves it.",
        reason="It opens the proxy, with all its models (docs/litellm-facts.md, 'What reaches the "
        "handler, and where').",
        check=_clients_key,
        needs=("proxy",),
    ),
    Claim(
        id="headers-by-list",
        level="MUST",
        sentence="The headers of a request are its key's, its transport's, its content's and those "
        "that the model's configuration asks for: none of the client's or of LiteLLM's.",
        reason="A client's headers hold its key, its session and its cookies; LiteLLM hands them "
        "over with its bookkeeping (docs/litellm-facts.md, 'What reaches the handler, and where').",
        check=_headers,
    ),
)
