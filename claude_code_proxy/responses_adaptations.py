"""What the adaptations of a Responses payload do; which there are stands in `adaptations`.

Each function takes a payload as the builder made it and returns a changed one. What it leaves alone
is shared, nothing is changed in place.
"""

from __future__ import annotations

from typing import Any, Final

Payload = dict[str, Any]
Item = dict[str, Any]

COMPLETED: Final = "completed"


def system_to_developer(payload: Payload) -> Payload:
    """Let the developer say what the system says, wherever it stands."""
    items = [
        {**item, "role": "developer"} if item.get("role") == "system" else item
        for item in payload["input"]
    ]
    return {**payload, "input": items}


def fill_item_ids(payload: Payload) -> Payload:
    """Give the items that a model made, save calls, the id and status that it gave them.

    The number in the id is the item's place, which a growing conversation does not change.
    """
    items = [_identified(item, place) for place, item in enumerate(payload["input"])]
    return {**payload, "input": items}


def _identified(item: Item, place: int) -> Item:
    if item.get("type") == "reasoning":
        return {"id": f"rs_{place}", **item}
    if item.get("role") == "assistant":
        return {"id": f"msg_{place}", "status": COMPLETED, **item}
    return item
