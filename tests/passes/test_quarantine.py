"""Answers that nobody can believe: kept raw, within bounds, visible as what they are; no step rests on them alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.quarantine import quarantine
from gateway.store.stored import QuarantineKind

from .conftest import City

FORGED = b"<answer>Accepted</answer>"
ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)


def test_an_answer_that_is_not_believed_leaves_doubt_and_is_set_aside(city: City) -> None:
    (entry,) = city.admit("1")
    city.court.doubtful = FORGED
    assert city.dispatch().counts == {"sent": 1, "unknown": 1, "quarantined": 1}
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT
    [item] = city.quarantine()
    assert (item.kind, item.origin, item.code) == (QuarantineKind.ANSWER, "court", "verify.signature")
    assert item.received_at == city.clock.now
    assert "SubmitNotices" in item.detail
    assert city.store.evidence.payload(item.payload_digest) == FORGED


def test_its_evidence_says_that_it_is_not_believed(city: City) -> None:
    one, two = city.admit("1", "2")
    city.court.doubtful = FORGED
    city.dispatch(batch=1)
    city.court.doubtful = None
    city.clock.pass_(minutes=31)
    city.rescue()
    for entry in (one, two):
        *_, forged, _, believed = city.store.evidence.of_notice(entry.reference)
        assert forged.kind == believed.kind == "MESSAGE_RECEIVED"
        assert forged.payload_digest == sha256(FORGED)
        assert json.loads(forged.header)["context"]["refused"] == "verify.signature"
        assert "refused" not in json.loads(believed.header)["context"]


def test_an_inquirys_answer_that_is_not_believed_proves_nothing(city: City) -> None:
    (entry,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.court.doubtful = FORGED
    for _ in range(3):
        city.clock.pass_(hours=1)
        city.rescue()
    now = city.entry(entry.reference)
    assert (now.state, now.absences) == (DeliveryState.IN_DOUBT, 0)
    assert city.store.tallies.counts()["quarantined"] == 1, "the same octets stand there once"


def test_a_page_that_is_not_believed_is_kept_raw_and_asked_for_again(city: City) -> None:
    (entry,) = city.admit("1")
    city.dispatch()
    city.court.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    city.court.doubtful = b"<page/>"
    report = city.receive()
    assert [error.code for error in report.errors] == ["verify.signature"]
    assert report.counts == {"quarantined": 1}
    assert city.store.evidence.payload(sha256(b"<page/>")) == b"<page/>"
    city.court.doubtful = None
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED


def test_a_confirmation_that_is_not_believed_is_kept_and_made_again(city: City) -> None:
    (entry,) = city.admit("1")
    city.dispatch()
    city.court.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    fetch = city.court.fetch_receipts

    def fetch_then_doubt(cursor: str, limit: int) -> object:
        page = fetch(cursor, limit)
        city.court.doubtful = b"<confirmed/>"
        return page

    city.court.fetch_receipts = fetch_then_doubt  # type: ignore[method-assign, assignment]
    assert city.receive().counts == {"received": 1, "applied": 1, "quarantined": 1}
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED
    city.court.fetch_receipts, city.court.doubtful = fetch, None  # type: ignore[method-assign]
    city.receive()
    assert city.court.confirmed == ["R1"]


def test_a_stranger_cannot_fill_the_disk(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(quarantine.MOST, QuarantineKind.ANSWER, 2)
    entries = city.admit("1", "2", "3")
    reports = []
    for number in range(3):
        city.court.doubtful = f"<forged n='{number}'/>".encode()
        reports.append(city.dispatch(batch=1) if number == 0 else city.receive())
        city.clock.pass_(hours=1)  # the endpoint rests
    assert city.store.tallies.counts()["quarantined"] == 2
    assert [error.code for error in reports[-1].errors] == ["verify.signature", "quarantine.full"]
    assert sha256(city.court.doubtful) in str(reports[-1].errors[-1])
    assert all(city.entry(e.reference).state is DeliveryState.IN_DOUBT for e in entries)


def test_what_there_is_no_room_for_leaves_doubt_as_silence_does(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MAX_BYTES", len(FORGED) - 1)
    (entry,) = city.admit("1")
    city.court.doubtful = FORGED
    report = city.dispatch()
    assert [error.code for error in report.errors] == ["quarantine.too-large"]
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert [row.kind for row in city.store.evidence.of_notice(entry.reference)] == ["SEALED_NOTICE", "MESSAGE_SENT"]
    city.clock.now += timedelta(hours=1)
    assert [error.code for error in city.rescue().errors] == ["quarantine.too-large"]
    assert city.store.tallies.counts()["quarantined"] == 0
