"""A process that dies inside a transaction leaves all of it or nothing, and the commit can be repeated."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool

from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry, advance
from gateway.people.people_change import AccountLink, EncryptedSecret, Invitation, PeopleChange
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.store.store import Store
from gateway.store.stored import Changes, Mark, Payload, Switch

from .builders import admit, at, claim, entry, evidence, intake, quarantined, receipt, refusal
from .conftest import Place


def everything(claimed: OutboxEntry) -> Changes:
    """A commit in which each part is used."""
    step = advance(claimed, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=1), evidence_id="answer:m1")
    new = intake(entry(2), entry(3))
    return replace(
        new,
        steps=[step],
        evidence=[*new.evidence, evidence("answer:m1"), evidence("receipt:R1", notice=claimed.reference)],
        payloads=[*new.payloads, Payload(digest=sha256(b"answer"), octets=b"answer")],
        message_notices={"answer:m1": [claimed.reference]},
        receipts=[receipt(1, claimed)],
        applied=["R1"],
        refusals=[refusal(9)],
        quarantine=[quarantined()],
        cursors={"source:cases": "2"},
        marks=[Mark(reference=entry(2).reference, held=True)],
        switch=Switch(stopped=True, since=at(minutes=1), evidence_id="answer:m1"),
        people=people(),
    )


def people() -> PeopleChange:
    person = Person(
        id="p-1",
        login="zahra",
        name="زهرا",
        roles=frozenset({Role.COMMISSION_SECRETARY}),
        bodies=frozenset({"article-100"}),
        active=True,
        created_at=at(minutes=1),
        changed_at=at(minutes=1),
    )
    secret = EncryptedSecret(key_id="key", octets=b"closed")
    invitation = Invitation(person="p-1", code_digest="digest", second_factor=secret, ends_at=at(minutes=9))
    link = AccountLink(account="z", person="p-1", linked_at=at(minutes=1))
    return PeopleChange(persons=[person], invitations=[invitation], links=[link])


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after_statements(number: int) -> None:
    """Die when so many statements that write have been executed."""
    executed = 0

    def count(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        nonlocal executed
        executed += statement.startswith(("INSERT", "UPDATE", "DELETE"))
        if executed == number:
            die()

    event.listen(Engine, "after_cursor_execute", count)


def before_the_commit() -> None:
    event.listen(Engine, "commit", lambda _connection: die())


def before_the_answer() -> None:
    event.listen(Pool, "checkin", lambda *_: die())


def commit_and_die(place: Place, claimed: OutboxEntry, arm: Callable[..., None], *arguments: int) -> None:
    store = place.open()
    arm(*arguments)
    store.commit(everything(claimed))


def seen(store: Store, claimed: OutboxEntry) -> object:
    references = [claimed.reference, entry(2).reference, entry(3).reference]
    return (
        store.tallies.counts(),
        store.notices.entries(references),
        [store.notices.history(reference) for reference in references],
        [[row.id for row in store.evidence.of_notice(reference)] for reference in references],
        sorted(store.receipts.digests(["R1"])),
        store.receipts.unapplied(10),
        store.refusals.unwritten("cases", 10),
        store.rows.cursor("source:cases"),
        store.switch(),
        store.people.all(),
    )


@pytest.mark.parametrize(
    ("arm", "arguments", "written"),
    [
        (after_statements, (1,), False),
        (after_statements, (7,), False),
        (before_the_commit, (), False),
        (before_the_answer, (), True),
    ],
)
@pytest.mark.exhaustive(keep=4)
def test_a_killed_commit_is_whole_or_nothing(
    place: Place, store: Store, arm: Callable[..., None], arguments: tuple[int, ...], written: bool
) -> None:
    admit(store, entry(1))
    [claimed] = claim(store)
    before = seen(store, claimed)

    child = multiprocessing.get_context("spawn").Process(target=commit_and_die, args=(place, claimed, arm, *arguments))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    after = seen(store, claimed)
    assert (after != before) == written

    assert store.commit(everything(claimed)) == frozenset()
    repeated = seen(store, claimed)
    assert repeated != before
    assert not written or repeated == after
    assert store.evidence.payload(sha256(b"answer")) == b"answer"
