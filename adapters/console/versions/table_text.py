"""One table of words of a mapping file as texts of a form, and back: a line ``word = value`` for each entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from adapters.console.site.exact_values import as_sent, is_as_shown
from adapters.console.versions import unreadable
from adapters.console.versions.rule_text import change, inline, is_read_as, read_inline, whole_number

UNKNOWN: Final = ("refuse", "nothing")
_FOLD: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWord:
    """Meaning of unknown words: the code by which it refuses the row, or the ``value`` that each becomes."""

    refuse: str = ""
    value: str | None = None


def other_word(text: str) -> OtherWord:
    """Return the meaning of a table's text of unknown words; nothing if it is neither code nor value."""
    try:
        found = read_inline(text, unreadable.no_list)
    except unreadable.Unreadable:
        return OtherWord()
    match found:
        case {"refuse": str() as code}:
            return OtherWord(refuse=code)
        case {"value": str() | int() as value}:
            return OtherWord(value=str(value))
        case _:
            return OtherWord()


def is_simple(entry: Mapping[str, Any]) -> bool:
    """Return True if lines can say all entries: words and values of one line, without the sign of equality."""
    entries = entry.get("entries")
    return isinstance(entries, dict) and all(
        isinstance(value, str | int)
        and not isinstance(value, bool)
        and "=" not in word
        and all(
            text == text.strip() and text and text == as_sent(text) and "\n" not in text for text in (word, str(value))
        )
        for word, value in entries.items()
    )


def shown(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a simple table."""
    unknown = entry.get("unknown")
    return {
        "entries": "\n".join(f"{word} = {value}" for word, value in entry.get("entries", {}).items()),
        "unknown": str(unknown) if unknown in UNKNOWN else "" if unknown is None else inline(unknown),
        "fold": "yes" if entry.get("fold") is True else "no",
    }


def changed(entry: Mapping[str, Any], posted: Mapping[str, str]) -> dict[str, Any]:
    """Return a table as the form says it; a text that is as it was shown keeps its value. Raises `Unreadable`."""
    made, before = dict(entry), shown(entry)
    lines = posted.get("entries", before["entries"])
    if not is_as_shown(lines, before["entries"]):
        made["entries"] = _entries(as_sent(lines), entry.get("entries", {}))
    unknown = posted.get("unknown", before["unknown"])
    if not is_as_shown(unknown, before["unknown"]):
        is_word = unknown in UNKNOWN
        made["unknown"] = unknown if is_word else read_inline(unknown, unreadable.no_rule_of_other_words)
    fold = posted.get("fold", before["fold"])
    if fold != before["fold"] and fold in _FOLD:
        made["fold"] = _FOLD[fold]
    return made


def rewritten(body: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return the text of a table with other values; comments and untouched words stay as they are."""
    try:
        document = tomlkit.parse(body)
        table: Any = document["tables"][name]
        change(table["entries"], before["entries"], after["entries"])
        rest = {key: value for key, value in after.items() if key != "entries"}
        change(table, {key: before[key] for key in before if key != "entries"}, rest)
        text = tomlkit.dumps(document)
    except (TOMLKitError, LookupError, TypeError, ValueError):
        text = ""
    return text if is_read_as(text, {"tables": {name: after}}) else new_text(name, after)


def new_text(name: str, entry: Mapping[str, Any]) -> str:
    """Return the text of a new table."""
    header, entries = f"[tables.{_quoted(name)}]", entry.get("entries", {})
    rest = [f"{key} = {inline(value)}" for key, value in entry.items() if key != "entries"]
    lines = [f"{_quoted(word)} = {inline(value)}" for word, value in entries.items()]
    return "\n".join([header, *rest, f"{header[:-1]}.entries]", *lines, ""])


def _quoted(word: str) -> str:
    return tomlkit.string(word).as_string()


def _entries(lines: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of lines. One whose value stands there as before keeps it; new ones of numbers are numbers."""
    numbers = bool(before) and all(isinstance(each, int) for each in before.values())
    found: dict[str, Any] = {}
    for place, line in enumerate(lines.split("\n"), 1):
        if not line.strip():
            continue
        word, sign, value = (part.strip() for part in line.partition("="))
        if not (word and sign and value):
            raise unreadable.no_entry(place, line)
        if word in found:
            raise unreadable.word_twice(place, word)
        number = whole_number(value) if numbers else None
        is_kept = word in before and str(before[word]) == value
        found[word] = before[word] if is_kept else value if number is None else number
    return found
