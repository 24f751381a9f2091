"""Deadlines of served notices that a change of the law moves, and the records of a change that persons put in force.

The list is made from the notices that are served when the change is decided. It is evidence of what was shown then:
deadlines are computed, and never read back from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from gateway.legal.law import Law
from gateway.legal.moved_deadline import MovedDeadline, ServedNotice, moved_deadlines
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet, Starts
from gateway.legal.service_effect import EffectFound, effect_of
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import TEHRAN, timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.stored import Admission, Payload
from gateway.store.version import Activation
from gateway.versions.laws import Laws

_ARRIVED: Final = (DeliveryState.DELIVERED, DeliveryState.VIEWED)
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Deadlines that moved, of so many served ``notices``."""

    notices: int
    moved: Sequence[MovedDeadline]

    @property
    def digest(self) -> str:
        """Digest of the deadlines that moved, with both days, in any order; it says nothing of other notices."""
        days = [
            [each.notice.reference, each.starts.value, *(str(day) for day in (each.before, each.after))]
            for each in self.moved
        ]
        return sha256(json.dumps(sorted(days)).encode())


def compared(
    notices: NoticeStore, laws: Laws, rules: RuleSet | None = None, calendar: OfficeCalendar | None = None
) -> Comparison:
    """Compare the deadlines of all served notices by the law in force with those by other rules, or another calendar.

    A notice that arrived before every rule of service has no deadline by that law. Raises `GatewayError` ``legal.*``,
    ``mapping-life.damaged``, ``store.*``.
    """
    if calendar is not None:
        calendar.assert_known(laws.province)
    count, moved = 0, dict[tuple[str, Starts], MovedDeadline]()
    for each in _arrived(notices):
        before = laws.at(each.entry.service_time)
        after = replace(before, rules=rules or before.rules, calendar=calendar or before.calendar)
        if (notice := _served(each, before, after, laws.now.astimezone(TEHRAN).date())) is None:
            continue
        count += 1
        # A notice that is viewed meanwhile comes twice.
        moved |= {(each.notice.reference, each.starts): each for each in moved_deadlines(notice, before, after)}
    return Comparison(notices=count, moved=list(moved.values()))


def _arrived(notices: NoticeStore) -> Iterator[Admission]:
    """Yield the notices that have arrived, page by page."""
    for state in _ARRIVED:
        after: str | None = None
        while page := notices.find(state=state, limit=_PAGE, after=after):
            yield from page
            after = page[-1].entry.reference


def _served(each: Admission, before: Law, after: Law, today: date) -> ServedNotice | None:
    """Return a notice with its date of service by each law; None if it is not served by either."""
    entry = each.entry
    by_old, by_new = (_effect(entry, law, today) for law in (before, after))
    served_on, then_served_on = (None if found is None else found.served_on for found in (by_old, by_new))
    known = by_old or by_new
    if known is None or (served_on is None and then_served_on is None):
        return None
    return ServedNotice(
        reference=entry.reference,
        body=each.body,
        kind=each.kind,
        served_on=served_on,
        then_served_on=then_served_on,
        viewed_at=entry.viewed_at,
        arrival_known=known.arrival_known,
    )


def _effect(entry: OutboxEntry, law: Law, today: date) -> EffectFound | None:
    """Return the effect by a law; None if the notice arrived before every rule of service, so no deadline follows."""
    try:
        return effect_of(entry, law.rules, today)
    except GatewayError as error:
        if error.code != "legal.rule":
            raise
        return None


LIST_OCTETS: Final = 8 * 1024 * 1024
"""Octets of moved deadlines in one record, far below the limit of the archive (`gateway.archive.segment`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRecord:
    """Record of deadlines that moved, its list as ``payload``, and the ``references`` of the notices in that list."""

    record: EvidenceRecord
    payload: Payload
    references: Sequence[str]


def moved_records(
    found: Comparison,
    told: Sequence[Mapping[str, Any]],
    before: Mapping[str, str],
    decision: Activation,
    origin: str,
    most: int = LIST_OCTETS,
) -> Iterator[MovedRecord]:
    """Yield the records of the deadlines that a decision about a calendar moves, with their lists as payloads.

    A long list stands in several records, each of which says its place (``part`` of ``parts``). A decision that moves
    nothing has one record. ``told`` are the moved deadlines as JSON can hold them; ``before`` are the entries that name
    the calendar until now. ``most`` bounds the octets of one list.
    """
    lists = [*_lists(told, most)]
    for number, moved in enumerate(lists, start=1):
        place = {"part": number, "parts": len(lists)} if len(lists) > 1 else {}
        octets = _json({
            "v": 1,
            "before": dict(before),
            "after": decision.told,
            "from": timestamp(decision.begins_at),
            "at": timestamp(decision.decided_at),
            "notices": found.notices,
            "moved": moved,
            **place,
        })  # fmt: skip
        payload = Payload(digest=sha256(octets), octets=octets)
        id = f"deadlines:{decision.digest}:{timestamp(decision.decided_at)}"
        record = evidence_record(
            id=f"{id}:{number}" if place else id,
            kind=EvidenceKind.DEADLINES_MOVED,
            notice=None,
            origin=origin,
            destination=origin,
            event_time=decision.decided_at,
            recorded_at=decision.decided_at,
            payload_digest=payload.digest,
            context={
                **decision.told,
                "from": timestamp(decision.begins_at),
                "decision": decision.evidence_id,
                "notices": str(found.notices),
                "moved": str(len(moved)),
                **{name: str(value) for name, value in place.items()},
            },
        )
        yield MovedRecord(record=record, payload=payload, references=sorted({each["reference"] for each in moved}))


def _lists(told: Sequence[Mapping[str, Any]], most: int) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the moved deadlines in lists of at most so many octets, or of one that is longer; at least one list."""
    part, size = list[Mapping[str, Any]](), 0
    for each in told:
        octets = len(_json(each)) + 1
        if part and size + octets > most:
            yield part
            part, size = [], 0
        part.append(each)
        size += octets
    yield part


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
