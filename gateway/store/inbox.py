"""The inbox: rows that are brought to the gateway, and what their senders are told of them.

A row is durable before its sender hears that it was taken. It is named by its key and the sender's own version, a whole
number that grows: the same row sent again changes nothing, an older version is refused, a newer one takes its place.
Both ways are numbered here, without gaps and in the order of commits: rows by their *arrival*, which is the version
that the collect pass sees, and what is told by its *change*, which is the cursor of whoever asks for results.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Protocol

from gateway.notice.notice import sha256
from gateway.notice.source_row import REFUSED, CaseRow, Own, Refusal, Result, RowMark, Value, is_key
from gateway.runtime.clock import timestamp

MAX_VERSION = 10**18 - 1
MAX_FIELDS = 200
MAX_NAME = 100
MAX_TEXT = 20_000
"""Characters of a field's text. What a notice can hold is far less, and the mapper's to judge."""

_NAME = re.compile(r"\w[\w .-]*")

Plain = str | int | float | bool | None
"""What JSON can say of one value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRow:
    """One row as its sender gives it; a document is octets."""

    key: str
    version: int
    fields: Mapping[str, Value] = field(repr=False)

    @property
    def digest(self) -> str:
        """What two equal contents of a row have in common."""
        plain = {k: [sha256(v)] if isinstance(v, bytes) else v for k, v in self.fields.items()}
        return sha256(json.dumps(plain, sort_keys=True, default=str).encode())


class Taking(StrEnum):
    """What became of one row that was pushed."""

    STORED = "stored"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult:
    """What the sender hears of one row at once; ``code`` is why it was refused."""

    key: str
    version: int
    taking: Taking
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStatus:
    """What a sender is told of a row, as in `gateway.notice.source_row.Result`. ``version`` is the sender's own, of the
    row as it stands now; ``change`` the number of this telling. ``fields`` are what the source's own mapping adds, days
    and times as texts; None where it has no mapping."""

    key: str
    version: int
    change: int = 0
    reference: str | None = None
    state: str | None = None
    seq: int | None = None
    code: str | None = None
    reason: str | None = None
    tracking_number: str | None = None
    delivered_at: datetime | None = None
    viewed_at: datetime | None = None
    service_date: str | None = None
    effect: str | None = None
    updated_at: datetime | None = None
    fields: Mapping[str, Plain] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRowState:
    """A row as the inbox has it: its content by the sender's ``version`` and by ``digest``, and what was told."""

    version: int
    arrival: int
    digest: str
    told: RowStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionResult:
    """What the intake made of a row's present content. ``decided`` is whether it has looked at it yet."""

    arrival: int
    version: int
    decided: bool
    reference: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The signed message that brought rows: acted on once. ``attempt`` is a random word of this one call, by which a
    transaction that is repeated knows its own record."""

    replay_key: str
    message_id: str
    received_at: datetime
    attempt: str


class Inbox(Protocol):
    """Rows that were pushed, by source. Every method may raise `gateway.runtime.errors.GatewayError` of area
    ``store``."""

    def push(
        self, source: str, rows: Sequence[PushedRow], *, origin: str, now: datetime, envelope: Envelope | None = None
    ) -> list[PushResult]:
        """Keep rows; return what became of each, in their order. When this returns they survive a power cut.

        ``origin`` says what brought them (a file, a message). Raises `gateway.trust.trust_policy.Rejection`
        ``verify.replay`` where the ``envelope`` was opened before; then nothing has happened.
        """
        ...

    def open_once(self, source: str, envelope: Envelope) -> None:
        """Record a message that brings no rows. Raises as `push`."""
        ...

    def knows(self, replay_key: str) -> bool: ...

    def marks(self, source: str, since: int, limit: int) -> list[RowMark]:
        """Return up to ``limit`` marks from arrival ``since`` on, in order."""
        ...

    def rows(self, source: str, keys: Sequence[str]) -> Iterator[CaseRow]:
        """Yield rows as they stand, with their documents, one at a time."""
        ...

    def standings(self, source: str, keys: Sequence[str]) -> dict[str, PushedRowState]: ...

    def tell(
        self, source: str, keys: Sequence[str], words: Callable[[Mapping[str, PushedRowState]], Sequence[RowStatus]]
    ) -> Sequence[str]:
        """Write what ``words`` says of these rows, all or none, each as the next change; return the keys that are not
        there. ``words`` may be asked more than once."""
        ...

    def told(self, source: str, after: int, limit: int) -> list[RowStatus]:
        """Return what was told behind change ``after``, in order: of each row its present only."""
        ...

    def verdicts(self, source: str, keys: Sequence[str]) -> dict[str, AdmissionResult]: ...

    def published(self, source: str) -> int:
        """Up to which change results were handed out as files."""
        ...

    def note_published(self, source: str, change: int) -> None: ...


def version_of(arrival: int) -> str:
    """Return an arrival as a version of `gateway.notice.source_row`."""
    return f"{arrival:020d}"


def defect(row: PushedRow) -> str | None:
    """Return the code of what keeps a row from being kept at all; its content is the mapper's to judge."""
    if not is_key(row.key):
        return "push.key"
    if not 0 <= row.version <= MAX_VERSION:
        return "push.version"
    good = len(row.fields) <= MAX_FIELDS and all(_is_field(name, value) for name, value in row.fields.items())
    return None if good else "push.field"


def _is_field(name: str, value: Value) -> bool:
    if len(name) > MAX_NAME or not _NAME.fullmatch(name) or isinstance(value, bool):
        return False
    match value:
        case str():
            return len(value) <= MAX_TEXT
        case int():
            return abs(value) <= MAX_VERSION
        case float():
            return math.isfinite(value)
        case bytes() | date() | None:
            return True
        case _:
            return False


def judged(row: PushedRow, present: PushedRowState | None) -> PushResult:
    """Return what becomes of a row that is without `defect`, beside what stands there of its key."""
    taking, code = Taking.STORED, None
    if present is not None and row.version == present.version:
        same = row.digest == present.digest
        taking, code = (Taking.REPEATED, None) if same else (Taking.REFUSED, "push.version-reused")
    elif present is not None and row.version < present.version:
        taking, code = Taking.REFUSED, "push.version-older"
    return PushResult(key=row.key, version=row.version, taking=taking, code=code)


def told_results(
    results: Sequence[Result], now: datetime
) -> Callable[[Mapping[str, PushedRowState]], Sequence[RowStatus]]:
    """Return what says results of their rows: no older step after a newer one, none of a notice that was replaced."""

    def words(standings: Mapping[str, PushedRowState]) -> Sequence[RowStatus]:
        return _differing(standings, [(r.row_key, partial(_after_result, result=r, now=now)) for r in results])

    return words


def told_refusals(refusals: Sequence[Refusal]) -> Callable[[Mapping[str, PushedRowState]], Sequence[RowStatus]]:
    """Return what says refusals of rows that still have the version that was refused."""

    def words(standings: Mapping[str, PushedRowState]) -> Sequence[RowStatus]:
        return _differing(standings, [(r.row_key, partial(_after_refusal, refusal=r)) for r in refusals])

    return words


_OF_RESULT = tuple(f.name for f in fields(Result) if f.name not in ("row_key", "replaces", "own"))

_Step = tuple[str, Callable[[PushedRowState], RowStatus]]


def _differing(standings: Mapping[str, PushedRowState], steps: Sequence[_Step]) -> list[RowStatus]:
    """Take steps one after another; return what is told of each row in the end, where it is anything new."""
    present = dict(standings)
    for key, step in steps:
        if key in present:
            present[key] = replace(present[key], told=step(present[key]))
    found = [standing.told for key, standing in present.items() if _says_more(standing.told, standings[key].told)]
    return [told for told in found if told is not None]


def _says_more(new: RowStatus | None, old: RowStatus | None) -> bool:
    if new is None or old is None:
        return new is not None
    return replace(new, updated_at=None) != replace(old, updated_at=None)


def _after_result(standing: PushedRowState, result: Result, now: datetime) -> RowStatus:
    told, key = standing.told, result.row_key
    if told is not None and told.seq is not None:
        newer = told.reference == result.reference and told.seq <= result.seq
        # The row stands for a new notice, whose steps are counted anew.
        if not newer and (told.reference is None or told.reference != result.replaces):
            return told
    values = {name: getattr(result, name) for name in _OF_RESULT}
    change = told.change if told is not None else 0
    return RowStatus(
        key=key, version=standing.version, change=change, updated_at=now, fields=_plain(result.own), **values
    )


def _after_refusal(standing: PushedRowState, refusal: Refusal) -> RowStatus:
    """Its state is told where no notice was made of the row earlier: that one is under way or served, and remains so
    whatever happens to a later version of its row."""
    told = standing.told or RowStatus(key=refusal.row_key, version=standing.version)
    if version_of(standing.arrival) != refusal.row_version:
        return told
    return replace(
        told,
        version=standing.version,
        state=told.state if told.seq is not None else REFUSED,
        code=refusal.code,
        reason=refusal.reason,
        updated_at=refusal.refused_at,
        fields=_plain(refusal.own) if _is_of_this(refusal.own, told) else told.fields,
    )


def _is_of_this(own: Own | None, told: RowStatus) -> bool:
    """Whether what a refusal's mapping made is of the notice that is told of, and of no earlier step; or of none."""
    if told.seq is None or own is None:
        return True
    return own.reference == told.reference and own.seq is not None and told.seq <= own.seq


def _plain(own: Own | None) -> dict[str, Plain] | None:
    return None if own is None else {name: _plain_value(value) for name, value in own.values.items()}


def _plain_value(value: Value) -> Plain:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    assert not isinstance(value, bytes), "no mapping of results makes octets"
    return value
