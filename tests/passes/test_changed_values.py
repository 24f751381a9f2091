"""SQL moves a date of service: what the store and the rows say is compared with the receipts' own octets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Table, update

from adapters.storage.schema.tables import event, evidence, outbox
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.record.derived import unproven
from gateway.store.stored import Changes, Mark

from .conftest import GRACE, Passes

ARRIVED, VIEWED = DeliveryEvent.CONTENT_CONSIGNMENT.value, DeliveryEvent.CONTENT_HANDOVER.value


@pytest.fixture
def served(passes: Passes) -> OutboxEntry:
    """A notice that arrived yesterday; its row shows that."""
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.clock.advance(hours=1)
    passes.judiciary.issue(ARRIVED, entry.reference, entry.seal_digest, passes.clock())
    passes.receive()
    passes.write_back()
    passes.clock.now += GRACE + timedelta(days=1)
    entry = passes.entry(entry.reference)
    assert entry.written_seq == entry.seq
    return entry


def change(passes: Passes, table: Table, **values: object) -> None:
    """Act as somebody who has the store's password."""

    def work(connection: Connection) -> None:
        assert connection.execute(update(table).values(values)).rowcount > 0

    passes.store._database.write(work)


EARLIER = timedelta(days=20)
CHANGES: dict[str, Callable[[OutboxEntry], dict[str, object]]] = {
    "delivered_at": lambda entry: {"delivered_at": (entry.delivered_at or entry.admitted_at) - EARLIER},
    "delivered_at none": lambda entry: {"delivered_at": None},
    "viewed_at": lambda entry: {"viewed_at": entry.admitted_at},
    "tracking_number": lambda entry: {"tracking_number": "T-OTHER"},
    "tracking_number none": lambda entry: {"tracking_number": None},
    "state": lambda entry: {"state": DeliveryState.VIEWED},
}


@pytest.mark.long
@pytest.mark.parametrize("what", sorted(CHANGES))
def test_sql_that_moves_the_date_of_service_is_found_and_not_written_back(
    passes: Passes, served: OutboxEntry, what: str
) -> None:
    assert [finding.kind for finding in passes.reconcile()[1]] == []
    shown = passes.cases.results["1"]
    change(passes, outbox, **CHANGES[what](served))
    _, found = passes.reconcile()
    [finding] = [each for each in found if each.kind == "value-unproven"]
    assert (finding.reference, finding.actor.value) == (served.reference, "operator")
    assert what.split(" ", maxsplit=1)[0] in finding.detail
    passes.store.commit(Changes(marks=[Mark(reference=served.reference, unwritten=passes.clock())]))
    report = passes.write_back()
    assert [(error.code, served.reference in error.where) for error in report.errors] == [("writeback.unproven", True)]
    assert passes.cases.results["1"] == shown, "nothing of it is written"
    change(passes, outbox, **{name: getattr(served, name) for name in ("delivered_at", "viewed_at", "tracking_number")})
    change(passes, outbox, state=served.state)
    assert passes.write_back().errors == []


def test_a_moved_step_and_a_changed_record_are_no_proof(passes: Passes, served: OutboxEntry) -> None:
    record = passes.store.evidence.record("receipt:R1")
    assert record is not None
    change(passes, outbox, delivered_at=served.admitted_at)
    change(passes, event, occurred_at=served.admitted_at)
    assert unproven(passes.store.evidence, [passes.entry(served.reference)], passes.reader.read)
    change(passes, outbox, delivered_at=served.delivered_at)
    assert not unproven(passes.store.evidence, [passes.entry(served.reference)], passes.reader.read)
    header = record.header.replace(b"ContentConsignment", b"ContentHandover")
    change(passes, evidence, header=header)
    [reasons] = unproven(passes.store.evidence, [passes.entry(served.reference)], None).values()
    assert [each for each in reasons if "has no genuine record" in each]


def test_a_number_is_compared_before_any_receipt_came(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.dispatch()
    submitted = passes.entry(entry.reference)
    assert not unproven(passes.store.evidence, [submitted], passes.reader.read)
    [[reason]] = unproven(
        passes.store.evidence, [replace(submitted, tracking_number="T-OTHER")], passes.reader.read
    ).values()
    assert reason.startswith("tracking_number T-OTHER")


@pytest.mark.parametrize("field", ["delivered_at", "tracking_number", "service_date"])
def test_a_date_or_number_that_was_changed_in_the_case_database_is_found(
    passes: Passes, served: OutboxEntry, field: str
) -> None:
    other = {
        "delivered_at": served.admitted_at - EARLIER,
        "tracking_number": "T-OTHER",
        "service_date": "1404-01-01",
    }[field]
    passes.cases.results["1"] = replace(passes.cases.results["1"], **{field: other})
    _, [finding] = passes.reconcile()
    assert (finding.kind, finding.reference) == ("result-differs", served.reference)
    assert field in finding.detail


def test_what_a_viewing_adds_to_a_moved_date_is_not_written_back(passes: Passes, served: OutboxEntry) -> None:
    change(passes, outbox, delivered_at=served.admitted_at)
    passes.judiciary.issue(VIEWED, served.reference, served.seal_digest, passes.clock())
    passes.receive()
    assert passes.entry(served.reference).state is DeliveryState.VIEWED
    assert [error.code for error in passes.write_back().errors] == ["writeback.unproven"]
    assert passes.cases.results["1"].state == "DELIVERED"
