"""Heavy requests are bound by person and in all; a slot is held until the answer is made, and then given back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from adapters.console.pages.notices import notices_page
from adapters.console.site import context
from adapters.console.site.heavy_requests import IN_ALL, PER_PERSON, RETRY_SECONDS, HeavyRequests
from gateway.people.permissions import Role
from tests.console.signed_in import Visitor

HEAVY = (
    "/notices/list.csv",
    "/notices/G-1/evidence.asice",
    "/refused.csv",
    "/audit/records/x",
    "/audit/payloads/x",
    "/mappings/versions/case-view-1/1",
    "/mappings/files/sources/cases",
)
FILE = "/notices/list.csv"


@pytest.fixture
def heavy(lived_app: Flask) -> Iterator[HeavyRequests]:
    with lived_app.app_context():
        bound = context.parts().heavy
    yield bound
    assert bound.held == 0


def test_a_person_has_so_many_at_a_time(heavy: HeavyRequests, visit: Callable[..., Visitor]) -> None:
    auditor = visit(Role.AUDITOR)
    with ExitStack() as held:
        for _ in range(PER_PERSON):
            held.enter_context(heavy.slot("id-of-auditor"))
        for path in HEAVY:
            answer = auditor.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(RETRY_SECONDS)), path
            assert "درخواست‌های پیشین شما" in answer.text
        assert auditor.get("/notices").status_code == 200, "other pages go on"
        assert visit(Role.OPERATOR).get(FILE).data, "other people, too"
    assert auditor.get(FILE).data.startswith("\ufeff".encode())


def test_the_dry_run_of_a_bulk_act_is_one(heavy: HeavyRequests, visit: Callable[..., Visitor]) -> None:
    """It reads and writes every notice that matches, up to 50,000."""
    with ExitStack() as held:
        for _ in range(PER_PERSON):
            held.enter_context(heavy.slot("id-of-operator"))
        assert visit(Role.OPERATOR).post("/notices/acts/new", deed="hold", reason="x").status_code == 429


def test_acts_on_versions_are_such(heavy: HeavyRequests, visit: Callable[..., Visitor]) -> None:
    """One about a calendar compares the deadline of every served notice."""
    administrator = visit(Role.MAPPING_ADMINISTRATOR)
    with ExitStack() as held:
        for _ in range(PER_PERSON):
            held.enter_context(heavy.slot("id-of-mapping-administrator"))
        for path in ("/mappings/roll-back/calendar/calendar", "/mappings/versions/calendar/1/activate"):
            assert administrator.post(path, reason="x").status_code == 429, path


def test_all_people_have_so_many_at_a_time(heavy: HeavyRequests, visit: Callable[..., Visitor]) -> None:
    with ExitStack() as held:
        for number in range(IN_ALL):
            held.enter_context(heavy.slot(f"p{number}"))
        answer = visit(Role.AUDITOR).get(FILE)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(RETRY_SECONDS))
        assert "تراکم درخواست‌ها" in answer.text


def test_a_slot_is_held_while_rows_are_made(
    heavy: HeavyRequests, visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    def rows(*_: object) -> Iterator[str]:
        for number in range(3):
            held.append(heavy.held)
            yield f"{number}\n"

    monkeypatch.setattr(notices_page, "notices_csv", rows)
    assert visit(Role.OPERATOR).get(FILE).text == "0\n1\n2\n"
    assert held == [1, 1, 1]
    assert heavy.held == 0


def test_a_request_that_fails_gives_its_slot_back(heavy: HeavyRequests, visit: Callable[..., Visitor]) -> None:
    for _ in range(IN_ALL + 1):
        assert visit(Role.AUDITOR).get("/audit/records/nothing").status_code == 404
    assert heavy.held == 0


def test_slots_of_a_person_and_of_all_are_counted_apart() -> None:
    bound = HeavyRequests(per_person=1, in_all=2)
    with bound.slot("a"):
        with pytest.raises(TooManyRequests), bound.slot("a"):
            pass
        with bound.slot("b"), pytest.raises(ServiceUnavailable), bound.slot("c"):
            pass
        with bound.slot("c"):
            assert bound.held == 2
    assert bound.held == 0
