"""A signed receipt contradicts the end of a notice: until a person dealt with it, its paper is not served otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.intake.hand_entry import Entering
from gateway.judiciary.courier import NoAccount, Rejected
from gateway.judiciary.paging import Paging, PagingWay
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import switch_channel
from gateway.receipts.quarantine_release import dismiss_item
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Quarantined
from tests.mappers import case_mapper

from .conftest import Passes
from .ports import accept

ARRIVED, FAILED = DeliveryEvent.CONTENT_CONSIGNMENT.value, DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE.value
PAST = datetime(2020, 1, 1, tzinfo=UTC)
CODES = pytest.mark.parametrize("code", ["receipt.contradiction", "receipt.implausible-time"])


def rejected(passes: Passes) -> OutboxEntry:
    passes.judiciary.outcome = lambda _: Rejected(code="R-1")
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.outcome = accept
    return passes.entry(entry.reference)


def contradicted(passes: Passes, entry: OutboxEntry, code: str = "receipt.contradiction") -> Quarantined:
    """Let a receipt of arrival come that the notice's state excludes."""
    passes.clock.advance(hours=2)
    at = PAST if code == "receipt.implausible-time" else passes.clock.now
    passes.judiciary.issue(ARRIVED, entry.reference, entry.seal_digest, at)
    passes.clock.advance(minutes=5)
    report = passes.receive()
    assert [alarm.code for alarm in report.alarms] == [code]
    [item] = passes.quarantine()
    assert (item.code, item.notice) == (code, entry.reference)
    return item


def dismissed(passes: Passes, item: Quarantined) -> None:
    passes.clock.advance(minutes=5)
    dismiss_item(passes.store, "city", item, passes.act("quarantine.dismiss"))


@CODES
def test_no_revision_of_a_rejected_paper_is_admitted_while_its_receipt_of_arrival_is_open(
    passes: Passes, code: str
) -> None:
    entry = rejected(passes)
    item = contradicted(passes, entry, code)
    passes.cases.put("1", revision=2)
    assert passes.collect().counts == {"collected": 1, "refused": 1}
    passes.write_back()
    refusal = passes.cases.refusals["1"]
    assert (refusal.code, refusal.field) == ("notice.predecessor", "revision")
    assert entry.reference in refusal.reason
    passes.collect()
    passes.dispatch()
    assert passes.judiciary.received == [entry.reference], "a second notice would start a second deadline"

    dismissed(passes, item)
    assert passes.collect().counts == {"admitted": 1}, "the row is looked at again by itself"
    passes.dispatch()
    assert len(passes.judiciary.received) == 2


def test_no_row_of_another_paper_takes_the_place_of_a_rejected_one_meanwhile(passes: Passes) -> None:
    item = contradicted(passes, rejected(passes))
    passes.cases.put("1", paper_number="P-9")
    assert passes.collect().counts == {"collected": 1, "refused": 1}
    dismissed(passes, item)
    assert passes.collect().counts == {"admitted": 1}


def test_nobody_enters_a_revision_by_hand_meanwhile(passes: Passes) -> None:
    item = contradicted(passes, rejected(passes))
    entering = Entering(
        source="hand",
        mapper=case_mapper(passes.bodies()),
        notices=passes.store.notices,
        quarantine=passes.store.quarantine,
        inbox=passes.store.inbox,
        conforms=lambda _: None,
    )
    passes.cases.put("2", paper_number="P-1", revision=2)
    [row] = passes.cases.rows(["2"], ())
    [problem] = entering.judge(row.fields).problems
    assert (problem.field, problem.code) == ("revision", "notice.predecessor")
    dismissed(passes, item)
    assert entering.judge(row.fields).problems == ()


@CODES
@pytest.mark.parametrize("ended", [DeliveryState.UNDELIVERABLE, DeliveryState.NO_ACCOUNT])
def test_no_other_channel_is_recorded_while_the_receipt_of_arrival_is_open(
    passes: Passes, ended: DeliveryState, code: str
) -> None:
    if ended is DeliveryState.NO_ACCOUNT:
        passes.judiciary.outcome = lambda _: NoAccount()
    (entry,) = passes.admit("1")
    passes.dispatch()
    if ended is DeliveryState.UNDELIVERABLE:
        passes.judiciary.issue(FAILED, entry.reference, entry.seal_digest, passes.clock.now + timedelta(minutes=1))
        passes.receive()
    assert passes.entry(entry.reference).state is ended
    item = contradicted(passes, entry, code)
    with pytest.raises(GatewayError, match=rf"{item.payload_digest}/{code}.*queue\.receipt-waits"):
        passes.intervene(entry.reference, switch_channel)
    dismissed(passes, item)
    assert passes.intervene(entry.reference, switch_channel).entry.state is DeliveryState.OTHER_CHANNEL


def test_a_dismissed_receipt_that_each_page_shows_again_stops_nothing_once_more(passes: Passes) -> None:
    passes.judiciary.paging = Paging(by=PagingWay.NUMBER)
    entry = rejected(passes)
    item = contradicted(passes, entry, "receipt.implausible-time")
    dismissed(passes, item)
    passes.clock.advance(minutes=5)
    report = passes.receive()
    assert (report.counts["quarantined"], report.alarms, passes.quarantine()) == (0, [], [])
    passes.cases.put("1", revision=2)
    assert passes.collect().counts["admitted"] == 1
    passes.clock.advance(minutes=5)
    assert passes.release(item).receipt is not None, "a person may still believe it"
    assert [each.code for each in passes.quarantine()] == ["receipt.contradiction"], "its time is accepted now"
    assert entry.reference == passes.quarantine()[0].notice


def test_a_dismissed_receipt_of_a_repeated_id_is_not_open_again_for_each_page(passes: Passes) -> None:
    """Two receipts under one id: a page shows both in each pass."""
    passes.judiciary.paging = Paging(by=PagingWay.NUMBER)
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.clock.advance(hours=2)
    passes.judiciary.issue(ARRIVED, entry.reference, entry.seal_digest, passes.clock.now)
    passes.judiciary.receipts.append(passes.judiciary.receipts[0] + b" ")
    passes.receive()
    [item] = passes.quarantine()
    assert item.code == "receipt.contradiction"
    dismissed(passes, item)
    passes.clock.advance(minutes=5)
    report = passes.receive()
    assert (report.alarms, passes.quarantine()) == ([], [])


def test_what_was_not_believed_stops_neither_a_revision_nor_another_channel(passes: Passes) -> None:
    entry = rejected(passes)
    passes.judiciary.receipts.append(f"forged Reference={entry.reference}".encode())
    passes.receive()
    assert [item.code for item in passes.quarantine()] == ["verify.signature"]
    passes.cases.put("1", revision=2)
    assert passes.collect().counts["admitted"] == 1
    passes.judiciary.outcome = lambda _: NoAccount()
    passes.dispatch()
    [second] = passes.store.notices.find(state=DeliveryState.NO_ACCOUNT, limit=2, after=None)
    passes.judiciary.receipts.append(f"forged Reference={second.entry.reference}".encode())
    passes.receive()
    assert passes.intervene(second.entry.reference, switch_channel).changed


def test_a_contradiction_is_not_judged_again_by_itself(passes: Passes) -> None:
    item = contradicted(passes, rejected(passes))
    passes.clock.advance(hours=1)
    report = passes.receive()
    assert (report.counts["taken_again"], report.alarms, passes.quarantine()) == (0, [], [item])
    assert passes.store.quarantine.known_by_now(10) == []
