"""Writes YAML for people: keys in their order, texts of several lines as blocks."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Writes no aliases: a file is read from above."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- PyYAML's signature
        """Write everything out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 -- PyYAML's
        """Indent lists below their key."""
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    style = "|" if "\n" in data else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(data: Mapping[str, object]) -> str:
    """Write a mapping."""
    written: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return written


def comments(lines: Iterable[str]) -> str:
    """Write lines as comments; nothing in them ends one."""
    plain = (line.encode("unicode_escape").decode("ascii") for line in lines)
    return "".join(f"# {line}\n" if line else "#\n" for line in plain)
