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

Key = tuple[str | int, ...]

_BARE_END = frozenset(" \t=.]")
_SCALAR_END = frozenset(",]}#\n")

_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\xef\xbb\xbf": "UTF-8 with a byte order mark"}
_PLACE: Final = re.compile(
    r"(?P<said>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)
_CURLY: Final = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb\u2039\u203a\u0060\u00b4"
_WORDS: Final[Mapping[str, str]] = {
    "Expected ']' at the end of a table declaration": "the name of a table is not closed: write [name]",
    "Expected ']]' at the end of an array declaration": "the name of a table in a list is not closed: write [[name]]",
    "Unclosed array": "a list is not closed, here or in a line above: a comma or the bracket ] is missing",
    "Unclosed inline table": "a table in braces is not closed: a comma or the brace } is missing",
    "Unterminated string": "a text is not closed: its last quotes are missing",
    "Unescaped '\\' in a string": (
        "a single backslash in a text: write it twice, or put the text in single quotes: 'C:\\data'"
    ),
    "Invalid hex value": "behind \\u in a text stand four hexadecimal digits, behind \\U eight",
    "Escaped character is not a Unicode scalar value": "no character has the number behind \\u or \\U",
    "Invalid date or datetime": "no such day or time; write a day as 2026-02-03, a time as 2026-02-03T08:30:00Z",
    "Expected newline or end of document after a statement": (
        'something stands behind the value: write one key a line; a quote within a text is written \\"'
    ),
}


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

    def __init__(self, line: int, found: str) -> None:
        super().__init__(found)
        self.line, self.found = line, found


class Malformed(ValueError):
    """The text is no TOML at ``line`` and ``column``, from 1; ``found`` has the defect and the correct form."""

    literal_name = "Malformed"

    def __init__(self, line: int, column: int, found: str) -> None:
        super().__init__(found)
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
            raise Misencoded(1, f"the file is saved as {encoding}; save it as UTF-8 without a byte order mark (BOM)")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        told = f"the octet {octets[error.start]:02X} is no UTF-8"
        if _looks_arabic(octets):
            told += "; the file seems to be saved as Windows-1256 (ANSI)"
        raise Misencoded(line, f"{told}; save the file as UTF-8") from error


def _looks_arabic(octets: bytes) -> bool:
    """Return True if most octets above ASCII are Arabic or Persian letters in Windows-1256."""
    above = [octet for octet in octets if octet >= 0x80]
    letters = bytes(above).decode("cp1256", "replace")
    arabic = sum("\u0600" <= letter <= "\u06ff" or letter in "\u200c\u200d" for letter in letters)
    return 2 * arabic > len(letters)


def _table(text: str) -> dict[str, Any]:
    for number, written in enumerate(text.split("\n"), start=1):
        if written.count(".") > _MAX_DOTS:
            raise Malformed(number, 1, f"more than {_MAX_DOTS} dots; a key has at most {MAX_DEPTH} names")
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


def _found(said: str, text: str, line: int, column: int) -> str:
    there = text.replace("\r\n", "\n").split("\n")[line - 1]
    rest = there[column - 1 :]
    if rest[:1] in tuple(_CURLY):
        return 'curly quotes; write straight ones: "text"'
    if said in ("Invalid value", "Expected newline or end of document after a statement") and _is_foreign_digit(rest):
        return "digits that are not Latin ones; write 0 to 9"
    if rest and unicodedata.category(rest[0]) in ("Cc", "Cf") and rest[0] not in "\t\r":
        return f"a sign that nobody sees (U+{ord(rest[0]):04X}); delete it"
    match said:
        case "Expected newline or end of document after a statement" if there[column - 2].isalnum():
            return "this is no number, day or time as TOML writes them (30, 2026-02-03); a text stands in quotes"
        case "Invalid value":
            return _wrong_value(rest)
        case "Expected '=' after a key in a key/value pair":
            return "no sign = behind the key; write: key = value" + ("; not a colon" if rest.startswith(":") else "")
        case "Invalid statement" | "Invalid initial character for a key part":
            return "a key or [table] is wanted here; a key of other signs than a-z, 0-9, - and _ stands in quotes"
        case "Cannot overwrite a value":
            return f"{_key_of(there)} has a value already, in a line above; keep one of the two"
    for start, words in (
        ("Cannot declare", "the table [{}] stands here a second time; put its keys under the first one"),
        ("Duplicate inline table key", "the key {} stands twice in this table; keep one of the two"),
        ("Cannot mutate immutable namespace", "{} is complete already; write the key where its other keys stand"),
        ("Cannot redefine namespace", "{} is complete already; write the key where its other keys stand"),
    ):
        if said.startswith(start):
            return words.format(_named(said.removeprefix(start)))
    if said.startswith("Illegal character") or (said.startswith("Expected ") and said.endswith(('"', "'"))):
        return _WORDS["Unterminated string"]
    return _WORDS.get(said, "this is no TOML; look at the signs before it, too")


def _wrong_value(rest: str) -> str:
    word = re.match(r"[^\s#,\]}]*", rest)
    match word[0].lower() if word else "":
        case "":
            return 'no value behind the sign =; write "text", a number, true, false or a list in brackets'
        case "true" | "false" | "yes" | "no" | "on" | "off":
            return "write true or false, in small letters"
        case "none" | "null" | "nil":
            return "there is no such value; leave the key out"
    if rest[0] in "+-.0123456789":
        return "no number is written like this; write 30, 0.5, or a text in quotes"
    return 'a text stands in quotes: "text"'


def _is_foreign_digit(rest: str) -> bool:
    return bool(rest) and not rest[0].isascii() and unicodedata.category(rest[0]) == "Nd"


def _key_of(line: str) -> str:
    named = re.match(r"\s*([\w.-]+)\s*=|\s*\[+([\w.-]+)\]+", line)
    return (named[1] or named[2]) if named else "this key"


def _named(told: str) -> str:
    """Return the name in the reader's message, which has the form of a Python tuple or text."""
    shown = re.match(r"\s*(\(.*\)|'.*'|\".*\")", told)
    if shown is None:
        return "it"
    name = ast.literal_eval(shown[1])
    return ".".join(map(str, name)) if isinstance(name, tuple) else str(name)


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
            found = f"a key of more than {MAX_DEPTH} names, with those around it; write fewer levels"
            raise Malformed(self._line, 1, found)

    def _step(self, count: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def _note(self, path: Key) -> None:
        self._assert_depth(path)
        self.lines.setdefault(path, self._line)
