"""Text of a mapping file in parts: one part is changed, and every octet of the others stays.

A part is an entry of the file (a field, a repeat with all that is in it, a table of words) or what stands between
entries. Comments above an entry belong to the part before it, so they stay if the entry changes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from gateway.runtime.toml_file import Key, TomlFile

FIELD: Final = "field"
REPEAT: Final = "repeat"
TABLES: Final = "tables"
HEADER: Final = "mapping"
_PREFIX: Final = {FIELD: "r", REPEAT: "l", TABLES: "t"}
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_LONE_END: Final = re.compile(r"(?<!\r)\n")


class Indivisible(ValueError):
    """The file is written in a way that cannot be divided, such as fields in one list in brackets."""

    literal_name = "Indivisible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Part of a file: its ``body``, and the blank lines and comments behind it (``tail``).

    ``id`` names it in a form: ``h`` is the header, ``r0`` the first field, ``l0`` the first repeat, ``t0`` the first
    table, and an empty id what no form changes. ``kind`` is `HEADER`, `FIELD`, `REPEAT`, `TABLES` or empty. ``entry``
    is its value, ``name`` a table's name.
    """

    id: str = ""
    kind: str = ""
    name: str = ""
    body: str = field(repr=False)
    tail: str = field(default="", repr=False)
    entry: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """New part: it stands behind the last part for which ``behind`` is True, or before the first entry."""

    id: str
    body: str
    behind: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MappingText:
    """File in parts, in its order."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, octets: bytes) -> MappingText:
        """Divide a file that compiles. Raises `Indivisible`."""
        file = TomlFile(octets)
        starts = _starts(file)
        lines = _LINE.findall(file.text)
        first = min(starts, default=len(lines) + 1)
        parts = [Part(body="".join(lines[: first - 1]))]
        counts = dict.fromkeys(_PREFIX, 0)
        places = sorted(starts)
        for place, end in zip(places, [*places[1:], len(lines) + 1], strict=True):
            body, tail = _parted(lines[place - 1 : end - 1])
            part = _part(starts[place], body, tail, file.table, counts)
            parts.append(part)
        text = cls(tuple(parts))
        assert text.octets == octets
        return text

    @property
    def octets(self) -> bytes:
        return "".join(part.body + part.tail for part in self.parts).encode()

    def of_kind(self, kind: str) -> list[Part]:
        return [part for part in self.parts if part.kind == kind]

    def part_at(self, line: int) -> Part | None:
        """Return the part that holds a line, from 1; None if the file has no such line."""
        end = 1
        for part in self.parts:
            end += (part.body + part.tail).count("\n")
            if line < end or part is self.parts[-1]:
                return part
        return None

    def first_line(self, part: Part) -> int:
        """Return the line at which a part begins, from 1."""
        before = self.parts[: self.parts.index(part)]
        return 1 + sum((each.body + each.tail).count("\n") for each in before)

    def edited(self, bodies: Mapping[str, str | None], added: Sequence[Addition]) -> MappingText:
        """Return the file with other ``bodies`` by id (None: the part is removed), and with the ``added`` parts.

        A new part of several entries is one part. ``entry`` of a changed part is the former one.
        """
        end = "\r\n" if any("\r\n" in part.body for part in self.parts) else "\n"
        parts: list[Part] = []
        for part in self.parts:
            body = bodies.get(part.id, part.body) if part.id else part.body
            if body is None:
                parts.append(replace(part, id="", kind="", body="", tail=part.tail if "#" in part.tail else ""))
            elif body == part.body:
                parts.append(part)
            else:
                parts.append(replace(part, body=_ended(body, end)))
        for each in added:
            _add(parts, each, end)
        return MappingText(tuple(parts))


def _starts(file: TomlFile) -> dict[int, Key]:
    """Return the line of each part with the longest key that begins there."""
    found: dict[int, Key] = {}
    for key, line in file.lines.items():
        if (len(key) == 1 or (len(key) == 2 and key[0] in _PREFIX)) and len(key) > len(found.get(line, ())):
            found[line] = key
    return found


def _part(key: Key, body: str, tail: str, table: Mapping[str, Any], counts: dict[str, int]) -> Part:
    kind = str(key[0]) if len(key) == 2 else ""
    try:
        told = tomllib.loads(body)
        entry = _at(table, key) if kind else {}
    except (ValueError, LookupError, TypeError) as error:
        raise Indivisible(str(key)) from error
    if not kind:
        if len(key) != 1 or told.keys() != {key[0]} or (key[0] in _PREFIX and told[key[0]]):
            raise Indivisible(str(key))
        if key == (HEADER,) and isinstance(told[HEADER], dict):
            return Part(id="h", kind=HEADER, body=body, tail=tail, entry=told[HEADER])
        return Part(body=body, tail=tail)
    alone = {key[1]: entry} if kind == TABLES else [entry]
    if told != {kind: alone} or not isinstance(entry, dict) or not body.startswith("["):
        raise Indivisible(str(key))
    id = f"{_PREFIX[kind]}{counts[kind]}"
    counts[kind] += 1
    return Part(id=id, kind=kind, name=str(key[1]) if kind == TABLES else "", body=body, tail=tail, entry=entry)


def _at(table: Any, key: Key) -> Any:
    for step in key:
        table = table[step]
    return table


def _parted(lines: Sequence[str]) -> tuple[str, str]:
    """Return the lines of a part, and the blank lines and comments behind them."""
    end = len(lines)
    while end > 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return "".join(lines[:end]), "".join(lines[end:])


def _ended(body: str, end: str) -> str:
    """Return a body whose last line ends, with the line ends of the file."""
    whole = body if body.endswith("\n") else body + "\n"
    return _LONE_END.sub(end, whole)


def _add(parts: list[Part], new: Addition, end: str) -> None:
    place = _place(parts, new)
    before, is_last = parts[place], place == len(parts) - 1
    parts[place] = replace(
        before, body=_ended(before.body, end) if before.body else "", tail=end if before.body else ""
    )
    # Comments behind the part before are about the next one, and stay in front of it.
    tail = before.tail or ("" if is_last else end)
    parts.insert(place + 1, Part(id=new.id, body=_ended(new.body, end), tail=tail))


def _place(parts: Sequence[Part], new: Addition) -> int:
    behind = [place for place, part in enumerate(parts) if part.id and part.id in new.behind]
    if behind:
        return behind[-1]
    first = next((place for place, part in enumerate(parts) if part.kind in (FIELD, REPEAT)), len(parts))
    return max(first - 1, 0)
