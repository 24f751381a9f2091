"""The timeline: times are those of the record that proves a thing, and what nothing proves is said to be our word."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from gateway.evidence.timeline import Recorded, Timeline, timeline
from gateway.evidence.timeline_audit import disagreements
from gateway.notice.delivery_state import DeliveryEvent as E
from gateway.notice.delivery_state import DeliveryState as S
from gateway.notice.legal_effect import jalali
from gateway.record.evidence_record import EvidenceKind, Header, evidence_record
from gateway.store.stored import HistoryEvent
from tests.conformance.builders import admission, at, entry

ARRIVED, VIEWED = at(hours=5), at(hours=7)
ONE = entry(1, state=S.VIEWED, delivered_at=ARRIVED, viewed_at=VIEWED)


def header(
    id: str, kind: EvidenceKind, happened: datetime, learned: datetime, notice: str | None, **context: str
) -> Header:
    record = evidence_record(
        id=id,
        kind=kind,
        notice=notice,
        origin="city",
        destination="court",
        event_time=happened,
        recorded_at=learned,
        payload_digest=f"sha256:{'0' * 64}",
        context=context,
    )
    return Header.of(record.header)


def event(seq: int, what: E, state: S, hours: float, proof: str | None) -> HistoryEvent:
    return HistoryEvent(
        seq=seq, event=what, state=state, occurred_at=at(hours=hours), learned_at=at(hours=hours), evidence_id=proof
    )


HEADERS = [
    header("seal", EvidenceKind.SEALED_NOTICE, at(hours=0), at(hours=0.1), ONE.reference, mapping="m"),
    header("sent", EvidenceKind.MESSAGE_SENT, at(hours=1), at(hours=1), None, operation="SubmitNotices"),
    header("lost", EvidenceKind.MESSAGE_RECEIVED, at(hours=2), at(hours=2), None, refused="verify.unsigned"),
    header("viewed", EvidenceKind.RECEIPT, VIEWED, at(hours=8), ONE.reference, event=E.CONTENT_HANDOVER.value),
    header("arrived", EvidenceKind.RECEIPT, ARRIVED, at(hours=9), ONE.reference, event=E.CONTENT_CONSIGNMENT.value),
    header("act", EvidenceKind.PERSON_ACT, at(hours=3), at(hours=3), ONE.reference, act="retry"),
]
HISTORY = [
    event(0, E.ADMISSION, S.QUEUED, 0.1, "seal"),
    event(1, E.CLAIM, S.SENDING, 0.9, None),
    event(2, E.LOST_ANSWER, S.IN_DOUBT, 2, "lost"),
    event(3, E.SUBMISSION_ACCEPTANCE, S.SUBMITTED, 8, "viewed"),
    event(4, E.CONTENT_HANDOVER, S.VIEWED, 8, "viewed"),
    event(5, E.CONTENT_CONSIGNMENT, S.VIEWED, 9, "arrived"),
]


@pytest.fixture
def made() -> Timeline:
    return timeline(admission(ONE), HISTORY, HEADERS)


def test_things_stand_in_the_order_in_which_they_happened(made: Timeline) -> None:
    assert [each.event for each in made.elements] == [
        E.ADMISSION,
        E.CLAIM,
        Recorded.MESSAGE_SENT,
        E.LOST_ANSWER,
        Recorded.ACT,
        E.CONTENT_CONSIGNMENT,
        E.SUBMISSION_ACCEPTANCE,
        E.CONTENT_HANDOVER,
    ], "arrival was told after viewing, and came before it"


def test_each_has_the_times_of_its_record(made: Timeline) -> None:
    by_event = {each.event: each for each in made.elements}
    arrival, claim = by_event[E.CONTENT_CONSIGNMENT], by_event[E.CLAIM]
    assert (arrival.occurred_at, arrival.learned_at) == ("2026-02-03T13:30:00.000000Z", "2026-02-03T17:30:00.000000Z")
    assert (arrival.record, arrival.state) == ("arrived", "VIEWED")
    assert claim.record is None, "nothing proves it"
    assert by_event[E.LOST_ANSWER].detail == "verify.unsigned"
    assert by_event[Recorded.ACT].detail == "retry"
    assert {each.record for each in made.elements} == {None, *(header.id for header in HEADERS)}


def test_the_date_of_service_is_told(made: Timeline) -> None:
    assert made.service is not None
    assert (made.service.date, made.service.effect) == ("1404-11-14", "ACTUAL")


def read_back(made: Timeline) -> dict[str, Any]:
    reported: dict[str, Any] = json.loads(json.dumps(made.told))
    return reported


def test_what_was_made_agrees_with_its_records(made: Timeline) -> None:
    assert disagreements(read_back(made), {header.id: header for header in HEADERS}) == []


def test_service_by_law_without_a_receipt_of_arrival_dates_the_service_until_then() -> None:
    stated = header("by law", EvidenceKind.RECEIPT, VIEWED, at(hours=8), ONE.reference, event=E.LEGAL_SERVICE.value)
    served = entry(1, state=S.DELIVERED, legal_service_at=VIEWED)
    history = [event(0, E.ADMISSION, S.QUEUED, 0.1, "seal"), event(1, E.LEGAL_SERVICE, S.DELIVERED, 8, "by law")]
    headers = [HEADERS[0], stated]
    reported = read_back(timeline(admission(served), history, headers))
    assert reported["service"]["effect"] == "LEGAL"
    assert reported["service"]["date"] == jalali(VIEWED)
    assert disagreements(reported, {each.id: each for each in headers}) == []
    reported["service"]["date"] = "1404-11-01"
    assert disagreements(reported, {each.id: each for each in headers}) != []


def _element(reported: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in reported["elements"] if each["event"] == name)
    return found


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda reported: _element(reported, "ContentConsignment").update(record=None), "no record is named"),
        (lambda reported: _element(reported, "ContentConsignment").update(record="viewed"), "other times"),
        (lambda reported: _element(reported, "Claim").update(record="nobody"), "no record nobody is here"),
        (lambda reported: _element(reported, "MessageSent").update(event="ContentHandover"), "is no receipt of that"),
        (lambda reported: reported.update(service=None), "does not follow"),
        (lambda reported: reported["elements"].remove(_element(reported, "ContentHandover")), "does not follow"),
        (lambda reported: reported.update(reference="EB-OTHER"), "about another notice"),
    ],
)
def test_what_was_changed_is_told(made: Timeline, edit: Callable[[dict[str, Any]], None], said: str) -> None:
    reported = read_back(made)
    edit(reported)
    found = disagreements(reported, {header.id: header for header in HEADERS})
    assert any(said in reason for reason in found), found
