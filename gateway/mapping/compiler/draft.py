"""Draft of a mapping: the file's table, the lines of its keys, and the mistakes so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.model.kind import Kind
from gateway.runtime.bilingual import NOTHING, Words, listed, same
from gateway.runtime.errors import CATALOGUE
from gateway.runtime.plain_words import words_of
from gateway.runtime.toml_file import Key, Malformed, Misencoded, TomlFile, blanks, dotted

MAX_LINE: Final = 500
"""Most characters of a line that people read."""

MAX_FILE = 256 * 1024
"""Maximum size of a mapping file in octets."""

_MAX_FOUND: Final = 300
"""Most characters of a content."""

T = TypeVar("T")


class Draft:
    """Draft of a mapping file. Each method notes a mistake and continues, so that a person sees all at once."""

    def __init__(self, octets: bytes, file: str) -> None:
        """Parse the file. Raises `MappingMistaken` ``mapping.unreadable`` or ``mapping.syntax``."""
        self.file, self.mistakes = file, list[Mistake]()
        self._toml = _read(octets, file)
        self.table = self._toml.table
        self._blanks = list(blanks(self.table))

    def mistake(
        self, code: str, key: Key, found: Words | None = None, *, named: str = "", known: Iterable[str] = ()
    ) -> None:
        """Note a mistake, but at a blank, which `note_blanks` reports. Without ``found``, its content is ``named``."""
        if key not in self._blanks:
            self._note(code, key, same(named) if found is None else found, named, tuple(known))

    def unknown(self, code: str, key: Key, named: str, known: Sequence[str]) -> None:
        """Note a name that is none of ``known``."""
        self.mistake(code, key, contents.among(named, known), named=named, known=known)

    def note_blanks(self) -> None:
        """Note each value that a person must still fill in."""
        for key in self._blanks:
            self._note("mapping.blank", key)

    def _note(self, code: str, key: Key, found: Words = NOTHING, named: str = "", known: Sequence[str] = ()) -> None:
        line, told = self._toml.line_of(*key), Words(en=found.en[:_MAX_FOUND], fa=found.fa[:_MAX_FOUND])
        self.mistakes.append(Mistake(code=code, line=line, key=dotted(key), found=told, named=named, known=known))

    def refuse(self) -> None:
        """Raise `MappingMistaken` if there is any mistake."""
        if self.mistakes:
            raise MappingMistaken(self.file, self.mistakes)

    def known(self, table: Mapping[str, Any], key: Key, names: Iterable[str]) -> None:
        """Note each key of ``table`` that is not in ``names``."""
        allowed = tuple(names)
        for name in table:
            if name not in allowed:
                found = contents.KEYS.filled(meant=contents.meant(name, allowed), names=listed(allowed))
                self.mistake("mapping.unknown-key", (*key, name), found, named=name, known=allowed)

    def at(self, key: Key) -> Any:
        """Return the value of the file at ``key``, which is there."""
        value: Any = self.table
        for name in key:
            value = value[name]
        return value

    def get(self, table: Mapping[str, Any], key: Key, name: str, wanted: type[T]) -> T | None:
        """Return a value of the type ``wanted``; None if it is absent, or of another type, which is noted."""
        value = table.get(name)
        if is_huge(value):
            self.mistake("mapping.value-type", (*key, name), contents.HUGE)
            return None
        if value is None or (isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))):
            return value
        self.mistake("mapping.value-type", (*key, name), contents.WANTED.filled(what=contents.TOML_TYPES[wanted]))
        return None

    def line(self, table: Mapping[str, Any], key: Key, name: str) -> str:
        """Return a line of text for people; empty if there is none, or none that fits, which is noted."""
        text = self.get(table, key, name, str) or ""
        if is_line(text):
            return text
        self.mistake("mapping.line", (*key, name), contents.PLAIN_LINE.filled(most=MAX_LINE))
        return ""

    def tables(self, table: Mapping[str, Any], key: Key, name: str) -> list[tuple[Key, Mapping[str, Any]]]:
        """Return the tables of an array of tables, each with its place."""
        found: list[tuple[Key, Mapping[str, Any]]] = []
        for number, entry in enumerate(self.get(table, key, name, list) or []):
            place = (*key, name, number)
            if isinstance(entry, dict):
                found.append((place, entry))
            else:
                self.mistake("mapping.value-type", place, contents.TABLE_WANTED)
        return found

    def code(self, table: Mapping[str, Any], key: Key, name: str, kind: Kind) -> str | None:
        """Return the code of a refusal; note a code that this kind of mapping does not allow."""
        code = self.get(table, key, name, str)
        if code is None or (code in CATALOGUE and code.split(".")[0] in kind.areas):
            return code
        known = [each for each in CATALOGUE if each.split(".")[0] in kind.areas]
        found = contents.CODE.filled(code=code, areas=listed(kind.areas))
        self.mistake("mapping.code-unknown", (*key, name), found, named=code, known=known)
        return None


def _read(octets: bytes, file: str) -> TomlFile:
    def refuse(code: str, found: Words, line: int = 1) -> MappingMistaken:
        return MappingMistaken(file, [Mistake(code=code, line=line, key="", found=found)])

    if len(octets) > MAX_FILE:
        raise refuse("mapping.unreadable", contents.SIZE.filled(size=len(octets), most=MAX_FILE))
    try:
        return TomlFile(octets)
    except Misencoded as error:
        raise refuse("mapping.unreadable", error.found, error.line) from error
    except Malformed as error:
        found = contents.COLUMN.filled(column=error.column, found=error.found)
        raise refuse("mapping.syntax", found, error.line) from error
    except (ValueError, RecursionError) as error:  # a number, or brackets, beyond all measure
        raise refuse("mapping.syntax", contents.UNPARSED.filled(found=words_of(error))) from error


def is_line(text: str) -> bool:
    """Return True for one line of printable characters, ZWNJ included: it stands in the reason of a refusal."""
    return len(text) <= MAX_LINE and text.replace("\u200c", "").isprintable()


def is_huge(value: object) -> bool:
    """Return True for a whole number that has more than the 64 bits of TOML: Python refuses to write a large one."""
    return isinstance(value, int) and not -(2**63) <= value < 2**63
