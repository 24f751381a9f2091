"""A notice that was sealed by a clock that was ahead is sealed anew once the clock is right, and goes its way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.storage.engine.advisory_locks import FileAdvisoryLocks
from gateway.evidence.timeline import REPLACED, SEALED_ANEW, timeline
from gateway.intake import resealing
from gateway.intake.resealing import seal_anew
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import Change, withdraw
from gateway.record.evidence_record import Header
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import Changes

from .conftest import LEASE, Passes

TOLERANCE = timedelta(seconds=60)
ARRIVED = DeliveryEvent.CONTENT_CONSIGNMENT


def anew(passes: Passes, folder: Path, may_continue: MayContinue = always) -> PassReport:
    return seal_anew(
        passes.store, passes.sealer, passes.clock, TOLERANCE, FileAdvisoryLocks(folder / "duties"), may_continue
    )


def sealed_ahead(passes: Passes, *keys: str) -> list[OutboxEntry]:
    """Admit rows by a clock that is forty days ahead, and set it right."""
    passes.clock.advance(days=40)
    entries = passes.admit(*keys)
    passes.clock.advance(days=-40)
    return entries


def headers(passes: Passes, reference: str) -> list[Header]:
    return [Header.of(row.header) for row in passes.store.evidence.of_notice(reference)]


def test_a_notice_of_a_clock_ahead_is_sealed_anew_sent_and_acknowledged_with_right_times(
    passes: Passes, tmp_path: Path
) -> None:
    [wrong] = sealed_ahead(passes, "1")
    assert passes.dispatch().idle, "its seal would be rejected for good"
    assert [error.code for error in passes.look_at_limits().errors] == ["reconcile.due-too-late"]

    now = passes.clock()
    assert anew(passes, tmp_path).counts == {"sealed_anew": 1}
    entry = passes.entry(wrong.reference)
    assert {entry.admitted_at, entry.state_since, entry.waiting_since, entry.due_at} == {now}
    assert entry.seal_digest != wrong.seal_digest
    assert passes.look_at_limits().errors == []
    assert anew(passes, tmp_path).idle, "once is enough"

    assert passes.dispatch().counts["accepted"] == 1
    assert passes.store.evidence.payload(entry.seal_digest) in passes.judiciary.wires[-1]
    passes.clock.advance(hours=1)
    passes.judiciary.issue(ARRIVED.value, entry.reference, entry.seal_digest, passes.clock())
    assert passes.receive().counts["applied"] == 1
    served = passes.entry(entry.reference)
    assert (served.state, served.delivered_at) == (DeliveryState.DELIVERED, passes.clock())
    assert passes.events(entry.reference)[0] is DeliveryEvent.ADMISSION
    assert all(step.learned_at <= passes.clock() for step in passes.store.notices.history(entry.reference))

    first, second = headers(passes, entry.reference)[:2]
    assert (second.recorded_at, second.payload_digest) == (second.event_time, entry.seal_digest)
    assert dict(second.context) == {**first.context, "instead_of": first.id}
    assert (second.origin, second.destination) == (first.origin, first.destination)
    assert passes.store.evidence.payload(first.payload_digest), "the first seal stays in evidence"


def test_the_timeline_tells_a_seal_that_was_made_anew_and_the_one_before_it(passes: Passes, tmp_path: Path) -> None:
    [wrong] = sealed_ahead(passes, "1")
    anew(passes, tmp_path)
    admission = passes.store.notices.admission(wrong.reference)
    assert admission is not None
    reported = timeline(
        admission, passes.store.notices.history(wrong.reference), headers(passes, wrong.reference)
    ).elements
    assert [(each.event, each.state, each.detail, each.record) for each in reported] == [
        ("Admission", "QUEUED", SEALED_ANEW, admission.evidence_id),
        ("Sealed", None, REPLACED, f"seal:{wrong.reference}"),
    ]


def test_a_seal_within_the_tolerance_or_of_the_past_stays(passes: Passes, tmp_path: Path) -> None:
    [entry] = passes.admit("1")
    passes.clock.now -= TOLERANCE - timedelta(seconds=1)
    assert anew(passes, tmp_path).idle
    passes.clock.now -= timedelta(seconds=1)
    assert anew(passes, tmp_path).counts == {"sealed_anew": 1}
    assert passes.entry(entry.reference).admitted_at == passes.clock()


def test_a_lost_answer_to_commit_leaves_one_new_seal(
    passes: Passes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [wrong] = sealed_ahead(passes, "1")
    commit, lost = passes.store.commit, list[Changes]()

    def losing(changes: Changes) -> frozenset[str]:
        done = commit(changes)
        if changes.new_seals and not lost:
            lost.append(changes)
            raise GatewayError("store.unavailable", detail="the answer was lost")
        return done

    monkeypatch.setattr(passes.store, "commit", losing)
    with pytest.raises(GatewayError) as raised:
        anew(passes, tmp_path)
    assert raised.value.code == "store.unavailable"
    passes.clock.advance(minutes=1)
    assert anew(passes, tmp_path).idle, "it was written"
    assert len(headers(passes, wrong.reference)) == 2
    assert passes.dispatch().counts["accepted"] == 1
    assert commit(lost[0]) == frozenset(), "and may be written once more"
    assert passes.entry(wrong.reference).state is DeliveryState.SUBMITTED
    assert len(headers(passes, wrong.reference)) == 4, "two seals, the message and its answer"


def test_a_claim_that_comes_in_between_wins(passes: Passes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another node whose clock is ahead takes the notice while this one signs."""
    [wrong] = sealed_ahead(passes, "1")
    seal = passes.sealer.seal_anew
    ahead = passes.clock() + timedelta(days=41)

    def slowly(octets: bytes, at: datetime) -> Any:
        taken = passes.store.outbox.claim(
            destination=passes.judiciary.destination,
            owner="another",
            now=ahead,
            due_by=ahead,
            lease=LEASE,
            limit=1,
            max_bytes=10_000,
        )
        assert [each.reference for each in taken] == [wrong.reference]
        return seal(octets, at)

    monkeypatch.setattr(passes.sealer, "seal_anew", slowly)
    assert anew(passes, tmp_path).counts == {"stale": 1}
    entry = passes.entry(wrong.reference)
    assert (entry.state, entry.seal_digest) == (DeliveryState.SENDING, wrong.seal_digest)
    assert [header.id for header in headers(passes, wrong.reference)] == [f"seal:{wrong.reference}"]


def test_a_person_who_looked_before_it_was_sealed_anew_ends_nothing_unseen(passes: Passes, tmp_path: Path) -> None:
    """The step was made on the notice with its first seal, and would bring that one back."""
    [wrong] = sealed_ahead(passes, "1")

    def slowly(entry: OutboxEntry, now: datetime) -> Change:
        assert anew(passes, tmp_path).counts == {"sealed_anew": 1}
        return withdraw(entry, now)

    with pytest.raises(GatewayError) as refusal:
        passes.intervene(wrong.reference, slowly)
    assert refusal.value.code == "queue.moved"
    admission = passes.store.notices.admission(wrong.reference)
    assert admission is not None
    assert admission.entry.state is DeliveryState.QUEUED
    assert admission.entry.seal_digest == headers(passes, wrong.reference)[1].payload_digest != wrong.seal_digest
    assert passes.intervene(wrong.reference, withdraw).changed
    assert passes.entry(wrong.reference).seal_digest == admission.entry.seal_digest


def test_a_big_queue_is_sealed_anew_in_slices_and_what_cannot_be_keeps_no_other_back(
    passes: Passes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "AT_ONCE", 2)
    entries = {entry.row_key: entry for entry in sealed_ahead(passes, *"12345")}
    in_turn = sorted(entries.values(), key=lambda entry: entry.reference)
    passes.sealer.unusable = {f"P-{entry.row_key}" for entry in in_turn[:2]}
    first = anew(passes, tmp_path)
    assert (first.counts, [error.code for error in first.errors]) == ({}, ["seal.anew"])
    assert first.errors[0].detail == "2 notices: notice.seal article-100"
    assert first.errors[0].where == in_turn[0].reference
    assert anew(passes, tmp_path).counts == {"sealed_anew": 2}
    assert anew(passes, tmp_path).counts == {"sealed_anew": 1}
    assert anew(passes, tmp_path).counts == {}
    passes.sealer.unusable = set()
    assert anew(passes, tmp_path).counts == {"sealed_anew": 2}
    assert passes.dispatch().counts["accepted"] == 5


def test_a_pass_that_is_stopped_reports_its_errors_and_the_next_one_continues_behind_it(
    passes: Passes, tmp_path: Path
) -> None:
    entries = sorted(sealed_ahead(passes, *"12345"), key=lambda entry: entry.reference)
    passes.sealer.unusable = {f"P-{entries[0].row_key}"}
    left = iter([True, True, False])
    stopped = anew(passes, tmp_path, may_continue=lambda: next(left))
    assert stopped.counts == {"sealed_anew": 1}
    assert [(error.code, error.where) for error in stopped.errors] == [("seal.anew", entries[0].reference)]
    assert anew(passes, tmp_path, may_continue=lambda: False).errors == []
    following = anew(passes, tmp_path)
    assert (following.counts, following.errors) == ({"sealed_anew": 3}, [])
    assert [error.where for error in anew(passes, tmp_path).errors] == [entries[0].reference]


def test_nothing_is_sealed_anew_without_leave_or_by_two_at_once(passes: Passes, tmp_path: Path) -> None:
    sealed_ahead(passes, "1")
    assert anew(passes, tmp_path, may_continue=lambda: False).idle
    with FileAdvisoryLocks(tmp_path / "duties").attempt("seal-anew") as ours:
        assert ours
        assert anew(passes, tmp_path).idle
    assert anew(passes, tmp_path).counts == {"sealed_anew": 1}


@pytest.mark.parametrize("what", ["evidence_id", "seal_digest", "admitted_at"])
def test_a_row_that_is_not_as_its_evidence_says_gets_no_seal(
    passes: Passes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Nothing is sealed for a writer of the store."""
    first, second = sealed_ahead(passes, "1", "2")
    real = passes.store.outbox.sealed_ahead

    def changed(**arguments: Any) -> list[Any]:
        page = [each for each in real(**arguments) if each.entry.reference == first.reference]
        if what == "evidence_id":
            return [replace(each, evidence_id=f"seal:{second.reference}") for each in page]
        if what == "admitted_at":
            later = first.admitted_at + timedelta(days=1)
            return [replace(each, entry=replace(each.entry, admitted_at=later)) for each in page]
        return [replace(each, entry=replace(each.entry, seal_digest=second.seal_digest)) for each in page]

    monkeypatch.setattr(passes.store.outbox, "sealed_ahead", changed)
    report = anew(passes, tmp_path)
    assert [(error.code, "store.value-differs" in error.detail) for error in report.errors] == [("seal.anew", True)]
    assert passes.entry(first.reference) == first


def test_a_record_of_a_seal_made_anew_names_no_person(passes: Passes, tmp_path: Path) -> None:
    [wrong] = sealed_ahead(passes, "1")
    anew(passes, tmp_path)
    reported = json.dumps([dict(header.context) for header in headers(passes, wrong.reference)], ensure_ascii=False)
    assert "0012345679" not in reported
    assert "شخص" not in reported
