"""Rows that were pushed lose their content when their class's time is over, and are still known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About, LegalHold, Rule
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import PushedRow, Taking
from gateway.store.stored import Changes

from .builders import NOW, at, entry, evidence, intake

pytestmark = pytest.mark.exhaustive(draw=["place"])

PDF, OTHER = b"%PDF-1.7 one", b"%PDF-1.7 two"
RULE = Rule(name="rulings", kinds=frozenset({EvidenceKind.SEALED_NOTICE}), life=timedelta(days=10))
LATER = NOW + timedelta(days=11)


def row(key: str, version: int = 1, document: bytes = PDF) -> PushedRow:
    return PushedRow(key=key, version=version, fields={"subject": "رأی", "document": document})


def push(store: SqlStore, *rows: PushedRow) -> list[Taking]:
    return [each.taking for each in store.inbox.push("desk", rows, origin="test", now=NOW)]


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
    + [{"state_since": at(days=5)}, {"written_seq": -1}, {"held": True}],
    ids=str,
)
def test_what_is_not_at_rest_stays(store: SqlStore, fields: dict[str, object]) -> None:
    admitted(store, 1, **fields)
    assert end(store) == (0, 0)


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
