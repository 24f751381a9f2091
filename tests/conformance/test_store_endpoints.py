"""Processes share an endpoint's state: one at a time changes its breaker, and half-open lets one call through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, CircuitBreaker, Failure, Permit
from gateway.store.store import Store
from gateway.store.stored import Changes, EndpointState

from .builders import NOW, at, evidence
from .conftest import Place

SILENT = Failure(code="courier.no-answer")


def fail(store: Store, destination: str = "court") -> CircuitBreaker:
    return store.endpoints.update_breaker(destination, lambda breaker: breaker.failed(SILENT, NOW), NOW)[1]


def probe(store: Store) -> bool:
    """Return True if this call may try the endpoint."""

    def change(breaker: CircuitBreaker) -> CircuitBreaker:
        return breaker.probed(at(hours=2)) if breaker.permit(at(hours=1)) is Permit.PROBE else breaker

    before, _ = store.endpoints.update_breaker("court", change, NOW)
    return before.permit(at(hours=1)) is Permit.PROBE


def test_an_endpoint_that_was_never_called_in_vain_is_closed_and_takes_no_row(store: Store) -> None:
    assert store.endpoints.breaker("court") == CircuitBreaker(destination="court")
    assert store.endpoints.states() == []


def test_a_change_is_seen_by_everybody(place: Place, store: Store) -> None:
    for _ in range(FAILURES_THAT_OPEN):
        fail(store)
    fail(store, "another")
    other = place.open()
    assert other.endpoints.breaker("court").permit(NOW) is Permit.OPEN
    assert other.endpoints.breaker("court") == store.endpoints.breaker("court")
    assert [state.breaker.destination for state in other.endpoints.states()] == ["another", "court"]
    assert other.endpoints.states()[1] == EndpointState(breaker=store.endpoints.breaker("court"))
    other.close()


def test_a_change_is_told_with_what_it_changed(store: Store) -> None:
    first = fail(store)
    before, after = store.endpoints.update_breaker("court", lambda breaker: breaker.succeeded(), NOW)
    assert (before, after) == (first, CircuitBreaker(destination="court"))
    assert store.endpoints.breaker("court") == after


def test_what_fails_in_a_change_changes_nothing(store: Store) -> None:
    before = fail(store)
    with pytest.raises(ZeroDivisionError):
        store.endpoints.update_breaker("court", lambda breaker: replace(breaker, failures=1 // 0), NOW)
    assert store.endpoints.breaker("court") == before


def test_of_many_that_fail_at_once_each_counts(place: Place, store: Store) -> None:
    def count(_: int) -> None:
        store.endpoints.update_breaker("court", lambda breaker: replace(breaker, failures=breaker.failures + 1), NOW)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(24)))
    assert store.endpoints.breaker("court").failures == 24


def test_of_many_that_ask_at_once_one_may_try(place: Place, store: Store) -> None:
    for _ in range(FAILURES_THAT_OPEN):
        fail(store)
    stores = [place.open() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(probe, stores)) == [False, False, False, True]
    for each in stores:
        each.close()


def test_a_person_ends_a_rest_with_the_evidence_of_it(store: Store) -> None:
    for _ in range(FAILURES_THAT_OPEN):
        opened = fail(store)
    breaker_wakeups = {"court": at(seconds=1), "unheard-of": at(seconds=1)}
    act = Changes(evidence=[evidence("act:1", kind=EvidenceKind.PERSON_ACT)], breaker_wakeups=breaker_wakeups)
    for _ in range(2):
        store.commit(act)
    assert store.endpoints.breaker("court") == replace(opened, rests_until=at(seconds=1))
    assert store.endpoints.breaker("court").permit(at(seconds=1)) is Permit.PROBE
    assert store.evidence.record("act:1") is not None
    assert [state.breaker.destination for state in store.endpoints.states()] == ["court"]


def test_a_rest_is_never_made_longer_by_a_person_nor_one_begun(store: Store) -> None:
    once = fail(store)
    store.commit(Changes(breaker_wakeups={"court": at(hours=9)}))
    assert store.endpoints.breaker("court") == once
    for _ in range(FAILURES_THAT_OPEN):
        opened = fail(store)
    store.commit(Changes(breaker_wakeups={"court": at(hours=9)}))
    assert store.endpoints.breaker("court") == opened
