"""What an upstream has under an address of its own: the models, and the responses that it kept."""

import orjson

from mock_upstream import refusals
from mock_upstream.endpoints import MODELS_PATH, RESPONSES_PATH, resource_id
from mock_upstream.moment import Moment
from mock_upstream.replies.model_list import model_json, model_list_json
from mock_upstream.replies.response_store import ResponseStore
from mock_upstream.verdict import Api, Payload, Violation


def resource(method: str, path: str, store: ResponseStore) -> bytes | Violation:
    """Answer a request without a body of its own: the JSON, or why there is none."""
    if path == MODELS_PATH:
        return model_list_json()
    model = resource_id(path, MODELS_PATH)
    if model:
        return model_json(model) or refusals.unknown_model(model)
    return _response(method, resource_id(path, RESPONSES_PATH), store)


def _response(method: str, response_id: str, store: ResponseStore) -> bytes | Violation:
    if method == "DELETE" and store.delete(response_id):
        return orjson.dumps({"id": response_id, "object": "response", "deleted": True})
    kept = store.get(response_id)
    return refusals.unknown_response(response_id) if kept is None else kept.body


def unknown_previous(now: Moment, api: Api, payload: Payload) -> Violation | None:
    """Refuse to continue a response that is not kept.

    An upstream that takes fields it does not know is not asked to know this one's value.
    """
    if api != "responses" or not now.closed:
        return None
    previous = payload.get("previous_response_id")
    if not isinstance(previous, str) or previous in now.responses:
        return None
    return refusals.unknown_previous(previous)
