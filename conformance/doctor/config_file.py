"""A LiteLLM configuration file and what it includes, with the line of everything in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mock_upstream.profile_format.yaml_document import YamlDocument, YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 2**20
"""Bytes of a configuration file: thousands of models."""

_TAB: Final = re.compile(r"^ *\t", re.MULTILINE)
_NO_YAML: Final = re.compile(r"not YAML|expected a mapping")
"""What no reader takes; how deep and how large a file may be is this one's own bound."""

_INCLUDE: Final = "include"
_MODELS: Final = "model_list"


class ConfigReadError(Exception):
    """A file that cannot be read as a configuration; the message begins with its name."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the files, by the name that it is shown by."""

    path: Path
    name: str
    document: YamlDocument

    def line(self, *place: str | int) -> int:
        """Return the line of the value at ``place``, or of the nearest thing above it."""
        return self.document.line(place)


@dataclass(frozen=True, slots=True)
class Section:
    """One value of the top level, and the file it came from: a later file's word is the last."""

    part: Part
    key: str
    value: Any

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The value, if it is a mapping; else an empty one."""
        return _with_text_keys(self.value) if isinstance(self.value, Mapping) else {}

    def line(self, *place: str | int) -> int:
        """Return the line of what is at ``place`` in it."""
        return self.part.line(self.key, *place)


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of ``model_list``: ``number`` counts over all files, ``index`` in its own.

    ``params`` are its ``litellm_params``.
    """

    number: int
    part: Part
    index: int
    entry: Mapping[str, Any]
    params: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The ``model_name``; for an entry without one, its place in the list."""
        return str(self.entry.get("model_name") or f"model_list[{self.index}]")

    @property
    def target(self) -> str:
        """What LiteLLM is to call, provider included."""
        return str(self.params.get("model") or "")

    @property
    def provider(self) -> str:
        """The prefix of the target; empty where it has none."""
        provider, slash, _ = self.target.partition("/")
        return provider if slash else ""

    def mapping(self, *place: str) -> Mapping[str, Any]:
        """Return the mapping at ``place`` of the entry; empty if there is none."""
        value: Any = self.entry
        for step in place:
            value = value.get(step) if isinstance(value, Mapping) else None
        return _with_text_keys(value) if isinstance(value, Mapping) else {}

    def line(self, *place: str | int) -> int:
        """Return the line of what is at ``place`` of the entry."""
        return self.part.line(_MODELS, self.index, *place)


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, as LiteLLM would put it together of all its files."""

    path: Path
    parts: tuple[Part, ...]
    models: tuple[Model, ...]
    sections: Mapping[str, Section] = field(default_factory=dict)

    @property
    def main(self) -> Part:
        """The file that was named."""
        return self.parts[0]

    def section(self, key: str) -> Section:
        """Return the section ``key``; an empty one where there is none."""
        return self.sections.get(key) or Section(self.main, key, None)


def read_config(path: Path) -> Config:
    """Read the file at ``path`` and all that it includes; raises `ConfigReadError`."""
    parts = tuple(_parts(path))
    sections: dict[str, Section] = {}
    for part in parts:
        for key, value in _with_text_keys(part.document.value).items():
            sections[key] = Section(part, key, value)
    return Config(path, parts, tuple(_models(parts)), sections)


def _parts(path: Path) -> Iterator[Part]:
    """Yield the file and, in LiteLLM's order, the files that it and they include, each once."""
    waiting, seen = [(path, str(path))], set[Path]()
    while waiting:
        here, name = waiting.pop(0)
        if here.resolve() in seen:
            continue
        seen.add(here.resolve())
        part = Part(here, name, _document(here, name))
        yield part
        for included in _included(part):
            beside = here.parent / included
            there = beside if beside.exists() else path.parent / included
            waiting.append((there if there.exists() else beside, str(Path(name).parent / included)))


def _included(part: Part) -> list[str]:
    included = part.document.value.get(_INCLUDE, [])
    if isinstance(included, list) and all(isinstance(name, str) for name in included):
        return included
    raise ConfigReadError(
        f"{part.name}:{part.line(_INCLUDE)}: include is {included!r}; expected a list of file "
        "names, beside this file: LiteLLM does not start with anything else"
    )


def _models(parts: tuple[Part, ...]) -> Iterator[Model]:
    number = 0
    for part in parts:
        entries = part.document.value.get(_MODELS)
        for index, given in enumerate(entries if isinstance(entries, list) else ()):
            entry = given if isinstance(given, Mapping) else {}
            params = entry.get("litellm_params")
            known = _with_text_keys(params) if isinstance(params, Mapping) else {}
            yield Model(number, part, index, entry, known)
            number += 1


def _document(path: Path, name: str) -> YamlDocument:
    text = _text(path, name)
    if not text.strip():
        raise ConfigReadError(f"{name}: the file is empty; expected YAML with a model_list")
    try:
        document = YamlDocument.of(text, may_repeat_keys=True)
    except YamlError as error:
        tab = "; YAML takes no tab for indentation" if _TAB.search(text) else ""
        too = ": LiteLLM cannot read it either" if _NO_YAML.search(str(error)) else ""
        raise ConfigReadError(f"{name}{error}{tab}{too}") from None
    if not document.value:
        raise ConfigReadError(f"{name}: the file holds nothing; expected YAML with a model_list")
    return document


def _text(path: Path, name: str) -> str:
    try:
        if not path.is_file():
            kind = "not a regular file" if path.exists() else "no such file"
            raise ConfigReadError(f"{name}: {kind}; expected LiteLLM's configuration file")
        size = path.stat().st_size
        if size > LARGEST:
            raise ConfigReadError(
                f"{name}: {size:,} bytes; a configuration has at most {LARGEST:,}: name LiteLLM's "
                "configuration file"
            )
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigReadError(
            f"{name}: not text in UTF-8 ({error.reason} at byte {error.start}); expected YAML"
        ) from None
    except OSError as error:
        raise ConfigReadError(f"{name}: {error.strerror}") from None


def _with_text_keys(value: Mapping[Any, Any]) -> Mapping[str, Any]:
    return {str(key): inner for key, inner in value.items()}
