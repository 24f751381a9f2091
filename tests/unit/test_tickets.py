"""Tickets under mapping files: the two example services, as if they answered a submission by a ticket."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.judiciary.call_context import call_about
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.settings import JudiciaryProfile, load_profile
from adapters.settings.profile_sections.ticket import TicketSection
from adapters.shipped.resources import ROOT
from gateway.judiciary.courier import Accepted, Deferred, NoAccount, NotKnown, Pending, Rejected, Unknown
from gateway.judiciary.outcome_codes import MAX_RETRY_AFTER
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import GatewayError
from gateway.sending.ticket_issue import Tickets
from tests.unit.plain_rest.rest_example import NOW, REFERENCE, answer, bound, courier_to, problem, read, wire_to

EXAMPLES = ROOT / "examples"
VALUES = {"province": "07", "city": "02"}
TICKET = "\n[ticket]\nevery_seconds = 30\ngive_up_after_hours = 2\nsubmit_again = true\n"

SOAP_QUESTION = """
[mapping]
language = 1
name = "ticket"
kind = "ticket-to-message"

[[field]]
target = "Reference"
from = "ticket"
required = true
"""

SOAP_ANSWER = """
[mapping]
language = 1
name = "ticket-answer"
kind = "answer-to-ticket"

[tables.states]
unknown = { value = "UNKNOWN" }
[tables.states.entries]
0 = "ACCEPTED"
-10 = "NOT_KNOWN"
-11 = "REJECTED"
-12 = "NO_ACCOUNT"
-13 = "PENDING"
-14 = "DEFERRED"

[[repeat]]
target = "results"
from = "FindNoticeResult"

[[repeat.field]]
target = "status"
from = "ErrorCode"
do = [{ name = "lookup", table = "states" }]
required = true

[[repeat.field]]
target = "tracking_number"
from = "NoticeNumber"

[[repeat.field]]
target = "code"
from = "ErrorCode"
do = ["number"]

[[repeat.field]]
target = "text"
from = "ErrorText"
"""

REST_QUESTION = """
[mapping]
language = 1
name = "ticket"
kind = "ticket-to-message"

[[field]]
target = "path.org"
from = "$config.organisation"
required = true

[[field]]
target = "path.letter"
from = "ticket"
required = true

[[field]]
target = "header.X-Request-Id"
from = "$call.id"
required = true
"""

REST_ANSWER = """
[mapping]
language = 1
name = "ticket-answer"
kind = "answer-to-ticket"

[tables.states]
unknown = { value = "UNKNOWN" }
[tables.states.entries]
under-review = "PENDING"
received = "ACCEPTED"

[[repeat]]
target = "results"

[[repeat.field]]
target = "status"
value = "NOT_KNOWN"
when = { from = "$answer.status", is = 404 }

[[repeat.field]]
target = "status"
from = "body.status"
do = [{ name = "lookup", table = "states" }]
when = { from = "$answer.status", is = 200 }

[[repeat.field]]
target = "status"
value = "UNKNOWN"

[[repeat.field]]
target = "tracking_number"
from = "body.number"
"""


def profile_of(tmp_path: Path, example: str, operation: str, question: str, told: str, outcome: str) -> Path:
    """Copy an example's profile; its submission is answered by a ticket."""
    folder = tmp_path / "profile"
    shutil.copytree(EXAMPLES / example / "profile", folder, dirs_exist_ok=True)
    (folder / "ticket.toml").write_text(question, encoding="utf-8")
    (folder / "ticket-answer.toml").write_text(told, encoding="utf-8")
    file, answered = folder / "profile.toml", folder / "outcome.toml"
    bound = f'\n[operations.ticket]\nname = "{operation}"\nrequest = "ticket.toml"\nanswer = "ticket-answer.toml"\n'
    file.write_text(file.read_text(encoding="utf-8") + bound + TICKET, encoding="utf-8")
    changed = answered.read_text(encoding="utf-8")
    for old, new in (("ACCEPTED", "PENDING"), ("tracking_number", "ticket")):
        assert changed.count(old) == 1
        changed = changed.replace(old, new)
    answered.write_text(changed + outcome, encoding="utf-8")
    return folder


@pytest.fixture
def soap(tmp_path: Path) -> JudiciaryProfile:
    return load_profile(
        str(profile_of(tmp_path, "soap_basic_status", "FindNotice", SOAP_QUESTION, SOAP_ANSWER, "")), Path()
    )


@pytest.fixture
def rest(tmp_path: Path) -> Path:
    waits = '\n[[repeat.field]]\ntarget = "retry_after_seconds"\nvalue = 999999\n'
    return profile_of(tmp_path, "rest_oauth2", "readLetter", REST_QUESTION, REST_ANSWER, waits)


def said(name: str, code: int, number: str = "") -> etree._Element:
    namespace = "http://notices.example.invalid/services/1"
    result = f"<ErrorCode>{code}</ErrorCode><ErrorText>متن</ErrorText>"
    result += f"<NoticeNumber>{number}</NoticeNumber>" if number else ""
    return etree.fromstring(
        f'<{name}Response xmlns="{namespace}"><{name}Result>{result}</{name}Result></{name}Response>'
    )


@pytest.mark.parametrize(
    ("code", "standing"),
    [
        (0, Accepted(tracking_number="123456789012345")),
        (-10, NotKnown()),
        (-11, Rejected(code="-11", text="متن")),
        (-12, NoAccount()),
        (-13, Pending()),
        (-14, Deferred(code="-14")),
        (-99, Unknown(code="courier.incomplete-answer", detail="status UNKNOWN; the service says -99: متن")),
    ],
)
def test_soap_tells_what_became_of_a_ticket(soap: JudiciaryProfile, code: int, standing: object) -> None:
    contract, call = mapped_contract(soap, VALUES), call_about(NOW, [REFERENCE])
    question = contract.ticket_question(REFERENCE, "123456789012345", call)
    assert question is not None
    assert [part.text for part in question] == ["123456789012345"]
    assert contract.fault("InquireTicket", said("FindNotice", code)) is None
    assert contract.ticket_standing(said("FindNotice", code, "123456789012345"), call) == standing


def test_soap_takes_a_submission_for_processing(soap: JudiciaryProfile) -> None:
    contract, call = mapped_contract(soap, VALUES), call_about(NOW, [REFERENCE])
    taken = contract.outcomes(said("RegisterNotice", 0, "123456789012345"), call)
    assert taken[REFERENCE] == Pending(ticket="123456789012345")
    assert isinstance(contract.outcomes(said("RegisterNotice", 0), call)[REFERENCE], Unknown), "nobody could ask"
    fault = contract.fault("InquireTicket", said("FindNotice", -3))
    assert fault is not None
    assert fault.code in soap.codes.credentials


@pytest.mark.parametrize(
    ("got", "standing", "failure"),
    [
        (answer(404, {"type": "x", "title": "x", "status": 404, "detail": "x", "code": "not-found"}), NotKnown(), None),
        (problem(429, "busy"), Unknown(code="courier.fault"), "courier.busy"),
        (problem(403, "organisation"), Unknown(code="courier.fault"), "courier.credentials"),
    ],
)
def test_rest_asks_by_the_path_and_reads_the_status(
    rest: Path, got: Any, standing: object, failure: str | None
) -> None:
    courier, channel = courier_to(got, profile=rest)
    message = courier.prepare_ticket_question(REFERENCE, "RV0000000001", NOW)
    heard = courier.ask_ticket(message)
    assert heard.by_reference == {REFERENCE: standing}
    assert (heard.failure and heard.failure.code) == failure
    [(method, target, _, _)] = channel.asked
    assert (method, target) == ("GET", "/v2/organisations/QOM-30417/letters/RV0000000001")


@pytest.mark.parametrize(
    ("status", "standing"),
    [("under-review", Pending()), ("received", Accepted(tracking_number="RV0000000001"))],
)
def test_rest_reads_a_ticket_that_is_still_processed(rest: Path, status: str, standing: object) -> None:
    wire, _ = wire_to(profile=rest)
    _, contract = bound(rest)
    letter = {"reference": REFERENCE, "number": "RV0000000001", "status": status, "sha256": "0" * 64, "events": []}
    content = read(wire, answer(200, letter | {"receivedAt": "2026-02-03T12:00:00+03:30"}), "InquireTicket")
    contract.assert_answers("InquireTicket", content)
    assert contract.ticket_standing(content, call_about(NOW, [REFERENCE])) == standing
    taken = read(wire, answer(202, letter))
    outcome = contract.outcomes(taken, call_about(NOW, [REFERENCE]))[REFERENCE]
    assert outcome == Pending(ticket="RV0000000001", retry_after=MAX_RETRY_AFTER)


def test_the_profile_says_how_tickets_are_followed(soap: JudiciaryProfile) -> None:
    assert soap.file.ticket is not None
    tickets = soap.file.ticket.value
    assert (tickets.every, tickets.give_up_after) == (timedelta(seconds=30), timedelta(hours=2))
    assert "lost.ticket" in soap.losses


def test_without_a_word_in_the_profile_no_answer_leads_to_another_submission() -> None:
    assert TicketSection().value == Tickets()
    assert not Tickets().submit_again


def test_a_ticket_needs_its_question(tmp_path: Path) -> None:
    folder = profile_of(tmp_path, "soap_basic_status", "FindNotice", SOAP_QUESTION, SOAP_ANSWER, "")
    file = folder / "profile.toml"
    whole = file.read_text(encoding="utf-8")
    for part in (TICKET, whole[whole.index("\n[operations.ticket]") : whole.index(TICKET)]):
        file.write_text(whole.replace(part, ""), encoding="utf-8")
        with pytest.raises(GatewayError, match=r"\[ticket\] and \[operations.ticket\] go together"):
            load_profile(str(folder), Path())


def test_without_tickets_no_mapping_may_say_pending(tmp_path: Path) -> None:
    folder = profile_of(tmp_path, "soap_basic_status", "FindNotice", SOAP_QUESTION, SOAP_ANSWER, "")
    file = folder / "profile.toml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole[: whole.index("\n[operations.ticket]")], encoding="utf-8")
    with pytest.raises(MappingMistaken) as mistaken:
        mapped_contract(load_profile(str(folder), Path()), VALUES)
    assert {each.code for each in mistaken.value.mistakes} == {"mapping.target-choice", "mapping.target-unknown"}
