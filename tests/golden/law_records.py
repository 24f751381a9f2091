"""Golden records of rules and calendar that come into force, and of the deadlines that a calendar moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from gateway.legal.last_day import Rolled
from gateway.legal.moved_deadline import MovedDeadline, NowClosed, ServedNotice
from gateway.legal.office_calendar import Holiday
from gateway.legal.origin import Mark, Origin
from gateway.legal.rules import Starts
from gateway.notice.notice import sha256
from gateway.overview.legal.moved_deadline_words import told_moved
from gateway.record.evidence_record import EvidenceRecord
from gateway.record.version_subject import EVERY_NOTICE, Subject
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp
from gateway.store.stored import Payload
from gateway.store.version import Activation, MappingVersion
from gateway.store.version_state import MappingState
from gateway.versions.moved_report import Comparison, moved_records
from gateway.versions.version_plans import activation_record

AT: Final = datetime(2026, 2, 3, 8, 30, 15, 123456, tzinfo=UTC)
BUNDLE: Final = Payload(digest=sha256(b"PK"), octets=b"PK")


def _version(subject: Subject) -> MappingVersion:
    return MappingVersion(
        subject=subject,
        name=subject.value,
        number=2,
        digest=BUNDLE.digest,
        octets=b"PK",
        state=MappingState.APPROVED,
        seq=3,
        imported_at=AT,
    )


def _activation(subject: Subject) -> Activation:
    return Activation(
        subject=subject,
        source=EVERY_NOTICE,
        number=2,
        mapping=subject.value,
        version=2,
        digest=BUNDLE.digest,
        begins_at=AT,
        decided_at=AT,
        evidence_id=f"{subject.value}:{EVERY_NOTICE}:{BUNDLE.digest}:{timestamp(AT)}",
    )


RULES, CALENDAR = _activation(Subject.RULES), _activation(Subject.CALENDAR)


def records() -> Iterator[tuple[str, tuple[EvidenceRecord, Payload]]]:
    """Yield a record with its payload for each kind."""
    for subject in (Subject.RULES, Subject.CALENDAR):
        about = _version(subject).told | {"from": timestamp(AT)}
        record = activation_record(_version(subject), EVERY_NOTICE, AT, "city", about)
        yield record.kind.value, (record, BUNDLE)
    notice = ServedNotice(
        reference="EB-" + "A" * 32,
        body="article-100",
        kind="ruling",
        served_on=date(2026, 2, 3),
        then_served_on=date(2026, 2, 3),
        viewed_at=None,
    )
    smog = Words(en="smog", fa="آلودگی هوا")
    closed = date(2026, 2, 14)
    closure = Holiday(day=closed, title=smog, origin=Origin(source=smog, mark=Mark.CONFIRMED))
    moved = MovedDeadline(
        notice=notice,
        starts=Starts.OBJECTION,
        before=closed,
        after=date(2026, 2, 15),
        reasons=(NowClosed(step=Rolled(day=closed, closure=closure)),),
    )
    before = Subject.CALENDAR.told("calendar", "1", sha256(b"before"))
    found = Comparison(notices=7, moved=[moved])
    # The sentences of reasons may change later; a record keeps those of its day.
    reason = {
        "en": "Offices are now closed on Saturday 14 February 2026 (1404/11/25) (smog).",
        "fa": "ادارات در شنبه ۱۴۰۴/۱۱/۲۵ اکنون تعطیل است (آلودگی هوا).",
    }
    told = told_moved(moved) | {"reasons": [reason]}
    [whole] = moved_records(found, [told], before, CALENDAR, "city")
    yield "DEADLINES_MOVED", (whole.record, whole.payload)
    found, later = Comparison(notices=7, moved=[moved, moved]), told | {"reference": "EB-" + "B" * 32}
    _, part = moved_records(found, [told, later], before, CALENDAR, "city", most=1)
    yield "DEADLINES_MOVED.part", (part.record, part.payload)
