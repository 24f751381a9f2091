"""Column types for the values of the core.

Times are RFC 3339 texts in UTC of one width (`gateway.runtime.clock.timestamp`). Both databases sort them right under
every collation, and they keep microseconds. A third party reads them without this program, and the same texts stand in
the evidence. (SQLite has no type for times; its own functions read this form.)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy import BigInteger, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from gateway.runtime.clock import parse_timestamp, timestamp

Code = TypeVar("Code", bound=StrEnum)

Position = BigInteger().with_variant(Integer, "sqlite")
"""Number that the database increments. SQLite does so only for a primary key of exactly the type INTEGER."""


Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that sorts by its octets, as SQLite's do, so both databases page alike. No index of PostgreSQL depends on the
collations of the machine's C library, which change with the library."""


class Moment(TypeDecorator[datetime]):
    """An aware datetime. A naive one is a mistake and raises ``ValueError``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return _moment_text(value)

    # Otherwise SQLAlchemy calls two functions of its own for each value.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:  # noqa: ARG002
        return _moment_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        return _moment


def _moment_text(value: datetime | None) -> str | None:
    if value is not None and value.tzinfo is None:
        raise ValueError("a time without an offset")
    return None if value is None else timestamp(value)


def _moment(value: str | None) -> datetime | None:
    return None if value is None else parse_timestamp(value)


class Day(TypeDecorator[date]):
    """A date, as 2026-02-03."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:  # noqa: ARG002
        return None if value is None else date.fromisoformat(value)


class Coded(TypeDecorator[Code], Generic[Code]):
    """Member of a ``StrEnum``, stored as its value. Reading a value that is no member raises ``ValueError``."""

    impl = Text
    cache_ok = True

    def __init__(self, codes: type[Code]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: Code | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return _value(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Code | None], str | None]:  # noqa: ARG002
        return _value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Code | None]:  # noqa: ARG002
        codes, members = self.codes, {code.value: code for code in self.codes}

        def member(value: Any) -> Code | None:
            # A value without a member is looked up by the class, which raises the error.
            return None if value is None else members.get(value) or codes(value)

        return member


def _value(code: StrEnum | None) -> str | None:
    return None if code is None else code._value_
