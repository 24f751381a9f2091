"""A day of service without a receipt of arrival is the latest that is possible, wherever it is shown."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.cli.notices.notice_account import _days
from adapters.cli.notices.notice_rows import served_on, summary
from adapters.evidence.pages import _timeline
from gateway.audit.evidence_answer import answers
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import Index, IndexedNotice
from gateway.evidence.particulars import Particulars
from gateway.evidence.timeline import Timeline
from gateway.legal.law import Law
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet
from gateway.legal.service_effect import effect_of
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.legal_effect import ServiceDate
from gateway.notice.outbox import OutboxEntry
from gateway.overview.dates_in_words import civil_day
from gateway.overview.notices.deadline import deadline_of
from gateway.personal_data.recipient_data import _row
from gateway.record.evidence_record import Header
from tests.conformance.builders import admission, entry, evidence

AT = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
EVENTS = {
    "delivered_at": DeliveryEvent.CONTENT_CONSIGNMENT,
    "viewed_at": DeliveryEvent.CONTENT_HANDOVER,
    "legal_service_at": DeliveryEvent.LEGAL_SERVICE,
}
WITH_ARRIVAL = ("delivered_at", "viewed_at")
CASES = [WITH_ARRIVAL, ("viewed_at",), ("legal_service_at",)]


def served(*facts: str) -> OutboxEntry:
    return entry(state=DeliveryState.VIEWED, due_at=None, **dict.fromkeys(facts, AT))


def service_of(*facts: str) -> ServiceDate:
    found = served(*facts).service
    assert found is not None
    return found


@pytest.mark.parametrize("facts", CASES)
def test_the_date_of_service_says_so(facts: tuple[str, ...], rules: RuleSet) -> None:
    service = service_of(*facts)
    latest = facts is not WITH_ARRIVAL
    assert service.arrival_known is not latest
    assert service.day_or_latest.fa == ("حداکثر تا ۱۴۰۴/۱۱/۱۴" if latest else "۱۴۰۴/۱۱/۱۴")
    assert service.day_or_latest.en.endswith(" at the latest") is latest
    assert effect_of(served(*facts), rules, civil_day(AT)).service == service


@pytest.mark.parametrize("facts", CASES)
def test_lists_and_exports_say_so(facts: tuple[str, ...]) -> None:
    notice = admission(served(*facts))
    shown = served_on(notice, notice.entry.service)
    assert shown == ("1404-11-14" if facts is WITH_ARRIVAL else "1404-11-14 at the latest")
    assert summary(notice)["arrival_known"] is (facts is WITH_ARRIVAL)
    line: Any = SimpleNamespace(admission=notice, body="کمیسیون")
    assert _row(line)[-1] == service_of(*facts).day_or_latest


@pytest.mark.parametrize("facts", CASES)
def test_the_account_of_a_notice_says_so(facts: tuple[str, ...], rules: RuleSet, calendar: OfficeCalendar) -> None:
    law = Law(rules=rules, calendar=calendar, province=None)
    told = deadline_of(served(*facts), "article-100", "ruling", law, civil_day(AT) + timedelta(days=1))
    label, _ = next(_days(told))
    assert label.fa == ("تاریخ ابلاغ" if facts is WITH_ARRIVAL else "تاریخ ابلاغ، حداکثر تا")


def index_of(reference: str) -> Index:
    return Index(
        origin="city.example/archive",
        made_at="2026-02-03T09:30:15.123456Z",
        case=None,
        size=8,
        notices=(IndexedNotice(reference=reference, mapping="builtin-3", mapping_digest=""),),
        records=(),
    )


def timeline_page(service: ServiceDate | None, language: str) -> str:
    reference = f"EB-{'A' * 32}"
    told = Timeline(reference=reference, state="VIEWED", service=service, elements=[])
    return _timeline(language, [told], index_of(reference), {}, {reference: Particulars(fields={})}, {}).decode()


@pytest.mark.parametrize("facts", CASES)
def test_the_timeline_of_an_evidence_file_says_so(facts: tuple[str, ...]) -> None:
    service = service_of(*facts)
    latest = facts is not WITH_ARRIVAL
    assert ("تاریخ ابلاغ، حداکثر تا" in timeline_page(service, "fa")) is latest
    assert ("Date of service, at the latest" in timeline_page(service, "en")) is latest


def test_a_timeline_without_receipts_denies_no_service() -> None:
    assert "رسید وصول دریافت نشده است" in timeline_page(None, "fa")
    assert "no receipt of arrival is known" in timeline_page(None, "en")


def answered(*facts: str, proven: bool = True) -> tuple[str, str]:
    """Return the answer of an evidence file with receipts of these facts, in Persian and English."""
    headers = [Header.of(evidence(fact, notice="EB-1").header) for fact in facts]
    audit = EvidenceAudit(
        file="one.asice",
        index=index_of("EB-1"),
        headers=dict(enumerate(headers)),
        outcomes={"EB-1": {EVENTS[fact]: fact for fact in facts}},
        proven=set(facts) if proven else set(),
        passed=Counter(EvidenceCheck),
    )
    [answer] = answers(audit)
    return answer.said.fa, answer.said.en


@pytest.mark.parametrize(
    ("facts", "fa", "en"),
    [
        (
            ("viewed_at",),
            "ابلاغ حداکثر تا تاریخ ۱۴۰۴/۱۱/۱۴، ابلاغ واقعی (رسیدی از وصول در پرونده نیست): احراز شد.",
            "Served by 2026-02-03 (1404/11/14) at the latest, actual service (no receipt of arrival is here): "
            "established.",
        ),
        (
            ("legal_service_at",),
            "ابلاغ حداکثر تا تاریخ ۱۴۰۴/۱۱/۱۴، ابلاغ قانونی (رسید مورخ ۱۴۰۴/۱۱/۱۴ ابلاغ قانونی را اعلام می‌کند؛ "
            "رسیدی از وصول یا رؤیت در پرونده نیست): احراز شد.",
            "Served by 2026-02-03 (1404/11/14) at the latest, legal service (a receipt of 2026-02-03 (1404/11/14) "
            "states service by law; none of arrival or viewing is here): established.",
        ),
        (
            WITH_ARRIVAL,
            "ابلاغ در تاریخ ۱۴۰۴/۱۱/۱۴، ابلاغ واقعی: احراز شد.",
            "Served on 2026-02-03 (1404/11/14), actual service: established.",
        ),
    ],
)
def test_the_answer_of_an_evidence_file_says_so(facts: tuple[str, ...], fa: str, en: str) -> None:
    assert answered(*facts) == (fa, en)


def test_an_answer_that_is_not_established_says_so_too() -> None:
    persian, english = answered("viewed_at", proven=False)
    assert persian.startswith("به موجب این پرونده: ابلاغ حداکثر تا تاریخ ۱۴۰۴/۱۱/۱۴، ")
    assert english.startswith("The file says: served by 2026-02-03 (1404/11/14) at the latest, ")
