"""Rows that were pushed lose their content when their class's time is over, and are still known.

No document is stored that no row names.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import PayloadStore
from adapters.storage.sql_store import SqlStore
from adapters.storage.stores import inbox_ending
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About, LegalHold, Rule
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import PushedRow, Taking
from gateway.store.stored import Changes

from .builders import NOW, at, entry, evidence, intake
from .conftest import Place

pytestmark = pytest.mark.exhaustive(draw=["place"])

PDF, OTHER, LAST = b"%PDF-1.7 one", b"%PDF-1.7 two", b"%PDF-1.7 three"
RULE = Rule(name="rulings", kinds=frozenset({EvidenceKind.SEALED_NOTICE}), life=timedelta(days=10))
LATER = NOW + timedelta(days=11)


def row(key: str, version: int = 1, document: bytes = PDF) -> PushedRow:
    return PushedRow(key=key, version=version, fields={"subject": "رأی", "document": document})


def push(store: SqlStore, *rows: PushedRow, source: str = "desk") -> list[Taking]:
    return [each.taking for each in store.inbox.push(source, rows, origin="test", now=NOW)]


def document(store: SqlStore, key: str = "1", source: str = "desk") -> object:
    [found] = store.inbox.rows(source, [key])
    return found.fields["document"]


def is_stored(store: SqlStore, octets: bytes) -> bool:
    with suppress(GatewayError):
        return store.evidence.payload(sha256(octets)) == octets
    return False


def admitted(store: SqlStore, number: int, **fields: object) -> OutboxEntry:
    """A row of this number was pushed and is a notice by now, whose story is archived."""
    push(store, row(str(number)))
    usual = {"state": DeliveryState.VIEWED, "state_since": NOW, "written_seq": 9}
    present = entry(number, source="desk", row_key=str(number), **(usual | fields))
    versions = {mark.key: mark for mark in store.inbox.marks("desk", 0, 100)}
    store.commit(replace(intake(present), seen=[versions[str(number)]]))
    store.log.place(100)
    return present


def end(store: SqlStore, rule: Rule = RULE) -> tuple[int, int]:
    return store.inbox.end_rows([rule], LATER, store.log.size())


def marks(store: SqlStore) -> list[str]:
    return [mark.key for mark in store.inbox.marks("desk", 0, 100)]


def test_content_and_documents_go_and_the_row_is_still_known(store: SqlStore) -> None:
    admitted(store, 1)
    assert store.inbox.end_rows([RULE], NOW + timedelta(days=9), store.log.size()) == (0, 0)
    assert store.inbox.ended_rows([RULE], LATER, store.log.size()) == 1
    assert end(store) == (1, 1)
    assert (marks(store), list(store.inbox.rows("desk", ["1"]))) == ([], [])
    with pytest.raises(GatewayError, match="missing"):
        store.evidence.payloads([sha256(PDF)])
    assert push(store, row("1")) == [Taking.REPEATED]
    assert push(store, row("1", document=OTHER), row("1", version=0)) == [Taking.REFUSED, Taking.REFUSED]
    assert end(store) == (0, 0)
    assert not is_stored(store, PDF), "a repeated row stores its document again"


def test_a_newer_version_brings_its_content_anew(store: SqlStore) -> None:
    admitted(store, 1)
    end(store)
    assert push(store, row("1", version=2)) == [Taking.STORED]
    [found] = store.inbox.rows("desk", ["1"])
    assert found.fields["document"] == PDF
    assert end(store) == (0, 0)  # nobody has decided about it yet


def test_a_document_that_another_row_names_stays(store: SqlStore) -> None:
    admitted(store, 1)
    push(store, row("2"))
    assert end(store) == (1, 0)
    [found] = store.inbox.rows("desk", ["2"])
    assert found.fields["document"] == PDF


@pytest.mark.parametrize(
    "fields",
    [{"state": state} for state in (DeliveryState.QUEUED, DeliveryState.IN_DOUBT, DeliveryState.DEAD_LETTER)]
    + [{"state_since": at(days=5)}, {"written_seq": -1}],
    ids=str,
)
def test_what_is_not_at_rest_stays(store: SqlStore, fields: dict[str, object]) -> None:
    admitted(store, 1, **fields)
    assert end(store) == (0, 0)


def test_a_hold_of_a_notice_that_came_to_rest_keeps_nothing(store: SqlStore) -> None:
    """A person held its doubt: the mark says nothing any more, and nobody would take it away."""
    admitted(store, 1, held=True)
    assert end(store) == (1, 1)


def test_what_no_class_names_a_person_holds_or_is_in_no_segment_stays(store: SqlStore) -> None:
    present = admitted(store, 1)
    assert end(store, replace(RULE, kinds=frozenset({EvidenceKind.RECEIPT}))) == (0, 0)
    assert store.inbox.end_rows([RULE], LATER, 0) == (0, 0)
    act = evidence("act:1")
    hold = LegalHold(about=About.NOTICE, subject=present.reference, since=NOW, evidence_id=act.id)
    store.commit(Changes(evidence=[act], holds=[hold]))
    assert end(store) == (0, 0)


def test_what_was_never_taken_in_stays(store: SqlStore) -> None:
    push(store, row("1"))
    assert end(store) == (0, 0)
    assert marks(store) == ["1"]


def test_a_row_that_is_not_stored_stores_no_document(store: SqlStore) -> None:
    assert push(store, row("1", 2), row("1", 3, OTHER), row("1", 4, LAST)) == [Taking.STORED] * 3
    assert push(store, row("1", 3, b"%PDF-1.7 older")) == [Taking.REFUSED]
    assert [is_stored(store, each) for each in (PDF, OTHER, b"%PDF-1.7 older", LAST)] == [False, False, False, True]


def test_the_document_of_a_replaced_row_is_deleted_with_it(place: Place, payloads: PayloadStore) -> None:
    with closing(place.open(payloads)) as store:
        push(store, row("1"), row("2", document=OTHER))
        push(store, row("1", 2, OTHER))
        assert (document(store), is_stored(store, PDF)) == (OTHER, False)
        push(store, row("1", 3, PDF))
        push(store, row("1", 4, PDF))
        assert (document(store), document(store, "2")) == (PDF, OTHER)


def test_a_row_that_is_replaced_while_rows_are_read_is_read_as_it_is_then(store: SqlStore) -> None:
    push(store, row("1"), row("2"), row("3", document=OTHER))
    reading = store.inbox.rows("desk", ["1", "2", "3"])
    assert next(reading).key == "1"
    push(store, row("1", 2, OTHER), row("2", 2, OTHER))
    assert [(each.key, each.fields["document"]) for each in reading] == [("2", OTHER), ("3", OTHER)]


def test_a_renamed_source_deletes_the_documents_of_rows_that_it_drops(store: SqlStore) -> None:
    push(store, row("1"), row("2"))
    push(store, row("1", document=OTHER), source="front")
    store.commit(Changes(renamed=("desk", "front")))
    assert (document(store, source="front"), is_stored(store, OTHER)) == (PDF, False)
    push(store, row("1", 2, OTHER), row("2", 2, OTHER), source="front")
    assert not is_stored(store, PDF)


def test_many_rows_end_some_in_each_transaction(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_ending, "PAGE", 2)
    for number in range(1, 6):
        admitted(store, number)
    push(store, row("new", document=OTHER))
    writes = []

    def counted(database: Database, work: Callable[[Any], Any]) -> Any:
        writes.append(work)
        return write(database, work)

    write = Database.write
    monkeypatch.setattr(Database, "write", counted)
    assert store.inbox.ended_rows([RULE], LATER, store.log.size()) == 5
    assert end(store) == (5, 1)
    assert len(writes) == 3
    assert (marks(store), document(store, "new")) == (["new"], OTHER)


def test_pushes_at_once_lose_no_document_and_leave_none(place: Place, payloads: PayloadStore) -> None:
    """One source's row leaves a document while another source's row comes with it, or leaves it, too."""

    def push_often(source: str) -> None:
        with closing(place.open(payloads)) as store:
            for version, octets in enumerate([PDF, OTHER] * 8 + [LAST]):
                assert push(store, row("1", version, octets), source=source) == [Taking.STORED]
                assert document(store, source=source) == octets

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(push_often, ["desk", "front", "portal"]))
    with closing(place.open(payloads)) as store:
        assert [is_stored(store, each) for each in (PDF, OTHER, LAST)] == [False, False, True]
