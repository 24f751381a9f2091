"""Words that an operator sees within a minute of a refused credential, or of an answer that nobody explained."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.cli.service.endpoints import show_endpoints
from adapters.settings.gateway_file import ScheduleSection
from adapters.terminal.printing import Language, console, screen
from gateway.judiciary.courier import CREDENTIALS, Accepted, Pending, Unknown
from gateway.judiciary.endpoint_status import EndpointView
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import CATALOGUE
from gateway.sending.ticket_issue import Tickets

from .conftest import Passes


def test_notices_are_sent_and_asked_about_at_least_once_a_minute() -> None:
    """So an operator sees within a minute what the passes of these tests report."""
    usual = ScheduleSection()
    assert max(usual.dispatch_seconds, usual.rescue_seconds, usual.receipts_seconds) <= timedelta(minutes=1)


REFUSED = {
    "a wrong password": ("-3", "نام کاربری یا رمز عبور نادرست است"),
    "a token that ended": ("token", "The token has expired."),
    "a wrong organisation code": ("102", "کد سازمان معتبر نیست"),
}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("what", list(REFUSED))
def test_refused_credentials_are_told_at_once_with_the_services_words(
    passes: Passes, what: str, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, words = REFUSED[what]
    passes.admit("1")
    judiciary = passes.judiciary
    judiciary.fault, judiciary.words, judiciary.failure = code, words, Failure(code=CREDENTIALS)
    [error] = passes.dispatch().errors
    assert (error.code, error.detail) == (CREDENTIALS, f"{code}: {words}")
    breaker = passes.store.endpoints.breaker(judiciary.destination)
    monkeypatch.setattr(screen, "language", language)
    with console.capture() as shown:
        show_endpoints([EndpointView(state="closed", breaker=breaker, until=None, ration_used=None)], passes.clock())
    entry = CATALOGUE[CREDENTIALS]
    seen = " ".join(shown.get().split())
    assert (entry.fa if language is Language.PERSIAN else entry.en) in seen


UNCLEAR = {
    "an unknown status": ("courier.incomplete-answer", "status UNKNOWN; the service says 299: در صف بررسی"),
    "an unknown word": (
        "mapped.unknown-value",
        "Fate; outcome.toml, mapping neda-outcome; the service says: در صف بررسی",
    ),
}


@pytest.mark.parametrize("what", list(UNCLEAR))
def test_what_nobody_explained_is_told_with_the_services_words(passes: Passes, what: str) -> None:
    code, detail = UNCLEAR[what]
    one, two, three = passes.admit("1", "2", "3")
    told = {one.reference: Unknown(code=code, detail=detail), two.reference: Unknown(code=code, detail=detail)}
    passes.judiciary.outcome = lambda reference: told.get(reference, Accepted(tracking_number="T-1"))
    reported = passes.dispatch()
    assert [(error.code, error.detail) for error in reported.errors] == [(code, detail)], "once, not for each notice"
    entry = passes.entry(one.reference)
    assert (entry.state, entry.code, entry.reason) == (DeliveryState.IN_DOUBT, code, detail)
    assert passes.entry(three.reference).state is DeliveryState.SUBMITTED
    assert passes.store.tallies.doubted_by_code() == {code: 2}
    assert passes.store.endpoints.breaker(passes.judiciary.destination).failures == 0
    passes.judiciary.standing = lambda reference: told[reference]
    assert [error.detail for error in passes.rescue().errors] == [detail]


@pytest.mark.parametrize("what", list(UNCLEAR))
def test_a_ticket_whose_answer_nobody_explained_is_told_too(passes: Passes, what: str) -> None:
    code, detail = UNCLEAR[what]
    passes.tickets = Tickets(every=timedelta(minutes=1))
    [entry] = passes.admit("1")
    passes.judiciary.outcome = lambda _: Pending(ticket="K-1")
    passes.dispatch()
    passes.judiciary.progress = lambda _: Unknown(code=code, detail=detail)
    passes.clock.now += timedelta(minutes=1)
    assert [(error.code, error.detail) for error in passes.rescue().errors] == [(code, detail)]
    assert passes.entry(entry.reference).state is DeliveryState.PENDING


@pytest.mark.parametrize("what", list(REFUSED))
def test_refused_credentials_of_an_inquiry_or_a_ticket_are_told_with_the_services_words(
    passes: Passes, what: str
) -> None:
    code, words = REFUSED[what]
    passes.tickets = Tickets(every=timedelta(minutes=1))
    one, other = passes.admit("1", "2")
    outcomes = {one.reference: Pending(ticket="K-1"), other.reference: Unknown(code="courier.no-answer")}
    passes.judiciary.outcome = outcomes.__getitem__
    passes.dispatch()
    passes.judiciary.fault, passes.judiciary.words = code, words
    passes.judiciary.failure = Failure(code=CREDENTIALS)
    passes.clock.now += timedelta(minutes=1)
    told = [(error.code, error.detail) for error in passes.rescue().errors]
    assert told == [(CREDENTIALS, f"{code}: {words}")] * 2, "of the inquiry, and of the question about the ticket"
