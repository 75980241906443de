import math

import httpx
import pytest
from litellm.exceptions import BadRequestError

from tests.claude_code_proxy.test_drop_flags import sent_by_handler
from tests.claude_code_proxy.upstream import METHODS, MODELS, Upstream

BY_MODEL = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


@BY_MODEL
@pytest.mark.parametrize("timeout", [0, -1, math.nan, math.inf, 1e12, "-0.5"])
def test_a_timeout_that_no_socket_keeps_is_a_400_that_says_what_fits(
    upstream: Upstream, model: str, timeout: object
) -> None:
    """It is the configuration's fault, told once; a 500 would be retried."""
    with pytest.raises(BadRequestError, match=r"timeout is .*expected more than 0 seconds"):
        METHODS["completion"](upstream.arguments(model, timeout=timeout))
    assert not upstream.session.journal.entries


@BY_MODEL
@pytest.mark.parametrize("timeout", [None, 0.5, 30, "30", 1e9, httpx.Timeout(30)])
def test_a_timeout_that_a_socket_keeps_lets_the_request_out(
    upstream: Upstream, model: str, timeout: object
) -> None:
    """Whatever form LiteLLM takes it in, the request leaves and is answered."""
    METHODS["completion"](upstream.arguments(model, timeout=timeout))
    assert upstream.last.status == 200


@BY_MODEL
def test_a_timeout_in_words_counts_in_a_direct_call(upstream: Upstream, model: str) -> None:
    """LiteLLM makes a number of it; whoever calls the handler itself need not."""
    sent_by_handler(upstream, model, timeout="30")
    assert upstream.last.status == 200
