"""Conditions, which decide if a field is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, assert_never

from gateway.mapping.model.budget import FOLD
from gateway.mapping.model.paths import Read
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import is_missing
from gateway.mapping.program.plan import Asked, Combined, Condition, Test
from gateway.mapping.program.reads import compile_source
from gateway.notice.fields import InvalidField
from gateway.notice.text import fold

Holds = Callable[[Scope], bool | None]
"""Function that evaluates a condition; None if it depends on a target that has a problem."""

_LONGEST = 10_000
_LARGEST = 2.0**64


def compile_condition(condition: Condition | None) -> Holds | None:
    """Return a function that evaluates ``condition``."""
    return None if condition is None else _holds(condition)


def _holds(condition: Condition) -> Holds:
    match condition:
        case Asked():
            return _asked(condition)
        case Combined():
            return _combined(condition)
        case _:
            assert_never(condition)


def _combined(condition: Combined) -> Holds:
    parts = [_holds(part) for part in condition.parts]
    every = condition.every

    def holds(scope: Scope) -> bool | None:
        answers = [part(scope) for part in parts]
        if (not every) in answers:
            return not every
        return None if None in answers else every

    return holds


def _asked(condition: Asked) -> Holds:
    answer, paid = _test(condition.test, condition.value), _paying(condition.test)
    path = ".".join(condition.target)
    if condition.source is not None:
        read = compile_source(condition.source)
        return lambda scope: _answered(read, lambda value: answer(paid(value, scope)), scope)

    def holds(scope: Scope) -> bool | None:
        return None if path in scope.failed else answer(paid(scope.found.get(path), scope))

    return holds


def _answered(read: Read, answer: Callable[[Any], bool], scope: Scope) -> bool:
    """Return the answer about a source; False if it cannot be read, as by ``contains`` of a missing text."""
    try:
        return answer(read(scope.root, scope.item, scope.budget))
    except InvalidField:
        return False


def _paying(test: Test) -> Callable[[Any, Scope], Any]:
    """Return a function that deducts the cost of folding a value for a test, and returns the value."""
    folds = test not in (Test.PRESENT, Test.TRUE)

    def paid(value: Any, scope: Scope) -> Any:
        if folds and isinstance(value, str) and len(value) <= _LONGEST:
            scope.budget.spend(FOLD * len(value))
        return value

    return paid


def _test(test: Test, wanted: Any) -> Callable[[Any], bool]:
    match test:
        case Test.PRESENT:
            return lambda value: is_missing(value) is not wanted
        case Test.TRUE:
            return lambda value: bool(value) if isinstance(value, bool) else not is_missing(value)
        case Test.IS | Test.IS_NOT:
            return _equals([wanted], expected=test is Test.IS)
        case Test.ONE_OF | Test.NONE_OF:
            return _equals(wanted, expected=test is Test.ONE_OF)
        case _:
            assert_never(test)


def _equals(wanted: Sequence[Any], *, expected: bool) -> Callable[[Any], bool]:
    forms = frozenset(comparable(each) for each in wanted) - {None}  # a value without a form equals nothing
    return lambda value: (comparable(value) in forms) is expected


def comparable(value: Any) -> str | None:
    """Return a form in which spellings of one word, number, day or time are equal; None for other values.

    A whole number has the same form in every type. That of a day or time is ISO 8601.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str() if len(value) <= _LONGEST:
            return fold(value)
        case int() if value.bit_length() <= 64:
            return str(value)
        case float() if value.is_integer() and abs(value) < _LARGEST:
            return str(int(value))
        case date():
            return fold(value.isoformat())
        case _:
            return None
