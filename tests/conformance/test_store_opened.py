"""A signed message that is opened with what it brought: once, whoever brings it, and all of it or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, advance
from gateway.store.inbox import Envelope
from gateway.store.stored import Changes
from gateway.trust.trust_policy import Rejection

from .builders import NOW, admit, at, entry, intake, reference

ENVELOPE = Envelope(replay_key="sha256:1", message_id="urn:uuid:1", received_at=NOW, attempt="a")


def opening(envelope: Envelope, cursor: str) -> Changes:
    return Changes(opened={"court": envelope}, cursors={"c": cursor})


def test_a_message_is_opened_once(store: SqlStore) -> None:
    assert not store.inbox.knows(ENVELOPE.replay_key)
    store.commit(opening(ENVELOPE, "1"))
    assert store.inbox.knows(ENVELOPE.replay_key)
    with pytest.raises(Rejection) as refusal:
        store.commit(opening(replace(ENVELOPE, attempt="b"), "2"))
    assert refusal.value.code == "verify.replay"
    assert store.rows.cursor("c") == "1", "of a replay nothing is written"
    assert store.trouble is None, "and it is no trouble of the store"


def test_the_same_commit_again_is_no_replay(store: SqlStore) -> None:
    for _ in range(2):
        store.commit(opening(ENVELOPE, "1"))
    assert store.rows.cursor("c") == "1"


def test_another_message_is_opened_beside_it(store: SqlStore) -> None:
    store.commit(opening(ENVELOPE, "1"))
    store.commit(opening(replace(ENVELOPE, replay_key="sha256:2", attempt="b"), "2"))
    assert store.rows.cursor("c") == "2"


def test_what_fails_leaves_the_message_unopened(store: SqlStore) -> None:
    store.commit(opening(ENVELOPE, "1"))
    other = replace(ENVELOPE, replay_key="sha256:3", attempt="c")
    with pytest.raises(Rejection):
        store.commit(Changes(opened={"court": other, "lake": replace(ENVELOPE, attempt="d")}))
    assert not store.inbox.knows(other.replay_key)


S = DeliveryState


@pytest.mark.parametrize(
    ("state", "reported", "doubtful", "asked"),
    [
        (S.SUBMITTED, {}, False, True),
        (S.DELIVERED, {"delivered_at": NOW}, False, True),
        (S.VIEWED, {"delivered_at": NOW}, False, False),
        (S.VIEWED, {}, False, True),
        (S.IN_DOUBT, {}, False, False),
        (S.IN_DOUBT, {"due_at": None}, False, True),
        (S.IN_DOUBT, {}, True, True),
        (S.QUEUED, {}, True, False),
        (S.SENDING, {}, True, False),
        (S.UNDELIVERABLE, {}, True, False),
        (S.WITHDRAWN, {}, True, False),
        (S.SUBMITTED, {"admitted_at": at(days=-9), "state_since": at(days=-9)}, False, False),
        (S.SUBMITTED, {"destination": "lake"}, False, False),
    ],
)
def test_notices_that_may_still_get_receipts(
    store: SqlStore, state: DeliveryState, reported: dict[str, object], doubtful: bool, asked: bool
) -> None:
    there: OutboxEntry = replace(entry(1), state=state, **reported)  # type: ignore[arg-type]
    store.commit(intake(there))
    found = store.outbox.pollable(destination="court", doubtful=doubtful, since=at(days=-1), after="", limit=10)
    assert [each.reference for each in found] == ([there.reference] if asked else [])


@pytest.mark.parametrize("event", [DeliveryEvent.LEGAL_SERVICE, DeliveryEvent.CONTENT_CONSIGNMENT])
def test_a_step_that_keeps_the_state_renews_the_time_of_polling(store: SqlStore, event: DeliveryEvent) -> None:
    """Arrival nine days ago, service by law now: a viewing may still follow."""
    early = replace(entry(1), state=S.DELIVERED, admitted_at=at(days=-9), state_since=at(days=-9))
    admit(store, early)
    assert polled(store, since=at(days=-1)) == []
    step = advance(early, event, now=NOW, occurred_at=at(days=-10))
    store.commit(Changes(steps=[step]))
    assert step.after.state_since == at(days=-9)
    assert polled(store, since=at(days=-1)) == [early.reference]
    assert polled(store, since=at(days=1)) == []


def polled(store: SqlStore, since: datetime) -> list[str]:
    found = store.outbox.pollable(destination="court", doubtful=False, since=since, after="", limit=10)
    return [each.reference for each in found]


def test_they_come_in_the_order_of_their_references(store: SqlStore) -> None:
    store.commit(intake(*(replace(entry(n), state=S.SUBMITTED) for n in (3, 1, 2, 4))))
    found = store.outbox.pollable(destination="court", doubtful=False, since=at(days=-1), after=reference(1), limit=2)
    assert [each.reference for each in found] == [reference(2), reference(3)]
