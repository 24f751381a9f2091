"""Endpoints: what answers, when calls resume, what has to be renewed; and links of these pages lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from adapters.console.pages.work import endpoints_page
from gateway.evidence.evidence_query import EvidenceQuery
from gateway.judiciary.call_durations import CallDurations, class_of, hour_of
from gateway.operations.intervention import throw_switch
from gateway.people.permissions import Role
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.console.troubled import OTHER, Troubled

pytestmark = pytest.mark.long

Visit = Callable[..., Visitor]


def test_each_state_is_told_in_words(visit_troubled: Visit, troubles: Troubled) -> None:
    page = visit_troubled(Role.OPERATOR, language="en").page("/endpoints")
    assert page.count("calls resume at") == 2
    assert "courier.not-connected" in page
    assert f"Seals of <bdi>{troubles.installation.settings.bodies[OTHER].title}</bdi>" in page
    assert "no answer" in page, "the time authority"
    assert "place in the tree" in page


def test_an_endpoint_is_tried_and_works_again(troubles: Troubled) -> None:
    """The states follow the clock and the breaker."""
    see = visitor(pages_of(troubles.installation), Role.OPERATOR, language="en")
    destination = troubles.passes.judiciary.destination
    before = troubles.installation.store().endpoints.breaker(destination)
    store = troubles.installation.store().endpoints
    try:
        assert before.rests_until is not None
        store.update_breaker(
            destination, lambda breaker: breaker.probed(troubles.clock() - timedelta(seconds=1)), troubles.clock()
        )
        assert "trying" in see.page("/endpoints")
        store.update_breaker(destination, lambda breaker: breaker.succeeded(), troubles.clock())
        assert 'class="label good">working<' in see.page("/endpoints")
    finally:
        store.update_breaker(destination, lambda _: before, troubles.clock())


def test_certificates_have_their_days(visit: Visit) -> None:
    page = visit(Role.SECURITY_OFFICER, language="en").page("/endpoints")
    assert "Seal of" in page
    assert "days left" in page
    assert 'class="label good">' in page


def test_a_store_without_answer_is_an_error_that_says_who_must_act(
    troubles: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame of the page stands, and names no cause that is none."""

    def fails(*_: object, **__: object) -> None:
        raise GatewayError("store.unavailable", where="gateway.db", detail="connection lost")

    monkeypatch.setattr(troubles.installation.store()._database, "read", fails)
    see = visitor(pages_of(troubles.installation), Role.OPERATOR, language="en")
    for path in ("/", "/refused", "/queue", "/queue/doubts", "/queue/quarantine", "/endpoints"):
        page = see.page(path, 503)
        assert "This could not be done" in page
        assert "store.unavailable" in page
        assert "connection lost" in page
    persian = visitor(pages_of(troubles.installation), Role.OPERATOR).page("/queue", 503)
    assert "gateway.db" in persian
    assert "connection lost" not in persian, "details of errors are English"


def test_a_stop_is_told_on_the_first_page(fresh_folder: Path, troubles: Troubled) -> None:
    store, act = troubles.installation.store(), troubles.passes.act("stop")
    see = visitor(pages_of(troubles.installation), Role.COMMISSION_SECRETARY, language="en")
    throw_switch(store, act, "city", stopped=True)
    try:
        assert "everything is stopped since" in see.page("/")
    finally:
        throw_switch(store, act, "city", stopped=False)
    assert "everything is stopped since" not in see.page("/")


@pytest.mark.parametrize("role", list(Role))
def test_every_link_leads_to_a_page(visit_troubled: Visit, troubles: Troubled, role: Role) -> None:
    """A link to a page that this role may not open, or that is not there, would be a dead end."""
    see, seen = visit_troubled(role), set[str]()
    app = see.client.application
    starts = ["/", "/refused", "/queue", "/queue/doubts", "/queue/quarantine", "/endpoints"]
    waiting = [path for path in starts if see.get(path).status_code == 200]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        assert is_route(app, path), path
        if path.startswith("/notices"):
            continue  # these have tests of their own; the seals of this store are none that a page could show
        answer = see.get(path)
        assert answer.status_code in (200, 302), path
        page = answer.text if answer.mimetype == "text/html" and answer.status_code == 200 else "<main"
        for address in re.findall(r'<a [^>]*href="([^"#]+)', page.split("<main")[1]):
            address = address.replace("&amp;", "&")
            if address.startswith("/") and not address.startswith("/language") and len(seen) < 60:
                waiting.append(address)
        assert not re.findall(r'href="(?!/|#)', page), path
    assert len(seen) >= 1


def is_route(app: Flask, path: str) -> bool:
    """Return True if a page has the path."""
    with app.test_request_context():
        try:
            app.url_map.bind("localhost").match(path.partition("?")[0])
        except NotFound:
            return False
    return True


def test_a_test_tells_the_cause_of_a_failure_and_is_recorded(troubles: Troubled) -> None:
    """Nothing listens at the endpoint of this installation."""
    see = visitor(pages_of(troubles.installation), Role.OPERATOR, language="en")
    destination = troubles.installation.settings.judiciary.destination
    page = see.post("/endpoints/test", destination=destination).get_data(as_text=True)
    assert "courier.not-connected" in page
    assert "nothing listens there" in page
    persian = visitor(pages_of(troubles.installation), Role.OPERATOR)
    told = persian.post("/endpoints/test", destination=destination).get_data(as_text=True)
    assert "courier.not-connected" in told
    assert "nothing listens there" not in told, "details of errors are English"
    assert "The test is recorded with your name" in page
    acts = EvidenceQuery(kinds=frozenset({EvidenceKind.PERSON_ACT}))
    found = troubles.installation.store().records.find(acts, None, 100).records
    assert any(each.row.id.startswith(f"act:endpoint.test:endpoint {destination}:") for each in found)


def test_speeds_of_calls_are_shown_for_their_periods(troubles: Troubled) -> None:
    installation = troubles.installation
    destination, now = installation.settings.judiciary.destination, installation.clock()
    counts = {class_of(0.1): 90, class_of(2): 10}
    counted = CallDurations(
        destination=destination, operation="SubmitNotices", hour=hour_of(now), answered=counts, unanswered=3
    )
    installation.store().call_durations.note("host/1", now, [counted], now)
    inquiry = replace(counted, operation="Inquire", answered={class_of(0.1): 1}, unanswered=0)
    installation.store().call_durations.note("host/2", now, [inquiry], now)
    page = visitor(pages_of(installation), Role.OPERATOR, language="en").page("/endpoints")
    assert "half of the calls answered within 110 ms, 95 of 100 within 2.0 s" in page
    assert "104 calls, 3 of them without an answer" in page
    for operation in ("SubmitNotices", "Inquire"):
        assert page.count(f">{operation}<") == 1, "each operation for the day"


@pytest.mark.parametrize(
    ("signed", "repeats_call", "said"),
    [
        (True, True, "it is genuine and fresh"),
        (False, True, "so it is fresh"),
        (False, False, "the connection alone shows whose an answer is and what it answers"),
    ],
)
def test_a_test_claims_no_more_than_the_answer_proves(
    troubles: Troubled, monkeypatch: pytest.MonkeyPatch, *, signed: bool, repeats_call: bool, said: str
) -> None:
    """Without a signature nothing is called genuine; without an id that is repeated, nothing fresh."""
    facts = {"answered": True, "milliseconds": 90, "signed": signed, "repeats_call": repeats_call}
    monkeypatch.setattr(
        endpoints_page, "act", lambda *_, **about: {**facts, "destination": about["destination"], "code": None}
    )
    see = visitor(pages_of(troubles.installation), Role.OPERATOR, language="en")
    page = see.post("/endpoints/test", destination=troubles.installation.settings.judiciary.destination).text
    assert said in page
    assert ("genuine" in page, "fresh" in page) == (signed, signed or repeats_call)
