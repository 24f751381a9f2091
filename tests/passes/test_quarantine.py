"""Answers that nobody can believe: kept raw, within bounds, visible as what they are; no step rests on them alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.quarantine import quarantine
from gateway.store.stored import QuarantineKind

from .conftest import Passes

FORGED = b"<answer>Accepted</answer>"
ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)


def test_an_answer_that_is_not_believed_leaves_doubt_and_is_set_aside(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.doubtful = FORGED
    assert passes.dispatch().counts == {"sent": 1, "unknown": 1, "quarantined": 1}
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    [item] = passes.quarantine()
    assert (item.kind, item.origin, item.code) == (QuarantineKind.ANSWER, "court", "verify.signature")
    assert item.received_at == passes.clock.now
    assert "SubmitNotices" in item.detail
    assert passes.store.evidence.payload(item.payload_digest) == FORGED


def test_its_evidence_says_that_it_is_not_believed(passes: Passes) -> None:
    one, two = passes.admit("1", "2")
    passes.judiciary.doubtful = FORGED
    passes.dispatch(batch=1)
    passes.judiciary.doubtful = None
    passes.clock.advance(minutes=31)
    passes.rescue()
    for entry in (one, two):
        *_, forged, _, believed = passes.store.evidence.of_notice(entry.reference)
        assert forged.kind == believed.kind == "MESSAGE_RECEIVED"
        assert forged.payload_digest == sha256(FORGED)
        assert json.loads(forged.header)["context"]["refused"] == "verify.signature"
        assert "refused" not in json.loads(believed.header)["context"]


def test_an_inquirys_answer_that_is_not_believed_proves_nothing(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.doubtful = FORGED
    for _ in range(3):
        passes.clock.advance(hours=1)
        passes.rescue()
    now = passes.entry(entry.reference)
    assert (now.state, now.absences) == (DeliveryState.IN_DOUBT, 0)
    assert passes.store.tallies.counts()["quarantined"] == 1, "the same octets stand there once"


def test_a_page_that_is_not_believed_is_kept_raw_and_asked_for_again(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    passes.judiciary.doubtful = b"<page/>"
    report = passes.receive()
    assert [error.code for error in report.errors] == ["verify.signature"]
    assert report.counts == {"quarantined": 1}
    assert passes.store.evidence.payload(sha256(b"<page/>")) == b"<page/>"
    passes.judiciary.doubtful = None
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED


def test_a_confirmation_that_is_not_believed_is_kept_and_made_again(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    fetch = passes.judiciary.fetch_receipts

    def fetch_then_doubt(cursor: str, limit: int) -> object:
        page = fetch(cursor, limit)
        passes.judiciary.doubtful = b"<confirmed/>"
        return page

    passes.judiciary.fetch_receipts = fetch_then_doubt  # type: ignore[method-assign, assignment]
    assert passes.receive().counts == {"received": 1, "applied": 1, "quarantined": 1}
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED
    passes.judiciary.fetch_receipts, passes.judiciary.doubtful = fetch, None  # type: ignore[method-assign]
    passes.receive()
    assert passes.judiciary.confirmed == ["R1"]


def test_a_stranger_cannot_fill_the_disk(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(quarantine.MOST, QuarantineKind.ANSWER, 2)
    entries = passes.admit("1", "2", "3")
    reports = []
    for number in range(3):
        passes.judiciary.doubtful = f"<forged n='{number}'/>".encode()
        reports.append(passes.dispatch(batch=1) if number == 0 else passes.receive())
        passes.clock.advance(hours=1)  # the endpoint rests
    assert passes.store.tallies.counts()["quarantined"] == 2
    assert [error.code for error in reports[-1].errors] == ["verify.signature", "quarantine.full"]
    assert sha256(passes.judiciary.doubtful) in str(reports[-1].errors[-1])
    assert all(passes.entry(e.reference).state is DeliveryState.IN_DOUBT for e in entries)


def test_what_there_is_no_room_for_leaves_doubt_as_silence_does(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MAX_BYTES", len(FORGED) - 1)
    (entry,) = passes.admit("1")
    passes.judiciary.doubtful = FORGED
    report = passes.dispatch()
    assert [error.code for error in report.errors] == ["quarantine.too-large"]
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert [row.kind for row in passes.store.evidence.of_notice(entry.reference)] == ["SEALED_NOTICE", "MESSAGE_SENT"]
    passes.clock.now += timedelta(hours=1)
    assert [error.code for error in passes.rescue().errors] == ["quarantine.too-large"]
    assert passes.store.tallies.counts()["quarantined"] == 0
