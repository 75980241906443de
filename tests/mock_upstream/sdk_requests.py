"""Makes requests at random from the openai package's own types, without the mock's data.

A seed gives the same request always. Limits that the types do not carry are kept to by key: they
are read from OpenAI's documentation, not from the mock.
"""

import random
from types import UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin

from typing_extensions import is_typeddict

from tests.mock_upstream.sdk_types import ROOTS, hints_of, is_map

_DEEPEST = 7
"""From this depth on, optional keys stay away, so that recursive types end."""

_TEXTS = (
    "",
    "text",
    "gpt-5.2-high",
    "новый текст",
    "a\nb\t\u2028\U0001f600",
    "{}",
    "null",
    "x" * 60,
)
_NUMBERS = {
    "max_output_tokens": (16, 64_000),
    "max_tool_calls": (1, 100),
    "max_num_results": (1, 50),
    "n": (1, 128),
    "top_logprobs": (0, 20),
    "temperature": (0, 2),
    "top_p": (0, 1),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
}
_NEVER_EMPTY = ("messages", "context_management", "call_id", "name")


class RequestMaker:
    """A source of requests."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def request(self, api: str) -> dict[str, Any]:
        """Make one request of an API."""
        return self._object(self._random.choice(ROOTS[api]), 0)

    def _object(self, declared: type, depth: int) -> dict[str, Any]:
        made = {}
        often = 0.35 if depth < _DEEPEST else 0.0
        for key, hint in hints_of(declared).items():
            if get_origin(hint) is Required or self._random.random() < often:
                made[key] = self._value(hint, key, depth + 1)
        items = list(made.items())
        self._random.shuffle(items)
        return dict(items)

    def _value(self, hint: Any, key: str, depth: int) -> Any:
        origin, arguments = get_origin(hint), get_args(hint)
        while origin in (Required, NotRequired, Annotated, Union, UnionType):
            one_of = origin in (Union, UnionType)
            hint = self._random.choice(arguments) if one_of else arguments[0]
            origin, arguments = get_origin(hint), get_args(hint)
        if is_typeddict(hint):
            return self._object(hint, depth)
        if origin is Literal:
            return self._random.choice(arguments)
        if is_map(origin):
            names = self._random.sample(("a", "b c", "trace.id", "ключ"), self._size(depth, key))
            return {name: self._value(arguments[1], "", depth + 1) for name in names}
        if origin is not None:
            return [
                self._value(arguments[0], key, depth + 1) for _ in range(self._size(depth, key))
            ]
        return self._plain(key)[hint]

    def _size(self, depth: int, key: str) -> int:
        least = 1 if key in _NEVER_EMPTY else 0
        return self._random.randint(least, 3 if depth < _DEEPEST else 1)

    def _plain(self, key: str) -> dict[Any, Any]:
        """Make a value of each plain type."""
        low, high = _NUMBERS.get(key, (-1000, 10**12))
        texts = _TEXTS[1:] if key in _NEVER_EMPTY else _TEXTS
        # in a filter, `object` stands for the filter itself, which may be nested
        opened = (_NESTED,) if key == "filters" else OPEN_VALUES
        return {
            int: self._random.randint(low, high),
            float: self._random.choice((low, high, self._random.uniform(low, high))),
            bool: self._random.random() < 0.5,
            type(None): None,
            str: self._random.choice(texts),
            object: self._random.choice(opened),
        }


_NESTED = {"type": "or", "filters": [{"type": "eq", "key": "k", "value": 1}]}

OPEN_VALUES: tuple[Any, ...] = (
    {"type": "object", "properties": {"x": {"type": "string"}}, "thinking_blocks": [{}]},
    {},
)
"""What may stand where the types say `object`."""
