"""The JSON Schema of the profile format, for editors; committed beside the shipped profiles.

`python -m mock_upstream.profile_format.profile_schema` writes the file anew.
"""

from pathlib import Path
from typing import Any, Final

import orjson

from mock_upstream.profile_format.profile_fault import profile_model
from mock_upstream.profile_format.rule import KINDS

COMMITTED: Final = Path(__file__).parents[1] / "profiles" / "profile.schema.json"


def profile_schema() -> bytes:
    """Make the schema from the models."""
    schema = profile_model().model_json_schema(by_alias=True)
    rule: dict[str, Any] = schema["$defs"]["Rule"]
    rule["oneOf"] = [{"required": [kind]} for kind in KINDS]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Profile"}
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    return orjson.dumps(head | schema, option=options) + b"\n"


if __name__ == "__main__":
    COMMITTED.write_bytes(profile_schema())
