"""What the suite keeps of a handler's arguments is its own, whatever LiteLLM makes of them."""

from typing import Any

from conformance.watch import own


def test_a_dictionary_that_is_in_itself_is_copied() -> None:
    original: dict[str, Any] = {"list": [{"a": 1}]}
    original["again"] = original
    copy = own(original)
    assert copy["again"] is copy
    assert copy["list"] == [{"a": 1}]
    assert copy["list"][0] is not original["list"][0]
