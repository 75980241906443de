"""What of the metadata reaches an upstream from behind a real proxy."""

from typing import Any, Final

import pytest

from tests.proxy.rig import Rig

TRACEPARENT: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    "headers",
    [{"x-claude-code-session-id": "session-of-the-client"}, {"traceparent": TRACEPARENT}],
    ids=["session", "traceparent"],
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
@pytest.mark.parametrize("metadata", [None, {"user_id": "someone"}], ids=["none", "own"])
def test_only_the_trace_name_and_the_clients_own_arrive(
    rig: Rig, path: str, headers: dict[str, str], metadata: dict[str, str] | None
) -> None:
    """Not the ids that LiteLLM makes of the client's headers."""
    body: dict[str, Any] = {"model": "permissive/no-flags"}
    response = rig.post(path, {**body, **({"metadata": metadata} if metadata else {})}, **headers)
    assert response.status_code == 200, response.text
    (entry,) = rig.permissive.journal.entries
    assert entry.json()["metadata"] == {"trace_name": "claude_code_proxy", **(metadata or {})}


def test_a_clients_own_ids_arrive(rig: Rig) -> None:
    """On `/v1/messages`, where LiteLLM keeps its own apart from them."""
    own = {"trace_id": "mine", "session_id": "mine-too"}
    body = {"model": "permissive/no-flags", "metadata": own}
    headers = {"x-claude-code-session-id": "session-of-the-client"}
    response = rig.post("/v1/messages", body, **headers)
    assert response.status_code == 200, response.text
    (entry,) = rig.permissive.journal.entries
    assert entry.json()["metadata"] == {"trace_name": "claude_code_proxy", **own}
