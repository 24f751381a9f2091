"""What a busy city asks for thousands of times is found by an index, and a batch is a handful of statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from adapters.storage import migrate
from adapters.storage.engine import Database
from adapters.storage.sql_store import SqlStore
from gateway.delivery import DeliveryEvent, DeliveryState
from gateway.outbox import advance
from gateway.store import Changes, QuarantineKind
from tests.conformance.builders import (
    NOW,
    at,
    claim,
    ending,
    entry,
    evidence,
    intake,
    quarantined,
    receipt,
    reference,
    tray,
)
from tests.databases import postgresql_database

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
    migrate.upgrade(f"sqlite:///{path}")
    opened = SqlStore.open(f"sqlite:///{path}")
    yield opened
    opened.close()


ASKED: dict[str, tuple[Callable[[SqlStore], object], str]] = {
    "claim": (claim, "ix_outbox_queued"),
    "expired": (lambda s: s.expired(now=NOW, limit=10), "ix_outbox_sending"),
    "doubtful": (lambda s: s.doubtful(destination="court", now=NOW, limit=10), "ix_outbox_in_doubt"),
    "unwritten": (lambda s: s.unwritten("cases", 10), "ix_outbox_unwritten"),
    "unapplied": (lambda s: s.unapplied_receipts(10), "ix_receipt_unapplied"),
    "set aside": (lambda s: s.quarantine_size(QuarantineKind.ANSWER), "ix_quarantine_open"),
    "list": (lambda s: s.find(state=DeliveryState.REJECTED, limit=10, after=reference(1)), "ix_outbox_state"),
    "evidence": (lambda s: s.evidence(reference(1)), "ix_evidence_notice"),
}


@pytest.mark.parametrize("question", ASKED)
def test_an_index_answers(question: str, store: SqlStore, path: Path) -> None:
    ask, index = ASKED[question]
    with statements() as executed:
        ask(store)
    [(query, parameters)] = [(s, p) for s, p in executed if s.startswith("SELECT")]
    connection = sqlite3.connect(path)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", parameters)]
    connection.close()
    assert any(index in line for line in plan), plan
    assert not any(line.startswith("SCAN") and "INDEX" not in line for line in plan), plan
    if question != "evidence":  # a notice has few records
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
            )
            for n in range(2100)
        ]
        kept = [receipt(n, present, applied_at=NOW if n % 3 else None) for n, present in enumerate(presents)]
        store = SqlStore(database)
        store.commit(intake(*presents))
        carried = {f"receipt:R{n}": [present.reference] for n, present in enumerate(presents)}
        store.commit(tray(kept, message_notices=carried))
        items = [quarantined(str(n).encode()) for n in range(1000)]
        store.commit(Changes(quarantine=items, endings=[ending(item) for item in items]))
        session = database.session()
        session.exec_driver_sql("VACUUM ANALYZE")
        session.close()
        yield database
        database.close()


@pytest.mark.parametrize("question", ASKED)
def test_an_index_of_postgresql_answers(question: str, busy: Database) -> None:
    ask, index = ASKED[question]
    with statements() as executed:
        ask(SqlStore(busy))
    [(query, parameters)] = [(s, p) for s, p in executed if s.startswith("SELECT") and "FROM" in s]
    plan = busy.write(lambda c: c.exec_driver_sql(f"EXPLAIN {query}", parameters).scalars().all())
    text = "\n".join(plan)
    assert index in text, text
    assert "Seq Scan" not in text, text
    assert question == "evidence" or "Sort" not in text, text


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
    assert max(map(len, (admitting, claiming, answering, repeating))) < 10
