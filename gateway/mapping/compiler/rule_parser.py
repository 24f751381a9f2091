"""Parser of a file's entries into plans. `checks` compares them with source and target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.condition_parser import condition_of
from gateway.mapping.compiler.draft import Draft
from gateway.mapping.compiler.source_parser import SOURCE_KEYS, source_of
from gateway.mapping.compiler.step_parser import steps_of
from gateway.mapping.compiler.targets import BadTarget, parse_target
from gateway.mapping.model.kind import Kind
from gateway.mapping.program.plan import FieldPlan, Member, RepeatPlan, Table
from gateway.runtime.toml_file import Key

MAX_FIELDS = 500
MAX_NESTING = 5

_FIELD_KEYS = ("target", *SOURCE_KEYS, "do", "default", "required", "refuse", "when", "title")
_REPEAT_KEYS = ("target", "from", "expression", "when", "required", "append", "field", "repeat")


def members_of(
    draft: Draft, entry: Mapping[str, Any], key: Key, kind: Kind, tables: Mapping[str, Table], depth: int = 0
) -> tuple[Member, ...]:
    """Parse the fields and repeats of the file, or of one repeat, in the order of their kind."""
    fields = draft.tables(entry, key, "field")
    repeats = draft.tables(entry, key, "repeat")
    if len(fields) + len(repeats) > MAX_FIELDS or (repeats and depth >= MAX_NESTING):
        found_many = contents.TOO_MANY_ENTRIES.filled(entries=MAX_FIELDS, repeats=MAX_NESTING)
        draft.mistake("mapping.too-large", (*key, "field"), found_many)
        return ()
    if not fields and not repeats:
        draft.mistake("mapping.no-fields", key)
    found: list[Member | None] = [_field(draft, place, table, kind, tables) for place, table in fields]
    found += [_repeat(draft, place, table, kind, tables, depth) for place, table in repeats]
    return tuple(member for member in found if member is not None)


def _field(
    draft: Draft, key: Key, entry: Mapping[str, Any], kind: Kind, tables: Mapping[str, Table]
) -> FieldPlan | None:
    before = len(draft.mistakes)
    draft.known(entry, key, _FIELD_KEYS)
    target, source = _target(draft, entry, key, kind), source_of(draft, entry, key, several=True)
    steps = steps_of(draft, entry, key, tables)
    required, default = _required(draft, entry, key, kind), entry.get("default")
    if required is not None and default is not None:
        draft.mistake("mapping.default-and-required", (*key, "default"))
    plan_of_when = condition_of(draft, entry, key, kind)
    refuse = draft.code(entry, key, "refuse", kind)
    title = draft.line(entry, key, "title")
    if target is None or source is None or len(draft.mistakes) > before:
        return None
    return FieldPlan(
        key=key,
        target=target,
        source=source,
        steps=steps,
        default=default,
        required=required,
        refuse=refuse,
        when=plan_of_when,
        title=title,
    )


def _repeat(
    draft: Draft, key: Key, entry: Mapping[str, Any], kind: Kind, tables: Mapping[str, Table], depth: int
) -> RepeatPlan | None:
    draft.known(entry, key, _REPEAT_KEYS)
    target = _target(draft, entry, key, kind)
    reads = any(name in entry for name in SOURCE_KEYS)
    source = source_of(draft, entry, key) if reads else None
    plan_of_when, required = condition_of(draft, entry, key, kind), _required(draft, entry, key, kind)
    members = members_of(draft, entry, key, kind, tables, depth + 1)
    append = bool(draft.get(entry, key, "append", bool))
    if target is None or (reads and source is None):
        return None
    return RepeatPlan(
        key=key,
        target=target,
        source=source,
        when=plan_of_when,
        required=required,
        members=members,
        append=append,
    )


def _target(draft: Draft, entry: Mapping[str, Any], key: Key, kind: Kind) -> tuple[str, ...] | None:
    text = draft.get(entry, key, "target", str)
    if text is None:
        if "target" not in entry:
            draft.mistake("mapping.target-missing", key)
        return None
    try:
        return parse_target(text, quoted=kind.writes_columns)
    except BadTarget:
        draft.mistake("mapping.target-path", (*key, "target"), named=text)
        return None


def _required(draft: Draft, entry: Mapping[str, Any], key: Key, kind: Kind) -> str | None:
    """Return the code of a missing value; empty for the target's own (``required = true``); None if it is optional."""
    value = entry.get("required")
    if isinstance(value, bool):
        return "" if value else None
    return draft.code(entry, key, "required", kind)
