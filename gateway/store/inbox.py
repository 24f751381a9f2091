"""Inbox of pushed rows, and the row status that is recorded for each sender.

A row is durable before its sender receives the acknowledgement. Its key and the sender's own version identify it. The
version is a whole number that grows. The same row sent again changes nothing. An older version is refused; a newer one
replaces the row.

Both directions are numbered here, without gaps and in the order of commits. A row's *arrival* is the version that the
collect pass reads. The *change* of a row status is the cursor of a client that asks for results.
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
from typing import Any, Final, Protocol

from gateway.notice.notice import sha256
from gateway.notice.source_row import REFUSED, CaseRow, Own, Refusal, Result, RowMark, Rows, Value, is_key
from gateway.record.evidence_record import EvidenceRecord
from gateway.runtime.clock import timestamp
from gateway.store.payload import Payload

MAX_VERSION = 10**18 - 1
MAX_FIELDS = 200
MAX_NAME = 100
MAX_TEXT = 20_000
"""Limit of a field's text, in characters. A notice holds far less, and the mapper checks that."""

_NAME = re.compile(r"\w[\w .-]*")

Plain = str | int | float | bool | None
"""One value as JSON can express it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRow:
    """One row as its sender pushed it. A document is octets."""

    key: str
    version: int
    fields: Mapping[str, Value | Rows] = field(repr=False)

    @property
    def digest(self) -> str:
        """Digest of the content; equal contents have the same digest."""
        plain = {k: [_digested(r) for r in v] if isinstance(v, tuple) else v for k, v in _digested(self.fields).items()}
        return sha256(json.dumps(plain, sort_keys=True, default=str).encode())


def _digested(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [sha256(value)] if isinstance(value, bytes) else value for name, value in fields.items()}


class Taking(StrEnum):
    """Outcome of one pushed row."""

    STORED = "stored"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult:
    """Immediate answer to the sender about one row. ``code`` is the reason of a refusal."""

    key: str
    version: int
    taking: Taking
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStatus:
    """Status of a row for its sender, with the fields of `gateway.notice.source_row.Result`.

    ``version`` is the sender's own version of the row's current content. ``change`` is the number of this status.
    ``fields`` are those that the source's own mapping adds, dates and times as texts; None without such a mapping.
    """

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
    """State of a row in the inbox: the sender's ``version`` and the ``digest`` of its content, and its last status."""

    version: int
    arrival: int
    digest: str
    told: RowStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionResult:
    """Intake's decision on a row's current content. ``decided`` is False until intake has processed it."""

    arrival: int
    version: int
    decided: bool
    reference: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Signed message that carried rows; it is processed once.

    ``attempt`` is a random word of this one call. A repeated transaction recognizes its own record by it.
    """

    replay_key: str
    message_id: str
    received_at: datetime
    attempt: str


Recorded = tuple[EvidenceRecord, Payload]
NO_RECORDS: Final[Mapping[str, Recorded]] = {}


class Inbox(Protocol):
    """Store of pushed rows, by source. Every method may raise `gateway.runtime.errors.GatewayError` of area
    ``store``."""

    def push(
        self,
        source: str,
        rows: Sequence[PushedRow],
        *,
        origin: str,
        now: datetime,
        envelope: Envelope | None = None,
        records: Mapping[str, Recorded] = NO_RECORDS,
    ) -> list[PushResult]:
        """Store rows; return the result of each, in their order. After the return they survive a power cut.

        ``origin`` names their carrier (a file, a message). ``records`` are by row: that of a stored row is written with
        it, or neither. Raises `gateway.trust.trust_policy.Rejection`
        ``verify.replay`` if the ``envelope`` was processed before; then nothing is written.
        """
        ...

    def open_once(self, source: str, envelope: Envelope) -> None:
        """Record a message that carries no rows. Raises as `push`."""
        ...

    def knows(self, replay_key: str) -> bool: ...

    def marks(self, source: str, since: int, limit: int) -> list[RowMark]:
        """Return up to ``limit`` marks from arrival ``since`` on, in order."""
        ...

    def rows(self, source: str, keys: Sequence[str]) -> Iterator[CaseRow]:
        """Yield current rows with their documents, one at a time."""
        ...

    def standings(self, source: str, keys: Sequence[str]) -> dict[str, PushedRowState]: ...

    def tell(
        self, source: str, keys: Sequence[str], words: Callable[[Mapping[str, PushedRowState]], Sequence[RowStatus]]
    ) -> Sequence[str]:
        """Record the row statuses that ``words`` returns, all or none, each with the next change number.

        Return the keys that the inbox does not hold. ``words`` may be called more than once.
        """
        ...

    def told(self, source: str, after: int, limit: int) -> list[RowStatus]:
        """Return the row statuses after change ``after``, in order: only the current one of each row."""
        ...

    def verdicts(self, source: str, keys: Sequence[str]) -> dict[str, AdmissionResult]: ...

    def published(self, source: str) -> int:
        """Return the last change whose results were published as files."""
        ...

    def note_published(self, source: str, change: int) -> None: ...


def version_of(arrival: int) -> str:
    """Return an arrival as a version of `gateway.notice.source_row`."""
    return f"{arrival:020d}"


def defect(row: PushedRow) -> str | None:
    """Return the code of the defect that keeps a row out of the inbox, or None. The mapper checks the content."""
    if not is_key(row.key):
        return "push.key"
    if not 0 <= row.version <= MAX_VERSION:
        return "push.version"
    good = len(row.fields) <= MAX_FIELDS and all(_is_field(name, value) for name, value in row.fields.items())
    return None if good else "push.field"


def _is_field(name: str, value: Value | Rows) -> bool:
    if isinstance(value, tuple):
        return len(value) <= MAX_FIELDS and all(_is_field(name, each) for row in value for name, each in row.items())
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
    """Return the result of pushing a row without `defect`; ``present`` is the stored row of its key."""
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
    """Return a function that computes row statuses from results.

    It reports no older step after a newer one, and no step of a replaced notice.
    """

    def words(standings: Mapping[str, PushedRowState]) -> Sequence[RowStatus]:
        return _differing(standings, [(r.row_key, partial(_after_result, result=r, now=now)) for r in results])

    return words


def told_refusals(refusals: Sequence[Refusal]) -> Callable[[Mapping[str, PushedRowState]], Sequence[RowStatus]]:
    """Return a function that computes row statuses from refusals of rows that still have the refused version."""

    def words(standings: Mapping[str, PushedRowState]) -> Sequence[RowStatus]:
        return _differing(standings, [(r.row_key, partial(_after_refusal, refusal=r)) for r in refusals])

    return words


_NOT_PUBLISHED = ("row_key", "replaces", "over", "own", "legal_service_at", "deadline")
_OF_RESULT = tuple(f.name for f in fields(Result) if f.name not in _NOT_PUBLISHED)
"""Fields of a result that the published contracts for pushed rows have."""

_Step = tuple[str, Callable[[PushedRowState], RowStatus]]


def _differing(standings: Mapping[str, PushedRowState], steps: Sequence[_Step]) -> list[RowStatus]:
    """Apply steps one after another; return the final status of each row whose status has changed."""
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
        newer = told.reference == result.reference and (told.seq <= result.seq or told.seq == result.over)
        # A result that replaces the recorded notice belongs to a new one, whose step numbers begin again.
        if not newer and (told.reference is None or told.reference != result.replaces):
            return told
    values = {name: getattr(result, name) for name in _OF_RESULT}
    change = told.change if told is not None else 0
    return RowStatus(
        key=key, version=standing.version, change=change, updated_at=now, fields=_plain(result.own), **values
    )


def _after_refusal(standing: PushedRowState, refusal: Refusal) -> RowStatus:
    """Return the row status after a refusal.

    The state becomes `REFUSED` only if no notice was made of the row earlier. An earlier notice is under way or served,
    and a later version of its row does not change that.
    """
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
    """Return True if the mapped refusal matches the row's recorded notice and no earlier step, or if there is none."""
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
