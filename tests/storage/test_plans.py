"""Frequent queries of a busy installation use an index, and a batch is a handful of statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from adapters.storage.engine.engine import Database
from adapters.storage.schema.archive_tables import revocation_list
from adapters.storage.sql_store import SqlStore
from gateway.evidence.evidence_query import EvidenceQuery
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import advance
from gateway.record.evidence_record import EvidenceKind
from gateway.store.among import Among
from gateway.store.stored import Changes, QuarantineKind
from tests.conformance.builders import (
    NOW,
    admit,
    at,
    claim,
    ending,
    entry,
    evidence,
    intake,
    quarantined,
    receipt,
    receipt_batch,
    reference,
)
from tests.databases import make_store, postgresql_database

Executed = list[tuple[str, tuple[object, ...]]]


@contextmanager
def statements() -> Iterator[Executed]:
    executed: Executed = []

    def keep(
        _connection: Connection, _cursor: object, statement: str, parameters: tuple[object, ...], *_: object
    ) -> None:
        executed.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield executed
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    make_store(f"sqlite:///{path}")
    opened = SqlStore.open(f"sqlite:///{path}")
    yield opened
    opened.close()


ASKED: dict[str, tuple[Callable[[SqlStore], object], str]] = {
    # Of few, since there are few: it would be no use to follow an index and then take nearly all.
    "claim": (lambda s: claim(s, limit=6), "ix_outbox_queued"),
    "expired": (lambda s: s.outbox.expired(now=NOW, limit=10), "ix_outbox_sending"),
    "doubtful": (lambda s: s.outbox.doubtful(destination="court", now=NOW, limit=10), "ix_outbox_in_doubt"),
    "pending": (lambda s: s.outbox.pending(destination="court", now=NOW, limit=10), "ix_outbox_pending"),
    "pending too long": (
        lambda s: s.outbox.pending(destination="court", now=NOW, limit=10, since_before=at(days=-1)),
        "ix_outbox_pending_since",
    ),
    # Of a judiciary that has none: with ten at the first place looked at, it would be no use to follow an index.
    "polled": (
        lambda s: s.outbox.pollable(destination="lake", doubtful=True, since=at(days=-9), after=reference(1), limit=10),
        "ix_outbox_polled",
    ),
    "unwritten": (lambda s: s.outbox.unwritten("cases", 10), "ix_outbox_unwritten"),
    "unapplied": (lambda s: s.receipts.unapplied(10), "ix_receipt_unapplied"),
    "set aside": (lambda s: s.quarantine.size(QuarantineKind.ANSWER), "ix_quarantine_open"),
    "queued, and named by a receipt": (lambda s: s.quarantine.named_in_queue(10), "ix_quarantine_notice"),
    "list": (lambda s: s.notices.find(state=DeliveryState.REJECTED, limit=10, after=reference(1)), "ix_outbox_state"),
    "admitted": (
        lambda s: s.notices.admitted(since=at(days=-1), until=at(days=1), limit=10, after=(NOW, reference(1))),
        "ix_outbox_admitted",
    ),
    "sealed ahead": (lambda s: s.outbox.sealed_ahead(since=at(minutes=1), limit=10, after=None), "ix_outbox_admitted"),
    "sealed ahead, next page": (
        lambda s: s.outbox.sealed_ahead(since=at(minutes=1), limit=10, after=(at(days=40), reference(1))),
        "ix_outbox_admitted",
    ),
    "unapplied, next page": (lambda s: s.receipts.unapplied(10, (NOW, "R1")), "ix_receipt_unapplied"),
    "late": (
        lambda s: s.notices.find(
            state=DeliveryState.REJECTED, limit=10, after=reference(1), among=Among(admitted_before=NOW)
        ),
        "ix_outbox_state",
    ),
    "unwritten, next page": (
        lambda s: s.outbox.unwritten("cases", 10, (at(days=-1), reference(1))),
        "ix_outbox_unwritten",
    ),
    "lists": (lambda s: s.lists.around("scope 1", at(seconds=1000), 8), "ix_revocation_list_scope"),
    "evidence": (lambda s: s.evidence.of_notice(reference(1)), "ix_evidence_notice"),
    "evidence, searched": (
        lambda s: s.records.find(EvidenceQuery(notice=reference(1)), None, 10),
        "ix_evidence_notice",
    ),
    "evidence by time": (
        lambda s: s.records.find(EvidenceQuery(begins=at(days=-1), ends=at(days=1)), None, 10),
        "ix_evidence_recorded",
    ),
    "receipts by time": (
        lambda s: s.records.find(
            EvidenceQuery(kinds=frozenset({EvidenceKind.RECEIPT}), begins=at(days=-1), ends=at(days=1)), None, 10
        ),
        "ix_evidence_recorded",
    ),
    "acts": (
        lambda s: s.records.find(EvidenceQuery(kinds=frozenset({EvidenceKind.PERSON_ACT})), None, 10),
        "ix_evidence_rare_recorded",
    ),
    "acts by time": (
        lambda s: s.records.find(
            EvidenceQuery(kinds=frozenset({EvidenceKind.PERSON_ACT}), begins=at(days=-1), ends=at(days=1)), None, 10
        ),
        "ix_evidence_rare_recorded",
    ),
    "configurations": (lambda s: s.evidence.configurations(), "ix_evidence_configuration"),
}

OF_A_NOTICE = ("evidence", "evidence, searched")
"""Questions whose few rows are sorted: a notice has few records."""

FEW = "recovery"
"""A table of which there are a few rows in a lifetime."""


def queries(executed: Executed) -> Executed:
    """List the statements, each of them once."""
    found = [(s, p) for s, p in executed if s.startswith(("SELECT", "WITH")) and "FROM" in s and "set_config" not in s]
    assert found
    return found


@pytest.mark.parametrize("question", ASKED)
def test_an_index_answers(question: str, store: SqlStore, path: Path) -> None:
    ask, index = ASKED[question]
    admit(store, entry(5000), entry(5001, source="permits"))
    with statements() as executed:
        ask(store)
    for query, parameters in queries(executed):
        connection = sqlite3.connect(path)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", parameters)]
        connection.close()
        assert any(index in line for line in plan), plan
        whole = [line for line in plan if line.startswith("SCAN") and line not in ("SCAN CONSTANT ROW", f"SCAN {FEW}")]
        assert not any("INDEX" not in line and line != "SCAN found" for line in whole), plan
        if question not in OF_A_NOTICE:
            assert not any("TEMP B-TREE" in line for line in plan), plan


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """PostgreSQL with hundreds of notices in every stage, and statistics as autovacuum makes them."""
    with postgresql_database(tmp_path_factory.mktemp("unused")) as url:
        database = Database(url)
        stages = [DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.IN_DOUBT, *[DeliveryState.DELIVERED] * 4]
        presents = [
            entry(
                n,
                state=DeliveryState.REJECTED if n % 100 == 0 else stages[n % len(stages)],
                written_seq=-(n % 2),
                due_at=at(seconds=-n),
                lease_until=at(seconds=-n),
                state_since=at(seconds=-n),
                serve_by=NOW.date() + timedelta(days=n) if n % 5 == 0 else None,
                source=("cases", "permits", "dues")[n % 3],
            )
            for n in range(2100)
        ]
        kept = [receipt(n, present, applied_at=NOW if n % 3 else None) for n, present in enumerate(presents)]
        store = SqlStore(database)
        store.commit(intake(*presents))
        carried = {f"receipt:R{n}": [present.reference] for n, present in enumerate(presents)}
        store.commit(receipt_batch(kept, message_notices=carried))
        items = [quarantined(str(n).encode()) for n in range(1000)]
        store.commit(Changes(quarantine=items, endings=[ending(item) for item in items]))
        lists = [
            {column.name: f"{column.name} {n}" for column in revocation_list.c}
            | {"scope": f"scope {n % 5}", "octets": b"DER" * 100}
            | dict.fromkeys(("this_update", "next_update", "came_at", "seen_at"), at(seconds=n))
            for n in range(2000)
        ]
        database.write(lambda c: c.execute(revocation_list.insert(), lists))
        session = database.session()
        session.exec_driver_sql("VACUUM ANALYZE")
        session.close()
        yield database
        database.close()


@pytest.mark.long
@pytest.mark.parametrize("question", ASKED)
def test_an_index_of_postgresql_answers(question: str, busy: Database) -> None:
    ask, index = ASKED[question]
    with statements() as executed:
        ask(SqlStore(busy))
    for query, parameters in queries(executed):
        text = "\n".join(busy.write(lambda c, q=query, p=parameters: c.exec_driver_sql(f"EXPLAIN {q}", p).scalars()))
        assert index in text, text
        assert "Seq Scan" not in text.replace(f"Seq Scan on {FEW}", ""), text
        assert question in OF_A_NOTICE or "Sort" not in text, text


def test_a_batch_is_a_handful_of_statements(store: SqlStore) -> None:
    presents = [entry(n) for n in range(200)]
    with statements() as admitting:
        store.commit(intake(*presents))
    with statements() as claiming:
        claimed = claim(store, limit=200)
    steps = [advance(p, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=1), evidence_id="e") for p in claimed]
    answer = Changes(steps=steps, evidence=[evidence("e")], message_notices={"e": [p.reference for p in claimed]})
    with statements() as answering:
        store.commit(answer)
    with statements() as repeating:
        store.commit(answer)
    assert len(claimed) == 200
    assert max(map(len, (admitting, claiming, answering, repeating))) < 15
