"""Some calls are failures of their endpoint, which may ask for a pause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.keys import Signer
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.storage.payloads.stored_octets import StoredOctets
from gateway.judiciary.courier import (
    Accepted,
    Answer,
    CallFailed,
    Message,
    NotBelieved,
    Outcome,
    Rejected,
    SealRefused,
    SealSlice,
    Unknown,
)
from gateway.notice.large_octets import LARGE
from gateway.notice.notice import sha256
from gateway.record.masking import MASK
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError

from .conftest import SEAL, SOAP, J, Wire
from .test_courier import ONE, fault, result, results


def submitted(wire: Wire, status: int, body: bytes = b"<html/>") -> Failure | None:
    wire.judiciary.reply = lambda _: (status, body)
    answer = wire.courier.submit(wire.submission(ONE))
    assert isinstance(answer.by_reference[ONE], Unknown)
    return answer.failure


@pytest.mark.parametrize("body", [b"<html/>", b""])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_comes_with_the_failure_and_the_notice_is_in_doubt(wire: Wire, status: int, body: bytes) -> None:
    wire.judiciary.retry_after = "120"
    assert submitted(wire, status, body) == Failure(code="courier.http-status", retry_after=timedelta(seconds=120))


@pytest.mark.parametrize(("status", "code"), [(502, "courier.http-status"), (500, "courier.http-status")])
def test_retry_after_under_another_status_says_nothing(wire: Wire, status: int, code: str) -> None:
    wire.judiciary.retry_after = "120"
    failure = submitted(wire, status, b"<html>")
    assert failure == Failure(code=code)


PAGE = b"<!DOCTYPE html>\n<html><body>500 - Internal server error.</body></html>"


def test_a_page_of_the_web_server_is_no_attack_and_is_kept(wire: Wire) -> None:
    wire.judiciary.reply = lambda _: (500, PAGE)
    answer = wire.courier.submit(wire.submission(ONE))
    assert answer.by_reference[ONE] == Unknown(code="courier.http-status")
    assert answer.failure == Failure(code="courier.http-status")
    assert answer.refused is not None
    assert (answer.refused.code, answer.refused.detail) == ("courier.http-status", "500, a page of HTML")
    assert answer.raw == PAGE


def test_an_answer_with_a_document_type_stays_what_it_is(wire: Wire) -> None:
    wire.judiciary.reply = lambda message_id: (500, b"<!DOCTYPE x []>" + wire.judiciary.answer(fault("x"), message_id))
    assert wire.courier.submit(wire.submission(ONE)).by_reference[ONE] == Unknown(code="verify.doctype")


def test_a_date_is_obeyed_for_a_day_at_most(wire: Wire) -> None:
    wire.judiciary.retry_after = "Tue, 03 Feb 2099 08:32:00 GMT"
    assert submitted(wire, 503) == Failure(code="courier.http-status", retry_after=timedelta(days=1))


def test_no_answer_and_no_connection_are_failures(wire: Wire) -> None:
    assert submitted(wire, 0) == Failure(code="courier.no-answer")


def test_what_receipts_ask_for_raises_with_the_wait(wire: Wire) -> None:
    wire.judiciary.retry_after = "7"
    wire.judiciary.reply = lambda _: (503, b"<html/>")
    with pytest.raises(NotBelieved) as refused:
        wire.courier.fetch_receipts("", 10)
    assert refused.value.failure == Failure(code="courier.http-status", retry_after=timedelta(seconds=7))


def signed(wire: Wire, body: str, operation: str) -> None:
    action = f"urn:eblagh:judiciary:1:{operation}Response"
    wire.judiciary.reply = lambda message_id: (500, wire.judiciary.answer(body, message_id, action=action))


def test_a_signed_busy_is_a_failure_and_any_other_signed_answer_is_none(wire: Wire) -> None:
    signed(wire, fault("busy"), "SubmitNotices")
    assert wire.courier.submit(wire.submission(ONE)).failure == Failure(code="courier.busy")
    for body in (fault("verify.schema"), fault("internal"), results(result(ONE, "DEFERRED")), results()):
        signed(wire, body, "SubmitNotices")
        assert wire.courier.submit(wire.submission(ONE)).failure is None
    signed(wire, fault("busy"), "FetchReceipts")
    with pytest.raises(CallFailed) as busy:
        wire.courier.fetch_receipts("", 10)
    assert busy.value.code == "courier.busy"
    signed(wire, fault("internal"), "FetchReceipts")
    with pytest.raises(GatewayError) as internal:
        wire.courier.fetch_receipts("", 10)
    assert not isinstance(internal.value, CallFailed)


def unrelated(wire: Wire, code: str, signer: Signer | None = None) -> Answer[Outcome]:
    """Answer as a service that does not believe a request: by a signed fault that relates to none."""
    to = Addressing(to="anonymous", action="urn:eblagh:judiciary:1:ServiceFault", message_id="urn:uuid:a")
    element = etree.fromstring(f'<r xmlns:j="{J}" xmlns:soap="{SOAP}">{fault(code)}</r>')[0]
    signer = signer or wire.judiciary.signer
    octets = sign_message(element, to, signer, datetime.now(UTC), timedelta(minutes=5)).wire
    wire.judiciary.reply = lambda _: (500, octets)
    return wire.courier.submit(wire.submission(ONE))


def test_refused_credentials_are_a_failure_with_a_code_of_its_own(wire: Wire) -> None:
    signed(wire, fault("verify.token-password"), "SubmitNotices")
    answer = wire.courier.submit(wire.submission(ONE))
    assert (answer.failure, answer.fault) == (Failure(code="courier.credentials"), "verify.token-password")
    assert answer.by_reference == {ONE: Unknown(code="verify.token-password")}
    signed(wire, fault("verify.token-password"), "FetchReceipts")
    with pytest.raises(CallFailed, match=r"courier\.credentials"):
        wire.courier.fetch_receipts("", 10)


def test_a_fault_that_relates_to_no_request_tells_of_our_certificate_and_of_no_notice(wire: Wire) -> None:
    answer = unrelated(wire, "verify.unknown-certificate")
    assert (answer.failure, answer.fault) == (Failure(code="courier.credentials"), None)
    assert answer.by_reference == {ONE: Unknown(code="courier.credentials")}
    assert answer.refused is not None, "it is no answer to our request"
    assert answer.refused.detail == "verify.unknown-certificate: f; t"
    other = unrelated(wire, "internal")
    assert other.failure is not None
    assert other.failure.code == "verify.coverage"
    stranger = unrelated(wire, "verify.unknown-certificate", wire.judiciary.stranger)
    assert stranger.failure is not None
    assert stranger.failure.code == "verify.unknown-certificate", "nobody else tells us anything"


def test_words_of_a_fault_that_relates_to_no_request_are_shown_without_secrets(wire: Wire) -> None:
    wire.courier._secrets.note("unknown-certificate")
    answer = unrelated(wire, "verify.unknown-certificate")
    assert answer.refused is not None
    assert (answer.refused.code, answer.refused.detail) == ("courier.credentials", f"verify.{MASK}: f; t")
    assert answer.raw is not None
    assert b"unknown-certificate" not in answer.raw


@pytest.fixture
def stored(tmp_path: Path) -> StoredOctets:
    """A large seal in a file, behind other octets."""
    seal = SEAL.replace(b"><", b">" + b"x" * 3 * LARGE + b"<")
    (tmp_path / "segment").write_bytes(b"before" + seal)
    return StoredOctets(digest=sha256(seal), file=tmp_path / "segment", start=len(b"before"), length=len(seal))


def large(wire: Wire, stored: StoredOctets) -> Message:
    seal = SealSlice(reference=ONE, octets=stored, digest=stored.digest)
    message = wire.courier.prepare_submission([seal], datetime.now(UTC))
    assert not isinstance(message.wire, bytes)
    return message


def test_a_large_seal_is_read_from_its_file_whenever_the_message_is_sent(wire: Wire, stored: StoredOctets) -> None:
    message = large(wire, stored)
    for _ in range(2):
        wire.courier.submit(message)
    assert wire.judiciary.requests == [bytes(message.wire)] * 2
    assert sha256(wire.judiciary.requests[0]) == message.digest
    assert {each["Content-Length"] for each in wire.judiciary.headers} == {str(len(bytes(message.wire)))}


@pytest.mark.parametrize("change", [lambda octets: octets[: len(octets) // 2], lambda octets: octets[:-1] + b"!"])
def test_a_seal_that_changes_before_it_is_sent_leaves_doubt(
    wire: Wire, stored: StoredOctets, change: Callable[[bytes], bytes]
) -> None:
    """No other message goes out whole, the endpoint has not failed, and the next call is not harmed."""
    message = large(wire, stored)
    stored.file.write_bytes(change(stored.file.read_bytes()))
    answer = wire.courier.submit(message)
    assert answer.by_reference == {ONE: Unknown(code="store.payload-missing")}
    assert (answer.raw, answer.failure) == (None, None)
    signed(wire, results(result(ONE, "ACCEPTED", tracking="S1")), "SubmitNotices")
    assert wire.courier.submit(wire.submission(ONE)).by_reference == {ONE: Accepted(tracking_number="S1")}
    assert len(wire.judiciary.requests) == 1


def test_a_rejection_for_the_seal_is_none_of_the_notice(wire: Wire) -> None:
    reported = results(result(ONE, "REJECTED", Code="verify.unknown-certificate", Text="t"))
    signed(wire, reported, "SubmitNotices")
    found = wire.courier.submit(wire.submission(ONE)).by_reference[ONE]
    assert found == SealRefused(code="verify.unknown-certificate", text="t")
    signed(wire, results(result(ONE, "REJECTED", Code="verify.schema")), "SubmitNotices")
    assert wire.courier.submit(wire.submission(ONE)).by_reference[ONE] == Rejected(code="verify.schema")
