"""TOML with errors in plain words: line, column, and the correct form.

The standard library's reader gives a place and a sentence for programmers. No value is quoted: it may be a password.
"""

from __future__ import annotations

import ast
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

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


class Malformed(ValueError):
    """The text is no TOML at ``line`` and ``column``, from 1; ``found`` has the defect and the correct form."""

    literal_name = "Malformed"

    def __init__(self, line: int, column: int, found: str) -> None:
        super().__init__(found)
        self.line, self.column, self.found = line, column, found


def toml_table(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises `Malformed`, and ``ValueError`` or ``RecursionError`` for excessive numbers and brackets.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, line, column = _placed(str(error), text)
        raise Malformed(line, column, _found(said, text, line, column)) from error


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
