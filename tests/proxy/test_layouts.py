"""The proof that each layout tests what its name says: which files the proxy has loaded."""

from pathlib import Path

from tests.proxy.rig import Rig

OURS = ("claude_code_proxy", "common", "conformance", "mock_upstream")


def is_copied(rig: Rig) -> bool:
    """Whether this layout is the one with the packages beside its config file."""
    return "PYTHONPATH" in rig.layout.environment


def test_only_one_copy_can_be_found(rig: Rig) -> None:
    """Without PYTHONPATH the copied layout's Python finds nothing of ours; the other all."""
    found = {package for package in OURS if rig.layout.origin(package, pythonpath=False)}
    assert found == (set() if is_copied(rig) else set(OURS))


def test_the_handler_comes_from_where_the_layout_says(rig: Rig) -> None:
    """Both packages come from beside the config file when copied, and from elsewhere when not."""
    places = {
        Path(rig.layout.origin(package)).is_relative_to(rig.layout.config_dir)
        for package in ("claude_code_proxy", "common")
    }
    assert places == {is_copied(rig)}


def test_the_proxy_has_run_the_copied_files(rig: Rig) -> None:
    """The running proxy has compiled the copies: Python left its bytecode beside them."""
    compiled = {
        file.parent.parent.name for file in rig.layout.config_dir.rglob("__pycache__/*.pyc")
    }
    assert compiled == ({"claude_code_proxy", "common"} if is_copied(rig) else set())
