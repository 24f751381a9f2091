"""How a value of the core stands in a column.

Times are RFC 3339 texts in UTC of one width (`gateway.runtime.clock.timestamp`): both databases sort them right under
every collation, they keep microseconds, a stranger reads them without this program, and they are the texts that stand
in the evidence. (SQLite has no type for times; its own functions read this form.)
"""

from __future__ import annotations

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
"""A number that the database counts up. SQLite does so for a primary key of the very type INTEGER only."""


Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""A text that sorts by its octets, as SQLite's do: both databases page alike, and no index of PostgreSQL depends on the
collations of the machine's C library, which change with it."""


class Moment(TypeDecorator[datetime]):
    """An aware datetime. A naive one is a mistake and raises ``ValueError``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without an offset")
        return None if value is None else timestamp(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
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
    """A member of a ``StrEnum``, by its value. A value that it does not have raises ``ValueError`` when read."""

    impl = Text
    cache_ok = True

    def __init__(self, codes: type[Code]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: Code | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.value

    def process_result_value(self, value: Any, dialect: Dialect) -> Code | None:  # noqa: ARG002
        return None if value is None else self.codes(value)
