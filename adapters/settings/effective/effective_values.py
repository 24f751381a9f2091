"""Effective values of a configuration, each with its origin: the file's line, or the default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from adapters.settings.effective.key_explanations import ANY
from gateway.runtime.toml_file import Key, TomlFile, dotted

_UNITS: Final = {"seconds": timedelta(seconds=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}
_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]*@")
_MAILBOX: Final = re.compile(r"[^@\s]+(?=@[\w.-]+$)")
_HIDDEN: Final = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveValue:
    """Value of one key. ``line`` is its line in the file; None if the default applies.

    ``explanation`` is English; it is empty for a key that nobody explained.
    """

    key: str
    value: str
    line: int | None
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveTable:
    """Table of a configuration with its values; ``line`` is None if the file does not have it."""

    name: str
    line: int | None
    explanation: str
    values: tuple[EffectiveValue, ...]


def effective_values(settings: BaseModel, file: Path, explained: Mapping[str, str]) -> list[EffectiveTable]:
    """Return every table of ``settings``, which were read from ``file``, in the order of the program.

    ``explained`` are explanations by path (`adapters.settings.effective.key_explanations`).
    No value is a secret: those stand in files of their own, whose names are shown. A login in an address and the name
    of a mailbox are left out all the same. A file that cannot be read any more gives no lines.
    """
    return [each for each in _Walk(_lines(file), explained).tables(settings, (), ()) if each.values or each.line]


def _lines(file: Path) -> Mapping[Key, int]:
    try:
        return TomlFile(file.read_bytes()).lines
    except (OSError, ValueError, RecursionError):
        return {}


@dataclass(frozen=True, slots=True)
class _Walk:
    lines: Mapping[Key, int]
    explained: Mapping[str, str]

    def tables(self, section: BaseModel, at: Key, known_as: tuple[str, ...]) -> Iterator[EffectiveTable]:
        """Yield a table and those below it. ``known_as`` is its path with `ANY` for chosen names."""
        values, below = list[EffectiveValue](), list[tuple[BaseModel, Key, tuple[str, ...]]]()
        for name, field in type(section).model_fields.items():
            key = field.alias or name
            value, here, known = getattr(section, name), (*at, key), (*known_as, key)
            if isinstance(value, BaseModel):
                below.append((value, here, known))
            elif isinstance(value, dict) and value:
                for chosen, inner in value.items():
                    if isinstance(inner, BaseModel):
                        below.append((inner, (*here, chosen), (*known, ANY)))
                    else:
                        values.append(self._value(inner, (*here, chosen), (*known, ANY), at))
            elif isinstance(value, list | tuple) and any(isinstance(each, BaseModel) for each in value):
                below += [(each, (*here, number), known) for number, each in enumerate(value)]
            else:
                values.append(self._value(value, here, known, at))
        yield EffectiveTable(
            name=dotted(at),
            line=self.lines.get(at),
            explanation=self.explained.get(".".join(known_as), ""),
            values=tuple(values),
        )
        for inner, here, known in below:
            yield from self.tables(inner, here, known)

    def _value(self, value: Any, at: Key, known_as: tuple[str, ...], table: Key) -> EffectiveValue:
        return EffectiveValue(
            key=dotted(at[len(table) :]),
            value=_text(value, str(at[-1])),
            line=self.lines.get(at),
            explanation=self.explained.get(".".join(known_as), ""),
        )


def _text(value: Any, key: str) -> str:
    """Return a value for a person, in the unit that its key names; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case timedelta():
            return f"{value / _UNITS.get(key.rpartition('_')[2], _UNITS['seconds']):.10g}"
        case Enum():
            return str(value.value)
        case list() | tuple() | set() | frozenset():
            return ", ".join(_text(each, key) for each in value)
        case dict():
            return ", ".join(f"{name}: {_text(each, key)}" for name, each in value.items())
        case _:
            return _MAILBOX.sub(_HIDDEN, _LOGIN.sub(f"{_HIDDEN}@", str(value)))
