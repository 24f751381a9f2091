"""Port to a municipal case database: read rows, write back results and refusals.

A row is listed by its mark (key and version) and read by its key. Versions are texts that sort in the source's order of
changes.
A row may appear behind rows that were listed earlier, since transactions commit in another order than they take numbers
or times. So a listing starts some way back (`CaseSource.before`) and asks for unseen marks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Protocol

from gateway.runtime.errors import GatewayError

Value = str | int | float | bytes | date | datetime | None
Rows = tuple[Mapping[str, Value], ...]
"""Rows of another table that belong to a row, in order."""

ATTACHMENTS = "attachments"
"""Field of the list in which pushed and dropped rows have their attachments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDefect:
    """Part of a row that could not be read: the error's code, the column's name for mappings, and its title."""

    code: str
    field: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """Row as it stands in the source, not checked yet.

    ``key`` names the row for ever. ``version`` names its current content; a corrected row has another. With ``defects``
    the row is refused.
    """

    source: str
    key: str
    version: str
    fields: Mapping[str, Value | Rows] = field(repr=False)
    defects: tuple[RowDefect, ...] = ()

    @property
    def size(self) -> int:
        """Return the size of its documents in octets."""
        return size_of(self.fields)


def size_of(fields: Mapping[str, Value | Rows]) -> int:
    """Return the size of the documents in a row's fields in octets."""
    size = 0
    for value in fields.values():
        if isinstance(value, bytes):
            size += len(value)
        elif isinstance(value, tuple):
            size += sum(map(size_of, value))
    return size


MAX_KEY = 500
"""Maximum length of a row's key in characters."""

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def is_key(text: str) -> bool:
    """Return True if a text can be a row's key for ever: every store can keep and index it."""
    return 0 < len(text) <= MAX_KEY and not _NO_TEXT.search(text)


_NAMED = 10
"""Most keys that a message names."""


def named_keys(keys: Collection[str]) -> str:
    """Return keys of rows for a message, the first ones of many."""
    more = f", and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(islice(keys, _NAMED)) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMark:
    """Mark of a row: its key, and the version of its content."""

    source: str
    key: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Position in the order (version, key): before every row of ``version``, or behind the one with ``key``."""

    version: str
    key: str | None = None


REFUSED = "REFUSED"
"""State that is written to a row without a notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Values of a source's own mapping for a row: one for each column or field, None to empty it.

    ``reference`` and ``seq`` are those of the row's notice, if there is one.
    """

    values: Mapping[str, Value]
    reference: str | None
    seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Refusal of a row. ``reason`` is Persian, for the clerk; ``field`` is the source's column.

    ``case_number`` and ``body`` (the code of the issuing body) are the row's, if they were readable.
    """

    source: str
    row_key: str
    row_version: str
    code: str
    field: str
    reason: str
    refused_at: datetime
    own: Own | None = None
    case_number: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDeadline:
    """Deadline that service began, as it follows at the time of writing.

    ``last_day`` is Jalali (1404-11-25), for a recipient in Iran. All three are None unless confirmed rules and a
    confirmed calendar give it; ``rule`` and ``calendar`` name their versions.
    """

    last_day: str | None = None
    rule: str | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Current state of a notice for the case database; times in UTC, ``service_date`` Jalali (1404-11-14).

    ``deadline`` is None before service, and if the source's own mapping does not ask for it.
    ``over`` is a later step of its notice that the row shows by mistake (None: it shows none).
    """

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
    legal_service_at: datetime | None = None
    deadline: RowDeadline | None = None
    own: Own | None = None
    over: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Values that a row shows of its notice or refusal; None if it shows none.

    ``values`` are tracking number, dates and the day of service by the names of `COMPARED`, as far as the row has
    columns for them.
    """

    reference: str | None
    state: str | None
    seq: int | None
    code: str | None
    values: Mapping[str, object] = field(default_factory=dict)


COMPARED = ("tracking_number", "delivered_at", "viewed_at", "service_date")
"""Fields of a `Result` that a reconciliation compares with the row."""


class RowsUnreadable(GatewayError):
    """Some rows cannot be read now; every other one was. ``keys`` are theirs.

    The code is ``source.row-unreadable``, or `KEY_TWICE` if all of them have a key that another row has, too.
    """

    literal_name = "RowsUnreadable"

    def __init__(self, source: str, keys: Collection[str], detail: str, code: str = "source.row-unreadable") -> None:
        super().__init__(code, where=source, detail=detail)
        self.keys = keys


KEY_TWICE = "source.key-twice"
"""Code of rows with one key: which of them a notice and a result belong to, nobody could tell."""


class CaseSource(Protocol):
    """Port to a case database. Every method may raise `gateway.runtime.errors.GatewayError` ``source.*``."""

    @property
    def name(self) -> str: ...

    @property
    def is_brought(self) -> bool:
        """True if others bring the rows and the store alone keeps them: a restored one lists none that it forgot."""
        ...

    def marks(self, position: Position | None, limit: int) -> Sequence[RowMark]:
        """Return up to ``limit`` marks from ``position`` on (None: from the beginning), by version and key.

        An empty result means the end. Rows with an unusable key or version are left out.
        """
        ...

    def before(self, version: str, distance: int) -> str | None:
        """Return the version ``distance`` change numbers or seconds before ``version``.

        A time in the future counts as the present. Return None for a version of another type, as after a change from
        numbers to times.
        """
        ...

    def rows(self, keys: Sequence[str], columns: Sequence[str] | None = None) -> Iterator[CaseRow]:
        """Yield the current rows of these keys, in no promised order; absent ones are left out.

        ``columns`` replace the source's usual ones; the rows may have others, too. At most a few documents are in
        memory, and no transaction is open between two rows.
        Raises `RowsUnreadable` after the last row, if a row cannot be read and others can. Of several rows with one
        key none is read.
        """
        ...

    def shown(self, keys: Sequence[str]) -> Mapping[str, Shown | None]:
        """Return the written-back values that these rows show now, by key; absent rows are left out.

        A value is None if it cannot be read, as when results are written by statements.
        """
        ...

    def unlisted(self) -> int:
        """Return the number of rows that are not collected.

        These have no key or version, or were listed since the last call with an unusable one.
        """
        ...

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        """Write results into their rows, all or none; return the keys of absent rows.

        A result replaces an older one of its notice, the step that it goes ``over``, and any of the notice that it
        ``replaces``; it also stands in a row that shows no notice. Writing an older one after a newer one changes
        nothing. Its ``own`` values stand beside those that the gateway reads back.
        Raises ``source.row-refused`` if the database does not allow the change of a row, or ignores it, and
        ``source.row-locked`` if another program holds a row locked.
        """
        ...

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Write refusals into their rows, all or none, unless a row has been corrected meanwhile.

        Raises as `write_results`. ``own`` values never replace those of another notice, or of a later step.
        """
        ...
