"""Parser of conditions: ``when = { from = "status", is = "final" }``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.draft import Draft
from gateway.mapping.compiler.source_parser import source_of
from gateway.mapping.compiler.targets import BadTarget, parse_target
from gateway.mapping.model.kind import Kind
from gateway.mapping.program.conditions import comparable
from gateway.mapping.program.plan import Asked, Combined, Condition, Test
from gateway.runtime.bilingual import Words
from gateway.runtime.toml_file import Key

MAX_CONDITIONS = 50
_MAX_NESTING = 5

_TESTS = tuple(test for test in Test if test is not Test.TRUE)
_KEYS = ("from", "expression", "target", *(test.value for test in _TESTS))
_WANTED = {
    Test.IS: contents.CONSTANT,
    Test.IS_NOT: contents.CONSTANT,
    Test.ONE_OF: contents.CONSTANTS,
    Test.NONE_OF: contents.CONSTANTS,
    Test.PRESENT: contents.WANTED.filled(what=contents.TOML_TYPES[bool]),
}


def condition_of(draft: Draft, entry: Mapping[str, Any], key: Key, kind: Kind) -> Condition | None:
    """Parse an entry's condition; return None if it has none."""
    table = draft.get(entry, key, "when", dict)
    return None if table is None else _condition(draft, table, (*key, "when"), kind, 0)


def _condition(draft: Draft, table: Mapping[str, Any], key: Key, kind: Kind, depth: int) -> Condition | None:
    combined = [name for name in ("all", "any") if name in table]
    if combined:
        return _combined(draft, table, key, kind, combined, depth)
    draft.known(table, key, _KEYS)
    asked = [name for name in ("from", "expression", "target") if name in table]
    tests = [test for test in _TESTS if test.value in table]
    if len(asked) != 1 or len(tests) > 1 or (not tests and asked != ["expression"]):
        keys = Words(en=" ".join(table), fa="، ".join(table)) if table else contents.NO_KEYS
        draft.mistake("mapping.condition", key, contents.ONE_TEST.filled(keys=keys))
        return None
    test = tests[0] if tests else Test.TRUE
    value = table.get(test.value)
    if not _suits(test, value):
        draft.mistake("mapping.condition", (*key, test.value), _WANTED[test])
        return None
    if asked == ["target"]:
        target = draft.get(table, key, "target", str)
        names = _target(target, kind) if target else ()
        return Asked(key=key, source=None, target=names, test=test, value=value) if names else None
    source = source_of(draft, table, key)
    return Asked(key=key, source=source, target=(), test=test, value=value) if source else None


def _target(text: str, kind: Kind) -> tuple[str, ...]:
    try:
        return parse_target(text, quoted=kind.writes_columns)
    except BadTarget:
        return tuple(text.split("."))  # which no field makes


def _combined(
    draft: Draft, table: Mapping[str, Any], key: Key, kind: Kind, names: list[str], depth: int
) -> Condition | None:
    name = names[0]
    parts = draft.tables(table, key, name)
    if len(table) != 1 or not 0 < len(parts) <= MAX_CONDITIONS or depth >= _MAX_NESTING:
        draft.mistake("mapping.condition", key, contents.ALONE.filled(name=name, most=MAX_CONDITIONS))
        return None
    found = [_condition(draft, part, place, kind, depth + 1) for place, part in parts]
    good = tuple(part for part in found if part is not None)
    return Combined(key=key, every=name == "all", parts=good) if len(good) == len(parts) else None


def _suits(test: Test, value: Any) -> bool:
    match test:
        case Test.ONE_OF | Test.NONE_OF:
            return isinstance(value, list) and bool(value) and all(map(_is_constant, value))
        case Test.PRESENT:
            return isinstance(value, bool)
        case Test.IS | Test.IS_NOT:
            return _is_constant(value)
        case Test.TRUE:
            return True


def _is_constant(value: Any) -> bool:
    """Return True for a constant that a value of a source can equal."""
    return isinstance(value, str | int) and comparable(value) is not None
