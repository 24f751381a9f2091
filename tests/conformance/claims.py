"""Claims of a test: notices that wait for a person, acts of work on them, and the lists of a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import OutboxEntry, Transition, advance
from gateway.operations import notice_work
from gateway.operations.notice_work import is_work
from gateway.operations.operator_action import OperatorAction
from gateway.people.person import Person
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.people import ORIGIN, SignIn

from .builders import admission, at, entry, intake, reference

_E = DeliveryEvent
BODY, OTHER = "article-100", "article-77"
ONE = reference(1)


def take(store: SqlStore, *steps: Transition) -> OutboxEntry:
    assert store.commit(Changes(steps=steps)) == frozenset()
    return steps[-1].after


def dead(store: SqlStore, number: int, **fields: object) -> OutboxEntry:
    """Admit a notice whose lifetime is over: it waits for a person."""
    store.commit(intake_of(entry(number), **fields))
    return take(store, advance(entry(number), _E.LIFETIME_OVER, now=at(hours=number)))


def intake_of(present: OutboxEntry, **fields: object) -> Changes:
    made = intake(present)
    return replace(made, admissions=[admission(present, **fields)])


def rejected(store: SqlStore, number: int, **fields: object) -> OutboxEntry:
    store.commit(intake_of(entry(number, **fields)))
    present = entry(number, **fields)
    sending = advance(present, _E.CLAIM, now=at(hours=1))
    return take(store, sending, advance(sending.after, _E.SUBMISSION_REJECTION, now=at(hours=2)))


def act(name: str, person: Person, people: SignIn, text: str = "") -> OperatorAction:
    people.clock.advance(seconds=1)
    return OperatorAction(name=name, account=person.login, reason=text, at=people.clock())


def claim(people: SignIn, person: Person, of: str = ONE) -> bool:
    return notice_work.claim(people.store, of, person, act("notice.claim", person, people), ORIGIN)


def hand_over(people: SignIn, person: Person, to: Person | None, text: str = "") -> bool:
    deed = act("notice.hand-over", person, people, text)
    return notice_work.hand_over(people.store, ONE, person, to, deed, ORIGIN)


def comment(people: SignIn, person: Person, text: str) -> None:
    notice_work.comment(people.store, ONE, person, act("notice.comment", person, people, text), ORIGIN)


def holder(store: SqlStore, of: str = ONE) -> str | None:
    found = store.claims.standing(of).claim
    return None if found is None else found.person


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(GatewayError) as refusal:
        work()
    return refusal.value.code


def told(store: SqlStore) -> list[dict[str, str]]:
    """Return what is on record of the work on the notice; headers hold no person's data."""
    rows = [row for row in store.evidence.of_notice(ONE) if is_work(row)]
    for row in rows:
        for personal in ('"sara"', '"reza"', "زهرا", "متن"):
            assert personal.encode() not in row.header
    return [json.loads(store.evidence.payload(row.payload_digest)) for row in rows]


def waits(store: SqlStore, person: Person, bodies: frozenset[str] | None = None) -> tuple[list[str], ...]:
    """Return the references of the three lists."""
    found = store.worklist.waiting(bodies, person.id, show=50, up_to=100)
    mine = [each.admission.entry.reference for each in found.mine]
    others = [each.admission.entry.reference for each in found.others]
    assert (found.mine_count, found.free_count, found.others_count) == (len(mine), len(found.free), len(others))
    assert found.count == len(mine) + len(found.free) + len(others)
    return mine, [each.entry.reference for each in found.free], others
