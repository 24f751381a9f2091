"""TOML files: UTF-8 (TOML 1.0) without a byte order mark; errors are in plain words, with their place.

The standard library's reader gives a place and a sentence for programmers. No value is quoted: it may be a password.
"""

from __future__ import annotations

import ast
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from gateway.runtime import toml_words
from gateway.runtime.bilingual import Words, same

Key = tuple[str | int, ...]

_BARE_END = frozenset(" \t=.]")
_SCALAR_END = frozenset(",]}#\n")

_MARKS = {b"\xff\xfe": same("UTF-16"), b"\xfe\xff": same("UTF-16"), b"\xef\xbb\xbf": toml_words.WITH_MARK}
_PLACE: Final = re.compile(
    r"(?P<said>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)
_CURLY: Final = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb\u2039\u203a\u0060\u00b4"

BLANK: Final = "TO_FILL_IN"
"""Value that a person must replace; a file with it is not ready for use."""


MAX_DEPTH: Final = 50
"""Most names of a key, with those of the tables and lists around it."""

_MAX_DOTS: Final = 2000
"""Most dots in a line. The standard library's reader takes minutes for a key of tens of thousands of names."""


def blanks(table: Any) -> Iterator[Key]:
    """Yield the keys whose value, or whose name, is `BLANK`, in the order of the file."""
    for key, value in _parts(table):
        if value == BLANK or (key and key[-1] == BLANK):
            yield key


def _parts(table: Any) -> Iterator[tuple[Key, Any]]:
    """Yield each value with its key, in the order of the file; nothing below a name that is `BLANK`."""
    ways: list[tuple[Key, Any]] = [((), table)]
    while ways:
        key, value = ways.pop()
        yield key, value
        if isinstance(value, dict | list) and not (key and key[-1] == BLANK):
            inner = list(value.items() if isinstance(value, dict) else enumerate(value))
            ways.extend(((*key, name), each) for name, each in reversed(inner))


def dotted(key: Key) -> str:
    """Return a key for a person: elements of arrays are counted from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in key)


class Misencoded(ValueError):
    """The file is not UTF-8 at ``line``, from 1; ``found`` has the defect and the way to save the file."""

    literal_name = "Misencoded"

    def __init__(self, line: int, found: Words) -> None:
        super().__init__(found.en)
        self.line, self.found = line, found


class Malformed(ValueError):
    """The text is no TOML at ``line`` and ``column``, from 1; ``found`` has the defect and the correct form."""

    literal_name = "Malformed"

    def __init__(self, line: int, column: int, found: Words) -> None:
        super().__init__(found.en)
        self.line, self.column, self.found = line, column, found


class TomlFile:
    """Tables of a file, and the lines of its keys."""

    def __init__(self, octets: bytes) -> None:
        """Parse the octets.

        Raises `Misencoded`, `Malformed`, and ``ValueError`` or ``RecursionError`` for excessive numbers and brackets.
        """
        self.text = _text(octets)
        self.table = _table(self.text)
        if _is_too_deep(self.table):
            self._walk()
            raise AssertionError("the walk meets the key that is too deep")

    @cached_property
    def lines(self) -> Mapping[Key, int]:
        """Return the line (from 1) of each key, table and element of an array, by its path."""
        return self._walk()

    def _walk(self) -> Mapping[Key, int]:
        walker = _Walker(self.text.replace("\r\n", "\n"))
        walker.document()
        return walker.lines

    def line_of(self, *key: str | int) -> int:
        """Return the line of ``key``, or of the nearest parent."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)


def _text(octets: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if octets.startswith(mark):
            raise Misencoded(1, toml_words.BYTE_ORDER_MARK.filled(encoding=encoding))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        phrase = toml_words.WINDOWS_1256 if _looks_arabic(octets) else toml_words.NO_UTF_8
        raise Misencoded(line, phrase.filled(octet=f"{octets[error.start]:02X}")) from error


def _looks_arabic(octets: bytes) -> bool:
    """Return True if most octets above ASCII are Arabic or Persian letters in Windows-1256."""
    above = [octet for octet in octets if octet >= 0x80]
    letters = bytes(above).decode("cp1256", "replace")
    arabic = sum("\u0600" <= letter <= "\u06ff" or letter in "\u200c\u200d" for letter in letters)
    return 2 * arabic > len(letters)


def _table(text: str) -> dict[str, Any]:
    for number, written in enumerate(text.split("\n"), start=1):
        if written.count(".") > _MAX_DOTS:
            raise Malformed(number, 1, toml_words.DOTS.filled(dots=_MAX_DOTS, names=MAX_DEPTH))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, line, column = _placed(str(error), text)
        raise Malformed(line, column, _found(said, text, line, column)) from error


def _is_too_deep(table: Any) -> bool:
    level = [table]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return bool(level)


def _placed(message: str, text: str) -> tuple[str, int, int]:
    place = _PLACE.fullmatch(message)
    if place is not None and place["line"]:
        return place["said"], int(place["line"]), int(place["column"])
    said = message if place is None else place["said"]
    lines = text.rstrip("\n").split("\n")
    return said, len(lines), len(lines[-1]) + 1


def _found(said: str, text: str, line: int, column: int) -> Words:
    there = text.replace("\r\n", "\n").split("\n")[line - 1]
    rest = there[column - 1 :]
    if rest[:1] in tuple(_CURLY):
        return toml_words.CURLY
    if said in ("Invalid value", "Expected newline or end of document after a statement") and _is_foreign_digit(rest):
        return toml_words.DIGITS
    if rest and unicodedata.category(rest[0]) in ("Cc", "Cf") and rest[0] not in "\t\r":
        return toml_words.HIDDEN.filled(number=f"{ord(rest[0]):04X}")
    match said:
        case "Expected newline or end of document after a statement" if there[column - 2].isalnum():
            return toml_words.NO_VALUE_FORM
        case "Invalid value":
            return _wrong_value(rest)
        case "Expected '=' after a key in a key/value pair":
            return toml_words.COLON if rest.startswith(":") else toml_words.NO_SIGN
        case "Invalid statement" | "Invalid initial character for a key part":
            return toml_words.KEY_WANTED
        case "Cannot overwrite a value":
            return toml_words.VALUE_TWICE.filled(key=_key_of(there))
    for start, words in toml_words.BY_BEGINNING:
        if said.startswith(start):
            return words.filled(name=_named(said.removeprefix(start)))
    if said.startswith("Illegal character") or (said.startswith("Expected ") and said.endswith(('"', "'"))):
        return toml_words.UNTERMINATED
    return toml_words.BY_SENTENCE.get(said, toml_words.NO_TOML)


def _wrong_value(rest: str) -> Words:
    word = re.match(r"[^\s#,\]}]*", rest)
    match word[0].lower() if word else "":
        case "":
            return toml_words.NO_VALUE
        case "true" | "false" | "yes" | "no" | "on" | "off":
            return toml_words.TRUTH
        case "none" | "null" | "nil":
            return toml_words.NULL
    if rest[0] in "+-.0123456789":
        return toml_words.NO_NUMBER
    return toml_words.TEXT


def _is_foreign_digit(rest: str) -> bool:
    return bool(rest) and not rest[0].isascii() and unicodedata.category(rest[0]) == "Nd"


def _key_of(line: str) -> Words:
    named = re.match(r"\s*([\w.-]+)\s*=|\s*\[+([\w.-]+)\]+", line)
    return same(named[1] or named[2]) if named else toml_words.THIS_KEY


def _named(told: str) -> Words:
    """Return the name in the reader's message, which has the form of a Python tuple or text."""
    shown = re.match(r"\s*(\(.*\)|'.*'|\".*\")", told)
    if shown is None:
        return toml_words.IT
    name = ast.literal_eval(shown[1])
    return same(".".join(map(str, name)) if isinstance(name, tuple) else str(name))


class _Walker:
    """Walker over a text that `tomllib` has accepted: `tomllib` gives values without lines."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1
        self._tables: dict[Key, int] = {}
        self.lines: dict[Key, int] = {}

    def document(self) -> None:
        table: Key = ()
        while self._skip(newlines=True):
            if self._peek("[["):
                table = self._array_of_tables()
            elif self._peek("["):
                table = self._table()
            else:
                self._assignment(table)

    def _table(self) -> Key:
        self._step(1)
        path = self._placed(self._dotted())
        self._step(1)
        self._note(path)
        return path

    def _array_of_tables(self) -> Key:
        self._step(2)
        dotted = self._dotted()
        self._step(2)
        path = (*self._placed(dotted[:-1]), dotted[-1])
        number = self._tables.get(path, -1) + 1
        self._tables[path] = number
        self._note(path)
        self._note((*path, number))
        return (*path, number)

    def _placed(self, dotted: list[str]) -> Key:
        """Return the path of a header: an array of tables in it stands for its last table so far."""
        path: Key = ()
        for part in dotted:
            path = (*path, part)
            self._note(path)
            if path in self._tables:
                path = (*path, self._tables[path])
        return path

    def _assignment(self, table: Key) -> None:
        line = self._line
        path = table
        for part in self._dotted():
            path = (*path, part)
            self._assert_depth(path)
            self.lines.setdefault(path, line)
        self._step(1)  # the sign of equality
        self._value(path)

    def _dotted(self) -> list[str]:
        parts = []
        while True:
            self._skip()
            if self._peek('"') or self._peek("'"):
                parts.append(self._string())
            else:
                start = self._at
                while self._text[self._at] not in _BARE_END:
                    self._at += 1
                parts.append(self._text[start : self._at])
            self._assert_depth(parts)
            self._skip()
            if not self._peek("."):
                return parts
            self._step(1)

    def _value(self, path: Key) -> None:
        self._skip()
        self._note(path)
        if self._peek('"') or self._peek("'"):
            self._string()
        elif self._peek("["):
            self._step(1)
            number = 0
            while self._skip(newlines=True) and not self._peek("]"):
                self._value((*path, number))
                number += 1
                self._skip(newlines=True)
                if self._peek(","):
                    self._step(1)
            self._step(1)
        elif self._peek("{"):
            self._step(1)
            while self._skip(newlines=True) and not self._peek("}"):
                self._assignment(path)
                self._skip(newlines=True)
                if self._peek(","):
                    self._step(1)
            self._step(1)
        else:
            while self._at < len(self._text) and self._text[self._at] not in _SCALAR_END:
                self._at += 1

    def _string(self) -> str:
        quote = self._text[self._at]
        mark = quote * 3 if self._peek(quote * 3) else quote
        self._step(len(mark))
        start = self._at
        while not self._peek(mark):
            self._step(2 if quote == '"' and self._peek("\\") else 1)
        if len(mark) == 3:
            while self._peek(quote * 4):  # up to two more may stand before the closing three
                self._step(1)
        found = self._text[start : self._at]
        self._step(len(mark))
        return found

    def _skip(self, *, newlines: bool = False) -> bool:
        """Skip white space and comments, also line ends with ``newlines``; return False at the end of the text."""
        while self._at < len(self._text):
            here = self._text[self._at]
            if here == "#":
                while self._at < len(self._text) and self._text[self._at] != "\n":
                    self._at += 1
            elif here in " \t" or (newlines and here == "\n"):
                self._step(1)
            else:
                break
        return self._at < len(self._text)

    def _peek(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at)

    def _assert_depth(self, path: Sequence[str | int]) -> None:
        if len(path) > MAX_DEPTH:
            raise Malformed(self._line, 1, toml_words.DEEP.filled(names=MAX_DEPTH))

    def _step(self, count: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def _note(self, path: Key) -> None:
        self._assert_depth(path)
        self.lines.setdefault(path, self._line)
