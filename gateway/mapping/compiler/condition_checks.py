"""Checks of conditions against the type of their column: a test that no value can pass is a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from gateway.mapping.compiler import contents
from gateway.mapping.model.values import Type
from gateway.mapping.program.conditions import comparable
from gateway.mapping.program.plan import Asked, Test
from gateway.notice.text import fold
from gateway.runtime.bilingual import Words

_NUMBER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)


def unfit(asked: Asked, type_: Type) -> Iterator[Words]:
    """Yield a reason for each constant of a condition that no value of a source of this type equals."""
    match asked.test:
        case Test.IS | Test.IS_NOT:
            constants = [asked.value]
        case Test.ONE_OF | Test.NONE_OF:
            constants = asked.value
        case Test.PRESENT | Test.TRUE:
            return
    if type_ is Type.LIST:
        yield contents.LIST_TESTED
    elif type_ is Type.OCTETS:
        yield contents.OCTETS_TESTED
    else:
        yield from [reason for each in constants if (reason := _misfit(each, type_)) is not None]


def _misfit(constant: Any, type_: Type) -> Words | None:
    form, value = comparable(constant) or "", str(constant)
    match type_:
        case Type.BOOLEAN:
            return None if form in ("true", "false") else contents.NO_BOOLEAN.filled(value=value)
        case Type.INTEGER | Type.DECIMAL:
            found = contents.NO_NUMBER.filled(value=value, type=contents.TYPES[type_])
            return None if _NUMBER.fullmatch(form) else found
        case Type.DATE:
            return None if _is_iso(form, date) else contents.NO_DATE.filled(value=value)
        case Type.TIME:
            return None if _is_iso(form, datetime) else contents.NO_TIME.filled(value=value)
        case _:
            return None


def _is_iso(form: str, type_: type[date]) -> bool:
    """Return True if ``form`` is the one in which a day or time is compared."""
    try:
        return fold(type_.fromisoformat(form.upper()).isoformat()) == form
    except ValueError:
        return False
