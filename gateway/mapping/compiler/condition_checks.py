"""Checks of conditions against the type of their column: a test that no value can pass is a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from gateway.mapping.model.values import Type
from gateway.mapping.program.conditions import comparable
from gateway.mapping.program.plan import Asked, Test
from gateway.notice.text import fold

_NUMBER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)


def unfit(asked: Asked, type_: Type) -> Iterator[str]:
    """Yield a reason for each constant of a condition that no value of a source of this type equals."""
    match asked.test:
        case Test.IS | Test.IS_NOT:
            constants = [asked.value]
        case Test.ONE_OF | Test.NONE_OF:
            constants = asked.value
        case Test.PRESENT | Test.TRUE:
            return
    if type_ is Type.LIST:
        yield "a list equals nothing; ask an expression, as contains(papers[*].kind, 'send')"
    elif type_ is Type.OCTETS:
        yield "octets equal nothing; ask present"
    else:
        yield from [reason for each in constants if (reason := _misfit(each, type_)) is not None]


def _misfit(constant: Any, type_: Type) -> str | None:
    form = comparable(constant) or ""
    match type_:
        case Type.BOOLEAN:
            return None if form in ("true", "false") else f"{constant} is no boolean; write true or false"
        case Type.INTEGER | Type.DECIMAL:
            return None if _NUMBER.fullmatch(form) else f"{constant} is no {type_}, as 12"
        case Type.DATE:
            return None if _is_iso(form, date) else f"{constant} is no date, as 2026-02-03"
        case Type.TIME:
            return None if _is_iso(form, datetime) else f"{constant} is no time, as 2026-02-03T12:00:00"
        case _:
            return None


def _is_iso(form: str, type_: type[date]) -> bool:
    """Return True if ``form`` is the one in which a day or time is compared."""
    try:
        return fold(type_.fromisoformat(form.upper()).isoformat()) == form
    except ValueError:
        return False
