"""The port to a municipal case database: rows come in, results and refusals go back.

A row is listed by its mark (key and version) and read by its key. Versions are texts that sort as the source orders
its changes. A row may appear behind rows that were listed earlier, since transactions commit in another order than
they take their numbers or times; so whoever lists goes back some way (`CaseSource.before`) and asks what is new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

Value = str | int | float | bytes | date | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One row as it stands in the source: nothing is promised yet.

    ``key`` names the row for ever; ``version`` names this content of it (a corrected row comes again with another).
    """

    source: str
    key: str
    version: str
    fields: Mapping[str, Value] = field(repr=False)

    @property
    def size(self) -> int:
        """The octets of its documents."""
        return sum(len(value) for value in self.fields.values() if isinstance(value, bytes))


MAX_KEY = 500
"""Characters in a row's key."""

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def is_key(text: str) -> bool:
    """Return whether a text can name a row for ever: every store can keep and index it."""
    return 0 < len(text) <= MAX_KEY and not _NO_TEXT.search(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMark:
    """A row by its key, and the content that it has by its version."""

    source: str
    key: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in the order (version, key): before every row of ``version``, or behind the one with ``key``."""

    version: str
    key: str | None = None


REFUSED = "REFUSED"
"""What is told as the state of a row of which no notice was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What a source's own mapping makes of what a row shall show: a value for each of its columns or fields, None where
    it shall be empty. ``reference`` and ``seq`` are those of the notice that the row stands for, where there is one."""

    values: Mapping[str, Value]
    reference: str | None
    seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that cannot become a notice. ``reason`` is Persian, for the clerk; ``field`` is the source's column;
    ``case_number`` is the row's, where it could be read."""

    source: str
    row_key: str
    row_version: str
    code: str
    field: str
    reason: str
    refused_at: datetime
    own: Own | None = None
    case_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A notice's present, as the case database shall show it; times in UTC, ``service_date`` Jalali (1404-11-14)."""

    row_key: str
    reference: str
    replaces: str | None
    state: str
    seq: int
    tracking_number: str | None
    delivered_at: datetime | None
    viewed_at: datetime | None
    service_date: str | None
    effect: str | None
    code: str | None
    reason: str | None
    own: Own | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Values that a row shows of its notice, or of its refusal: None where it shows nothing. ``values`` are tracking
    number, dates and the day of service by the names of `COMPARED`, as far as the row has columns for them."""

    reference: str | None
    state: str | None
    seq: int | None
    code: str | None
    values: Mapping[str, object] = field(default_factory=dict)


COMPARED = ("tracking_number", "delivered_at", "viewed_at", "service_date")
"""Fields of a `Result` that a reconciliation compares with what a row shows."""


class CaseSource(Protocol):
    """A case database. Every method may raise `gateway.runtime.errors.GatewayError` with a code ``source.*``."""

    @property
    def name(self) -> str: ...

    def marks(self, position: Position | None, limit: int) -> Sequence[RowMark]:
        """Return up to ``limit`` marks from ``position`` on (None: from the beginning), by version and key.

        None is returned only at the end. Rows whose key or version cannot be used are left out.
        """
        ...

    def before(self, version: str, distance: int) -> str | None:
        """Return the version that lies ``distance`` change numbers or seconds before ``version``, or before the present
        where ``version`` is a time that has not come yet; None where it is no version of this source, as after its
        numbers became times."""
        ...

    def rows(self, keys: Sequence[str], columns: Sequence[str] | None = None) -> Iterator[CaseRow]:
        """Yield the rows of these keys as they stand now, in no promised order; those that are gone are left out.
        ``columns`` are those that are wanted, where not the source's usual ones; there may be others beside them.

        No more than a few documents stand in memory, and no transaction is open between two rows.
        """
        ...

    def shown(self, keys: Sequence[str]) -> Mapping[str, Shown | None]:
        """Return what the rows of these keys show now of what was written back, by key; those that are gone are left
        out. None where it cannot be read, as where results are written by statements."""
        ...

    def unlisted(self) -> int:
        """How many rows have no key or no version, or, since this was last asked, were listed with one that cannot be
        used. None of them is collected."""
        ...

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        """Write results into their rows, all or none; return the keys of rows that are not there. Raises
        ``source.row-refused`` where the database does not let one of them be changed.

        A result replaces an older one of its notice, and any of the notice that it ``replaces``; writing an older one
        after a newer one changes nothing. What is its ``own`` stands beside what the gateway itself reads back.
        """
        ...

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Write refusals into their rows, all or none, unless a row has been corrected meanwhile. Raises as
        `write_results`. What is their ``own`` takes the place of nothing that a row shows of another notice, or of a
        later step."""
        ...
