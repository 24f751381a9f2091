"""Lookup tables: a result for each word, and a mandatory rule for unknown words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.draft import MAX_LINE, Draft, is_line
from gateway.mapping.model.budget import FOLD
from gateway.mapping.model.kind import UNKNOWN, Kind
from gateway.mapping.model.values import Type, type_of
from gateway.mapping.program.plan import RefusedWord, Table
from gateway.mapping.transforms.text import text_of
from gateway.mapping.transforms.transform import Made
from gateway.notice.fields import InvalidField
from gateway.notice.text import fold, plain
from gateway.runtime.bilingual import Words
from gateway.runtime.toml_file import Key

LOOKUP = "lookup"
MAX_ENTRIES = 5000

_KEYS = ("entries", "unknown", "fold")
VALUES = frozenset({Type.TEXT, Type.INTEGER, Type.BOOLEAN})


def tables_of(draft: Draft, kind: Kind) -> dict[str, Table]:
    """Return the file's tables by name; mistakes are noted, and such tables are partial."""
    found = {}
    for name, entry in (draft.get(draft.table, (), "tables", dict) or {}).items():
        key: Key = ("tables", name)
        if isinstance(entry, dict):
            found[name] = _table(draft, name, key, entry, kind)
        else:
            draft.mistake("mapping.value-type", key, contents.TABLE_WANTED)
    return found


def _table(draft: Draft, name: str, key: Key, entry: Mapping[str, Any], kind: Kind) -> Table:
    draft.known(entry, key, _KEYS)
    folded = bool(draft.get(entry, key, "fold", bool))
    listed = draft.get(entry, key, "entries", dict) or {}
    if not 0 < len(listed) <= MAX_ENTRIES:
        draft.mistake("mapping.table-empty", key, contents.ENTRIES.filled(count=len(listed), most=MAX_ENTRIES))
    entries: dict[str, Any] = {}
    for word, value in listed.items():
        here, form = (*key, "entries", word), _form(word, folded=folded)
        if form in entries:
            draft.mistake("mapping.table-twice", here, contents.SPELT_TWICE)
        entries[form] = _value(draft, here, value, kind)
    types = types_of(entries)
    if len(types) > 1 and types <= VALUES:
        draft.mistake("mapping.table-value", (*key, "entries"), contents.SEVERAL_TYPES)
    refuse, value = _unknown(draft, entry, key, kind)
    return Table(name=name, key=key, folded=folded, entries=entries, refuse=refuse, value=value)


def types_of(entries: Mapping[str, Any]) -> set[Type]:
    """Return the types of the entries' values."""
    return {type_of(value) for value in entries.values() if not isinstance(value, RefusedWord)}


def _value(draft: Draft, key: Key, value: Any, kind: Kind) -> Any:
    """Parse an entry: a single value, or { refuse = CODE or true, reason = "…" }."""
    if isinstance(value, dict) and "refuse" in value:
        draft.known(value, key, ("refuse", "reason"))
        code = "" if value["refuse"] is True else draft.code(value, key, "refuse", kind) or ""
        reason = draft.get(value, key, "reason", str) or ""
        if not is_line(reason):
            draft.mistake("mapping.table-value", (*key, "reason"), contents.LINE.filled(most=MAX_LINE))
        return RefusedWord(code=code, reason=reason)
    if type_of(value) not in VALUES:
        draft.mistake("mapping.table-value", key, contents.ENTRY)
    return value


def _unknown(draft: Draft, entry: Mapping[str, Any], key: Key, kind: Kind) -> tuple[str | None, Any]:
    """Parse ``unknown``: "refuse", "nothing", { refuse = CODE } or { value = … }."""
    here = (*key, "unknown")
    match entry.get("unknown"):
        case "refuse":
            return "", None
        case "nothing":
            return None, None
        case {"refuse": str() as code, **others} if not others:
            return draft.code({"refuse": code}, here, "refuse", kind), None
        case {"value": value, **others} if not others and type_of(value) in VALUES:
            return None, value
        case None:
            draft.mistake("mapping.table-unknown-entry", key)
        case _:
            draft.mistake("mapping.table-unknown-entry", here)
    return None, None


def lacks(table: Table, word: str) -> Words | None:
    """Return the reason if ``table`` has no entry for a word of its source; None if it has one."""
    if _form(word, folded=table.folded) in table.entries:
        return None
    other = next((entry for entry in table.entries if fold(entry) == fold(word)), None)
    if other is None:
        return contents.NO_ENTRY.filled(word=word)
    return contents.SPELT_OTHERWISE.filled(word=word, other=other)


def lookup(table: Table) -> Made:
    """Return the transform that looks up a word."""
    entries, folded, refuse, value = table.entries, table.folded, table.refuse, table.value

    def apply(word: Any) -> Any:
        form = _form(_word(word), folded=folded)
        if form in entries:
            if isinstance(found := entries[form], RefusedWord):
                raise InvalidField(found.code or UNKNOWN, found.reason)
            return found
        if refuse is not None:
            raise InvalidField(refuse or UNKNOWN)
        return value

    return Made(apply=apply, size=lambda word: FOLD * len(word) if isinstance(word, str) else 0)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else text_of(value)


def _form(word: str, *, folded: bool) -> str:
    return fold(word) if folded else plain(word)
