"""A receipt that comes while the archive is away waits in quarantine, and is judged again once the archive answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from adapters.storage.records.evidence_store import SqlEvidenceStore
from gateway.judiciary.capabilities import Capabilities, InquiryWay, SealPlace
from gateway.judiciary.courier import CallFailed
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.profile_version import SpokenProfile
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.plausibility import TIME_ACCEPTED
from gateway.receipts.quarantine_release import dismiss_item
from gateway.receipts.receipt_callback import settle_receipts
from gateway.record.evidence_record import Header
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import EvidenceRow
from gateway.store.waiting_receipt import ARCHIVE_AWAY, IMPLAUSIBLE, disputed

from .conftest import Passes
from .ports import EarlierReader
from .restorable import Restorable
from .restored_world import LATER, World, forgotten_sending

ARRIVED = DeliveryEvent.CONTENT_CONSIGNMENT.value
BEFORE_ITS_PAPER = datetime(2020, 1, 1, tzinfo=UTC)
SANA = SpokenProfile(name="sana", version="1", digest="sha256:sana")
WAYS = ("feed", "poll", "callback")


@dataclass
class Archive:
    """The archive as a store reads it; ``code`` is the error of what stands there alone, while it is away."""

    code: str | None = None
    seals: set[str] = field(default_factory=set)
    """Digests of seals that stand in the archive alone."""
    records: bool = False
    """The records of all notices stand in the archive alone."""


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Archive:
    archive, payload, of_notice = Archive(), SqlEvidenceStore.payload, SqlEvidenceStore.of_notice

    def read_payload(store: SqlEvidenceStore, digest: str) -> bytes:
        if archive.code and digest in archive.seals:
            raise GatewayError(archive.code, where=digest)
        return payload(store, digest)

    def read_records(store: SqlEvidenceStore, reference: str) -> list[EvidenceRow]:
        if archive.code and archive.records:
            raise GatewayError(archive.code, where=reference)
        return of_notice(store, reference)

    monkeypatch.setattr(SqlEvidenceStore, "payload", read_payload)
    monkeypatch.setattr(SqlEvidenceStore, "of_notice", read_records)
    return archive


def receive(passes: Passes, way: str = "feed") -> PassReport:
    """Receive by this transport; a callback's receipts were pushed before."""
    if way == "callback":
        policy = ReceiptPolicy(origin="city", issue_day=passes.issue_day)
        return settle_receipts(passes.store, passes.judiciary.destination, passes.reader, passes.clock, policy)
    return passes.receive() if way == "feed" else passes.poll()


def codes(passes: Passes) -> list[str]:
    return [item.code for item in passes.quarantine()]


def proofs(passes: Passes, reference: str) -> list[str]:
    """Return the passed checks of each receipt on record."""
    records = [row for row in passes.store.evidence.of_notice(reference) if row.kind == "RECEIPT"]
    return [Header.of(row.header).context["passed"] for row in records]


def waits(place: Restorable, archive: Archive, at: datetime | None = None, code: str = "archive.folder") -> World:
    """Return a world in which a receipt about a forgotten seal waits, since the archive is away."""
    world, reference = forgotten_sending(place)
    archive.code, archive.seals = code, {world.passes.entry(reference).seal_digest}
    world.judiciary.issue(ARRIVED, reference, world.seals[reference], at or world.clock())
    receive(world.passes)
    return world


@pytest.mark.long
@pytest.mark.parametrize("code", ["archive.unreachable", "archive.folder", "archive.gap"])
def test_a_seal_in_an_archive_that_is_away_holds_back_no_other_receipt(
    place: Restorable, archive: Archive, code: str
) -> None:
    world, reference = forgotten_sending(place)
    known, other = world.passes.entry(reference), world.admit(LATER)[LATER]
    for _ in range(3):  # until the recovery ends, each new notice is asked about first
        world.clock.advance(minutes=31)
        world.passes.rescue()
    world.passes.dispatch()
    archive.code, archive.seals = code, {known.seal_digest}
    world.judiciary.issue(ARRIVED, reference, world.seals[reference], world.clock())
    world.judiciary.issue(ARRIVED, other, world.seals[other], world.clock())
    report = world.passes.receive()
    assert report.alarms == [], "nothing about it is doubtful"
    assert [error.code for error in report.errors] == [ARCHIVE_AWAY]
    assert [(item.code, item.notice) for item in world.passes.quarantine()] == [(ARCHIVE_AWAY, reference)]
    assert world.passes.entry(reference) == known
    assert world.passes.entry(other).state is DeliveryState.DELIVERED
    assert world.judiciary.confirmed == ["R2"]
    assert disputed(world.passes.store.quarantine, [reference]) == {reference}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_accepted_once_the_archive_answers(place: Restorable, archive: Archive, way: str) -> None:
    world = waits(place, archive)
    [reference] = world.seals
    [waiting] = world.passes.quarantine()
    for _ in range(2):
        world.clock.advance(minutes=31)
        report = receive(world.passes, way)
        assert world.passes.quarantine() == [waiting]
        assert ARCHIVE_AWAY in [error.code for error in report.errors], "each pass says why it waits"
        assert report.counts["quarantined"] == (way == "poll"), "an item that stands is no new one"
    archive.code = None
    world.clock.advance(minutes=31)
    report = receive(world.passes, way)
    assert (report.errors, report.counts["taken_again"], report.counts["applied"]) == ([], 1, 1)
    for _ in range(2):
        assert receive(world.passes, way).counts["applied"] == 0, "it is accepted once"
        assert codes(world.passes) == []
    assert world.passes.entry(reference).state is DeliveryState.DELIVERED
    assert len(proofs(world.passes, reference)) == 1
    assert TIME_ACCEPTED not in proofs(world.passes, reference)[0]
    assert ("R1" in world.judiciary.confirmed) == (way != "callback"), "the answer to a push confirms a receipt"


def test_it_stands_as_it_is_until_it_was_confirmed(place: Restorable, archive: Archive) -> None:
    world = waits(place, archive)
    [reference] = world.seals
    archive.code, confirm = None, world.judiciary.confirm_receipts

    def away(ids: Sequence[str]) -> None:
        raise CallFailed("courier.no-answer", where="ConfirmReceipts")

    world.judiciary.confirm_receipts = away  # type: ignore[method-assign]
    receive(world.passes)
    assert world.passes.entry(reference).state is DeliveryState.DELIVERED
    assert codes(world.passes) == [ARCHIVE_AWAY]
    archive.code = "archive.folder"
    world.judiciary.confirm_receipts = confirm  # type: ignore[method-assign]
    world.clock.advance(minutes=31)
    receive(world.passes)
    assert (codes(world.passes), world.judiciary.confirmed) == ([], ["R1"]), "its time was judged when it was accepted"
    assert len(proofs(world.passes, reference)) == 1


def test_its_time_is_judged_once_the_archive_answers(place: Restorable, archive: Archive) -> None:
    world = waits(place, archive, BEFORE_ITS_PAPER)
    assert codes(world.passes) == [ARCHIVE_AWAY]
    archive.code = None
    report = receive(world.passes)
    assert codes(world.passes) == [IMPLAUSIBLE]
    assert [alarm.code for alarm in report.alarms] == [IMPLAUSIBLE]
    assert proofs(world.passes, next(iter(world.seals))) == []


def test_a_time_that_cannot_be_right_needs_no_archive(place: Restorable, archive: Archive) -> None:
    world, reference = forgotten_sending(place)
    archive.code, archive.seals = "archive.folder", {world.passes.entry(reference).seal_digest}
    ahead = world.clock() + timedelta(days=1)
    world.judiciary.issue(ARRIVED, reference, world.seals[reference], ahead, ahead=True)
    receive(world.passes)
    assert codes(world.passes) == [IMPLAUSIBLE]


@pytest.mark.long
@pytest.mark.parametrize("at", [None, BEFORE_ITS_PAPER])
@pytest.mark.parametrize("is_lost", [True, False])
def test_a_person_accepts_its_time_only_while_the_archive_cannot_tell(
    place: Restorable, archive: Archive, at: datetime | None, *, is_lost: bool
) -> None:
    world = waits(place, archive, at, "archive.segment-lost")
    [reference] = world.seals
    archive.code = archive.code if is_lost else None
    [item] = world.passes.quarantine()
    judged = world.passes.release(item)
    if not is_lost and at is not None:
        assert [each.code for each in judged.standing] == [IMPLAUSIBLE]
        assert proofs(world.passes, reference) == []
        return
    assert (judged.standing, world.passes.entry(reference).state) == ([], DeliveryState.DELIVERED)
    assert (TIME_ACCEPTED in proofs(world.passes, reference)[0]) == is_lost


def test_a_receipt_that_was_dismissed_does_not_come_back_by_itself(place: Restorable, archive: Archive) -> None:
    world = waits(place, archive)
    [reference] = world.seals
    [item] = world.passes.quarantine()
    dismiss_item(world.passes.store, "city", item, world.passes.act("quarantine.dismiss"))
    world.clock.advance(minutes=31)
    for way in WAYS:
        assert receive(world.passes, way).errors == []
    assert (codes(world.passes), proofs(world.passes, reference)) == ([], [])


@pytest.mark.long
def test_a_time_that_a_person_dismissed_stays_dismissed_while_the_archive_is_away(
    place: Restorable, archive: Archive
) -> None:
    world, reference = forgotten_sending(place)
    world.judiciary.issue(ARRIVED, reference, world.seals[reference], BEFORE_ITS_PAPER)
    receive(world.passes, "poll")
    [item] = world.passes.quarantine()
    dismiss_item(world.passes.store, "city", item, world.passes.act("quarantine.dismiss"))
    archive.code, archive.seals = "archive.folder", {world.passes.entry(reference).seal_digest}
    world.clock.advance(minutes=31)
    receive(world.passes, "poll")
    assert codes(world.passes) == []


@pytest.fixture
def earlier(passes: Passes, archive: Archive) -> Passes:
    """A notice was sent by an earlier profile whose receipts name no seal; the archive alone tells that."""
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE, seal=SealPlace.NONE)
    passes.judiciary.profile, passes.reader = SANA, EarlierReader(digest=SANA.digest)
    passes.admit("1")
    passes.dispatch()
    archive.code, archive.records = "archive.unreachable", True
    return passes


def test_records_in_an_archive_that_is_away_leave_an_earlier_format_waiting(earlier: Passes, archive: Archive) -> None:
    [reference] = earlier.judiciary.received
    earlier.judiciary.issue(ARRIVED, reference, None, earlier.clock())
    for _ in range(2):
        assert ARCHIVE_AWAY in [error.code for error in receive(earlier, "poll").errors]
        assert codes(earlier) == [ARCHIVE_AWAY]
        earlier.clock.advance(minutes=31)
    archive.code = None
    receive(earlier, "poll")
    assert (codes(earlier), earlier.entry(reference).state) == ([], DeliveryState.DELIVERED)
    assert "R1" in earlier.judiciary.confirmed
    archive.code = "archive.unreachable"
    assert receive(earlier, "poll").errors == []
    assert codes(earlier) == [], "a receipt that was accepted is not set aside when it comes once more"


def test_a_wrong_number_is_told_without_the_archive(earlier: Passes) -> None:
    [reference] = earlier.judiciary.received
    earlier.judiciary.issue(ARRIVED, reference, None, earlier.clock(), tracking="T-other")
    receive(earlier)
    assert codes(earlier) == ["verify.about"]


def test_an_earlier_format_that_sent_nothing_is_refused_once_the_archive_answers(
    earlier: Passes, archive: Archive
) -> None:
    [reference] = earlier.judiciary.received
    earlier.reader = EarlierReader(digest="sha256:another")
    earlier.judiciary.issue(ARRIVED, reference, None, earlier.clock())
    receive(earlier)
    assert codes(earlier) == [ARCHIVE_AWAY]
    archive.code = None
    receive(earlier)
    assert codes(earlier) == ["verify.about"]
    assert earlier.entry(reference).state is DeliveryState.SUBMITTED
