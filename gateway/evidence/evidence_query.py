"""Search of evidence records by notice, kind and time; and the records of each day with the proofs over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from gateway.record.evidence_record import EvidenceKind
from gateway.store.stored import EvidenceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceQuery:
    """Question for records: each part that is given must hold. A time counts from ``begins`` to before ``ends``.

    The records of ``notice`` are those about it, and the messages that carried it.
    """

    notice: str | None = None
    kinds: frozenset[EvidenceKind] = frozenset()
    begins: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """Record with its order of arrival (``position``) and its place in the tree; None until it has one."""

    position: int
    index: int | None
    recorded_at: datetime
    row: EvidenceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecords:
    """Page of records, the newest first by their times. ``next`` is the position of the last record that was looked at,
    before which the next page begins; None at the end.

    A page may hold fewer records than asked for, or none, and yet have a next one: one search looks at a bounded number
    of records.
    """

    records: Sequence[FoundRecord]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """First or last record of a day, and the proofs that cover it: times of checkpoints by our clock.

    ``stamped_at`` is the time of the first checkpoint with a time-stamp. ``witnesses`` hold it, by name.
    """

    recorded_at: datetime
    index: int | None
    sealed_at: datetime | None
    stamped_at: datetime | None
    witnesses: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfRecords:
    """Records whose times are of one day in Tehran; ``edges`` are those that arrived first and last, if any."""

    day: date
    records: int
    edges: Sequence[Edge]
