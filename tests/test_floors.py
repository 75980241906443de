"""The floors of docs/design.md: who may import whom, read from the source of every module."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent

# A package and what of ours it may import besides itself.
FLOORS: Final[Mapping[str, frozenset[str]]] = {
    "common": frozenset(),
    "mock_upstream": frozenset(),
    "claude_code_proxy": frozenset({"common"}),
    "conformance": frozenset({"claude_code_proxy", "common", "mock_upstream"}),
    "fuzz": frozenset({"mock_upstream"}),
}
OURS: Final = frozenset(FLOORS) | {"tests"}
# Heavy packages that a package must do without when it runs.
FOREIGN: Final[Mapping[str, frozenset[str]]] = {"mock_upstream": frozenset({"litellm", "openai"})}
# Modules that a developer runs and `serve` never imports: they may use one of those packages.
GENERATORS: Final[Mapping[str, frozenset[str]]] = {
    "mock_upstream/schema/generate.py": frozenset({"openai"}),
}

READ_ONLY: Final = frozenset({"Final", "Mapping", "Sequence", "Collection", "ClassVar"})
MUTABLE_CALLS: Final = frozenset(
    {"list", "dict", "set", "defaultdict", "deque", "Counter", "OrderedDict", "WeakKeyDictionary"}
)
MUTABLE_LITERALS: Final = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def imported_modules(tree: ast.Module, package: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, wherever it stands, `import_module("…")` included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -node.level + 1 or None] if node.level else []
            yield node.lineno, ".".join([*above, *filter(None, [node.module])])
        elif isinstance(node, ast.Call) and called_name(node) in ("import_module", "__import__"):
            yield from (
                (node.lineno, argument.value)
                for argument in node.args[:1]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


def called_name(call: ast.Call) -> str:
    """The last name of what is called: `import_module` of `importlib.import_module(…)`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def floor_breaks(source: str, path: str) -> list[str]:
    """The imports of one module that its floor forbids, each with its place."""
    package = path.split("/", maxsplit=1)[0]
    forbidden = (OURS - {package} - FLOORS[package]) | FOREIGN.get(package, frozenset())
    forbidden -= GENERATORS.get(path, frozenset())
    own_package = path.rpartition("/")[0].replace("/", ".")
    return [
        f"{path}:{line} imports {name}"
        for line, name in imported_modules(ast.parse(source), own_package)
        if name.split(".")[0] in forbidden
    ]


def is_mutable(value: ast.expr | None) -> bool:
    """Whether an expression makes a list, dict or set, as far as its own text shows."""
    return isinstance(value, MUTABLE_LITERALS) or (
        isinstance(value, ast.Call) and called_name(value) in MUTABLE_CALLS
    )


def says_read_only(annotation: ast.expr) -> bool:
    """Whether an annotation promises that nobody writes to the value: `Final`, `Mapping[…]`."""
    outermost = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return ast.unparse(outermost).rpartition(".")[2] in READ_ONLY


def shares_a_container(statement: ast.stmt) -> bool:
    """Whether a module-level statement binds a list, dict or set that anybody may write to."""
    match statement:
        case ast.Assign(targets=[ast.Name(id="__all__")]):  # Python's own
            return False
        case ast.Assign(value=value):
            return is_mutable(value)
        case ast.AnnAssign(annotation=annotation, value=value):
            return is_mutable(value) and not says_read_only(annotation)
    return False


def shared_state(source: str, path: str) -> list[str]:
    """The places where one module keeps state that all its users share.

    Seen: `global`, and a list, dict or set without a read-only annotation. Not seen: an instance
    of a class that holds state, and a container hidden behind a call.
    """
    tree = ast.parse(source)
    writes = [node for node in ast.walk(tree) if isinstance(node, ast.Global)]
    containers = [statement for statement in tree.body if shares_a_container(statement)]
    return [f"{path}:{node.lineno} writes to a global" for node in writes] + [
        f"{path}:{node.lineno} may be written to: make it a tuple, or annotate Final or Mapping"
        for node in containers
    ]


def modules() -> list[str]:
    """Every module of ours, as a path from the repository's root."""
    return sorted(
        file.relative_to(ROOT).as_posix()
        for package in FLOORS
        for file in (ROOT / package).rglob("*.py")
    )


def test_every_package_is_on_a_floor() -> None:
    """A top-level package that nobody gave a floor is found, and so is a floor without package."""
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(FLOORS)


@pytest.mark.parametrize("path", modules())
def test_imports_stay_on_their_floor(path: str) -> None:
    """No module imports what stands on or above its floor, nor what its package does without."""
    assert floor_breaks((ROOT / path).read_text("utf-8"), path) == []


@pytest.mark.parametrize("path", modules())
def test_modules_share_no_mutable_state(path: str) -> None:
    """No module keeps a list, dict, set or global that two users of it could both write to."""
    assert shared_state((ROOT / path).read_text("utf-8"), path) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("common/a.py", "import mock_upstream"),
        ("common/a.py", "from claude_code_proxy.settings import Settings"),
        ("common/deep/a.py", "from ...conformance import matrix"),
        ("mock_upstream/a.py", "def f():\n    from common.field_path import FieldPath"),
        ("mock_upstream/a.py", "import openai.types as types"),
        ("mock_upstream/a.py", "if TYPE_CHECKING:\n    from litellm import CustomLLM"),
        ("mock_upstream/a.py", "import importlib\nimportlib.import_module('common.field_path')"),
        ("claude_code_proxy/a.py", "import json, conformance.matrix"),
        ("claude_code_proxy/a.py", "__import__('mock_upstream')"),
        ("conformance/a.py", "from tests.conftest import ambient_names"),
    ],
)
def test_a_forbidden_import_is_seen(path: str, source: str) -> None:
    """The check can fail: at the top, in a function, for type checkers only, by name as text."""
    assert len(floor_breaks(source, path)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("claude_code_proxy/a.py", "import litellm\nfrom common.field_path import FieldPath"),
        ("mock_upstream/sub/a.py", "from . import b\nfrom ..journal import Journal"),
        ("mock_upstream/a.py", "import commonmark\nimport openai_schema"),
        ("conformance/a.py", "import litellm, mock_upstream, claude_code_proxy.settings"),
    ],
)
def test_an_allowed_import_passes(path: str, source: str) -> None:
    """The check does not cry wolf: own package, lower floors, names that only begin alike."""
    assert floor_breaks(source, path) == []


@pytest.mark.parametrize(
    "source",
    [
        "CACHE = {}",
        "SEEN: set[str] = set()",
        "CALLS = collections.defaultdict(list)",
        "ROWS: list[int] = [n for n in range(3)]",
        "COUNT = 0\ndef f():\n    global COUNT\n    COUNT += 1",
    ],
)
def test_shared_mutable_state_is_seen(source: str) -> None:
    """The check can fail: literals, calls, comprehensions and `global`."""
    assert len(shared_state(source, "common/a.py")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "__all__ = ['a']",
        "ROWS: Final = {1: 2}",
        "ROWS: Final[Mapping[str, int]] = {}",
        "ROWS: typing.Mapping[str, int] = dict(a=1)",
        "ROWS = (1, 2)",
        "def f():\n    rows = []",
    ],
)
def test_constants_pass(source: str) -> None:
    """The check does not cry wolf: tables declared read-only, tuples, local variables."""
    assert shared_state(source, "common/a.py") == []
