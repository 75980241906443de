"""The `openai` profile against every object that the openai package's types declare."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import load_profile
from mock_upstream.schema.checker import compile_schema
from mock_upstream.schema.data import (
    ObjectType,
    SchemaError,
    bounded,
    load_schema,
    overlaid,
    rows,
)
from mock_upstream.verdict import APIS, Api

openai = pytest.importorskip("openai", reason="the walk reads the openai package's own types")

from mock_upstream.schema import generate  # noqa: E402 - not before openai is known to be there
from tests.mock_upstream.sdk_requests import RequestMaker  # noqa: E402 - nor this
from tests.mock_upstream.sdk_types import Spot, list_sample, spots  # noqa: E402 - nor this

needs_recorded_version = pytest.mark.skipif(
    openai.__version__ != load_schema().version,
    reason=f"the data come from openai {load_schema().version}, installed is {openai.__version__}",
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return compile_judge(load_profile("openai"))


@needs_recorded_version
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("last", [True, False], ids=["last key", "first key"])
def test_an_unknown_key_in_any_declared_object_is_refused_at_its_exact_path(
    judge: Judge,
    api: Api,
    *,
    last: bool,
) -> None:
    """Every declared object of both endpoints, at every key that may hold it, refuses the key."""
    missed, entered = [], set()
    for spot in spots(api):
        entered.add(spot.declared)
        verdict = judge.check(api, spot.request(full=False, extra={"unheard_of": 1}, last=last))
        expected = f"{spot.path}.unheard_of".removeprefix(".")
        found = [(one.path, one.param, one.message) for one in verdict.violations]
        if found != [(expected, expected, f"Unknown parameter: '{expected}'.")]:
            missed.append((expected, spot.declared.__name__, found))
    assert missed == []
    declared = {spot.declared for spot in spots(api)}
    print(f"{api}: an unknown key is found in {len(entered)} of {len(declared)} objects")  # noqa: T201 - the count is asked for
    assert entered == declared


@needs_recorded_version
@pytest.mark.parametrize("api", APIS)
def test_requests_made_at_random_from_the_types_are_accepted(judge: Judge, api: Api) -> None:
    """5,000 requests of each endpoint, 10,000 in all: no false refusal."""
    refused = []
    for seed in range(5_000):
        request = RequestMaker(seed).request(api)
        violations = judge.check(api, request).violations
        if violations:
            refused.append((seed, violations[0].message))
    assert refused == []


@needs_recorded_version
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("full", [False, True], ids=["needed keys", "all keys"])
def test_every_declared_object_is_accepted_as_its_type_has_it(
    judge: Judge,
    api: Api,
    *,
    full: bool,
) -> None:
    refused = [
        (spot.path, spot.declared.__name__, verdict.violations)
        for spot in spots(api)
        if not (verdict := judge.check(api, spot.request(full=full))).accepted
    ]
    assert refused == []


@needs_recorded_version
def test_the_data_hold_the_very_objects_that_the_walk_meets() -> None:
    declared = {spot.declared for api in APIS for spot in spots(api)}
    names = {f"{met.__module__}.{met.__qualname__}" for met in declared}
    assert names == {f"openai.types.{name}" for name in load_schema().objects}


@needs_recorded_version
def test_the_committed_data_are_what_the_generator_writes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_upstream.schema.generate", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "openai.json is current\n")


@needs_recorded_version
def test_regenerating_shows_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` writes nothing and fails; without it the data are made whole again."""
    data = tmp_path / "openai.json"
    whole = generate.DATA.read_text("utf-8")
    data.write_text(whole.replace('"verbosity"', '"loudness"'), "utf-8")
    monkeypatch.setattr(generate, "DATA", data)
    assert generate.main(["--check"]) == 1
    shown = capsys.readouterr().out
    assert shown.count('\n-    "loudness"') == shown.count('\n+    "verbosity"') > 0
    assert shown.endswith("openai.json is out of date\n")
    assert generate.main([]) == 0
    assert '+    "verbosity"' in capsys.readouterr().out
    assert data.read_text("utf-8") == whole


def test_judging_imports_neither_openai_nor_litellm() -> None:
    program = (
        "import sys; from mock_upstream.judging.judge import compile_judge; "
        "from mock_upstream.profile_format.profile import load_profile; "
        "compile_judge(load_profile('openai')).check('chat', {}); "
        "print(sorted({'openai', 'litellm'} & sys.modules.keys()))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, check=True
    )
    assert done.stdout.strip() == b"[]"


@pytest.mark.parametrize(
    "row",
    [
        {"object": "chat.Gone", "add": {"x": "any"}, "why": "renamed"},
        {"object": "A", "add": {"known": "any"}, "why": "the types caught up"},
        {"object": "A", "replace": {"gone": "any"}, "why": "the key is gone"},
        {"object": "A", "optional": ["free"], "why": "not required any more"},
        {"object": "A", "nullable": ["gone"], "why": "the nullable key is gone"},
        {"object": "B", "nullable": ["null"], "why": "null by type"},
    ],
    ids=lambda row: row["why"],
)
def test_an_overlay_row_that_changes_nothing_is_an_error(row: dict[str, object]) -> None:
    declared = {
        "A": ObjectType({"known": "string", "free": "string"}, frozenset({"known"})),
        "B": ObjectType({"null": {"any_of": ["string", "null"]}}, frozenset()),
    }
    with pytest.raises(SchemaError, match=r"overlay\.yaml: "):
        overlaid(declared, str(row["object"]), row)


@pytest.mark.parametrize(
    "row",
    [
        {"object": "Gone", "key": "x", "of": "string", "max_length": 1, "why": "renamed"},
        {"object": "A", "key": "gone", "of": "string", "max_length": 1, "why": "the key is gone"},
        {"object": "A", "key": "known", "of": "integer", "maximum": 1, "why": "another type"},
        {"object": "A", "key": "map", "of": "map", "each": {"of": "number"}, "why": "other values"},
    ],
    ids=lambda row: row["why"],
)
def test_a_limit_that_finds_nothing_is_an_error(row: dict[str, object]) -> None:
    declared = {"A": ObjectType({"known": "string", "map": {"map": "string"}}, frozenset())}
    with pytest.raises(SchemaError, match=r"limits\.yaml: "):
        bounded(declared, str(row["object"]), row)


LIMITS = [(name, row) for row in rows("limits") for name in row["objects"]]
BOUNDS = {
    "minimum": ("below", -1),
    "maximum": ("above", 1),
    "min_length": ("too_short", -1),
    "max_length": ("too_long", 1),
    "min_items": ("too_short", -1),
    "max_items": ("too_long", 1),
    "max_properties": ("too_many", 1),
    "max_key_length": ("too_long", 1),
}


@needs_recorded_version
@pytest.mark.parametrize(
    ("name", "row"), LIMITS, ids=[f"{name.rpartition('.')[2]}.{row['key']}" for name, row in LIMITS]
)
def test_a_limit_takes_its_bound_and_nothing_beyond(name: str, row: dict[str, Any]) -> None:
    """Both sides of every bound, at every place of a request that may hold the bounded object."""
    places = [(api, spot) for api in APIS for spot in spots(api) if _name(spot.declared) == name]
    assert places
    for api, spot in places:
        for bound in BOUNDS.keys() & row.keys():
            kind, step = BOUNDS[bound]
            for value, expected in ((row[bound], []), (row[bound] + step, [kind])):
                extra = {row["key"]: _of_size(bound, value, spot, row["key"])}
                request = spot.request(full=False, extra=extra)
                found = [fault.kind for fault in compile_schema(api).all(request)]
                assert found == expected, (spot.path, bound, value)


def _name(declared: type) -> str:
    return f"{declared.__module__}.{declared.__qualname__}".removeprefix("openai.types.")


def _of_size(bound: str, size: int, spot: Spot, key: str) -> object:
    """Make a value that measures so much by the bound."""
    if bound.endswith("imum"):
        return size
    if bound.endswith("_length"):
        return {"k" * size: "v"} if "key" in bound else "x" * size
    if bound == "max_properties":
        return {f"k{number}": "v" for number in range(size)}
    return list_sample(spot.declared, key) * size


def test_every_row_of_the_schema_gives_a_reason() -> None:
    """An overlay row says why, a limit and a word where it was seen."""
    assert [row["objects"] for row in rows("overlay") if not row.get("why")] == []
    assert [row["objects"] for row in rows("limits") if not row.get("source")] == []
    assert [row["member"] for row in rows("words") if not row.get("source")] == []
