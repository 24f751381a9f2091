"""Saved views on every database: each person's own, few, and gone with the account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.operations import person_acts
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.people.saved_view import MAX_NAME, MOST, SavedView, view_name
from gateway.runtime.errors import GatewayError
from tests.manual_clock import ManualClock
from tests.people import ORIGIN, SignIn

from .builders import at
from .conftest import Place

pytestmark = pytest.mark.exhaustive(draw=["place"])


@pytest.fixture
def people(store: SqlStore, tmp_path: Path) -> SignIn:
    return SignIn(store, ManualClock(), tmp_path)


@pytest.fixture
def sara(people: SignIn) -> Person:
    return people.invite("sara", Role.OPERATOR)[0]


def view(person: Person, number: int = 1, **fields: str) -> SavedView:
    usual = {"name": f"نمای {number}", "address": f"state=REJECTED&district={number}"}
    return SavedView(person=person.id, saved_at=at(minutes=number), **(usual | fields))


def names(store: SqlStore, person: Person) -> list[str]:
    return [each.name for each in store.saved_views.of(person.id)]


def test_views_are_a_persons_own(people: SignIn, sara: Person) -> None:
    store, reza = people.store, people.invite("reza", Role.OPERATOR)[0]
    for number in (2, 1):
        store.saved_views.save(view(sara, number))
    store.saved_views.save(view(reza, 1, address="kind=ruling"))
    assert store.saved_views.of(sara.id) == [view(sara, 1), view(sara, 2)]
    assert store.saved_views.of(reza.id) == [view(reza, 1, address="kind=ruling")]
    assert not store.saved_views.rename(reza.id, "نمای 2", "دیگر"), "it is not his"
    store.saved_views.delete(reza.id, "نمای 2")
    assert names(store, sara) == ["نمای 1", "نمای 2"]
    store.saved_views.delete(sara.id, "نمای 2")
    assert names(store, sara) == ["نمای 1"]


def test_a_repetition_changes_nothing_and_a_name_has_one_meaning(people: SignIn, sara: Person) -> None:
    views = people.store.saved_views
    for number in (1, 1, 2):
        views.save(view(sara, number))
    with pytest.raises(GatewayError, match=r"view\.taken"):
        views.save(view(sara, 1, address="state=QUEUED"))
    with pytest.raises(GatewayError, match=r"view\.taken"):
        views.rename(sara.id, "نمای 1", "نمای 2")
    for _ in range(2):
        assert views.rename(sara.id, "نمای 1", "نمای 3")
    assert sorted(names(people.store, sara)) == ["نمای 2", "نمای 3"]


def test_there_are_at_most_so_many_also_of_requests_at_once(people: SignIn, sara: Person, place: Place) -> None:
    for number in range(MOST - 1):
        people.store.saved_views.save(view(sara, number))
    begin = Barrier(2)

    def attempt(number: int) -> str:
        store = place.open()
        try:
            begin.wait()
            store.saved_views.save(view(sara, number))
        except GatewayError as error:
            return error.code
        finally:
            store.close()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, (100, 101))) == ["saved", "view.full"]
    assert len(names(people.store, sara)) == MOST


def test_views_go_when_their_person_is_deactivated(people: SignIn, sara: Person) -> None:
    store, reza = people.store, people.invite("reza", Role.OPERATOR)[0]
    for person in (sara, reza):
        store.saved_views.save(view(person))
    person_acts.deactivate(store, sara, people.act("person.deactivate"), ORIGIN)
    assert names(store, sara) == []
    assert names(store, reza) == ["نمای 1"]


def test_a_name_is_one_short_line_and_is_shown_in_no_text() -> None:
    assert view_name("  ردشده‌های \u200c منطقه   ۵ ") == "ردشده‌های \u200c منطقه ۵"
    for wrong in ("", "  ", "\u200c\n", "ن" * (MAX_NAME + 1), "نام\x00", "نام\u202e"):
        with pytest.raises(GatewayError, match=r"view\.name") as refusal:
            view_name(wrong)
        assert "نام" not in f"{refusal.value} {refusal.value.detail}"
    shown = repr(SavedView(person="p-1", name="محمد", address="name=محمد", saved_at=at()))
    assert "محمد" not in shown
