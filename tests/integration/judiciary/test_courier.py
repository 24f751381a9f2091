"""The courier believes verified answers, and calls everything else by its name."""

from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from adapters.crypto.keys.certificate import read_pem
from adapters.crypto.keys.revocation_list import read_list
from adapters.judiciary.channel import MAX_ANSWER_BYTES
from adapters.sandbox.pki.devlists import make_list
from gateway.judiciary.courier import Accepted, Deferred, NoAccount, NotBelieved, NotKnown, Operation, Rejected, Unknown
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.sending.exchange import answered
from gateway.trust.revocation_status import Revocation

from .conftest import SEAL, SOAP, J, Wire, body_of

ONE = "EB-" + "A" * 32
TWO = "EB-" + "B" * 32


def result(reference: str, status: str, **more: str) -> str:
    fields = {"Reference": reference, "TrackingNumber": more.pop("tracking", ""), "Status": status, **more}
    inner = "".join(f"<j:{name}>{text}</j:{name}>" for name, text in fields.items() if text)
    return f"<j:Result>{inner}</j:Result>"


def results(*inner: str) -> str:
    return f"<j:SubmitNoticesResponse>{''.join(inner)}</j:SubmitNoticesResponse>"


def fault(code: str) -> str:
    detail = f"<detail><j:ServiceFault><j:Code>{code}</j:Code><j:Text>t</j:Text></j:ServiceFault></detail>"
    return f"<soap:Fault><faultcode>soap:Client</faultcode><faultstring>f</faultstring>{detail}</soap:Fault>"


def outcome(wire: Wire, *inner: str, **how: object) -> object:
    wire.judiciary.reply = lambda message_id: (200, wire.judiciary.answer(results(*inner), message_id, **how))  # type: ignore[arg-type]
    return wire.courier.submit(wire.submission(ONE)).by_reference[ONE]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (result(ONE, "ACCEPTED", tracking="S1"), Accepted(tracking_number="S1")),
        (result(ONE, "REJECTED", Code="R-102", Text="متوفی"), Rejected(code="R-102", text="متوفی")),
        (result(ONE, "NO_ACCOUNT"), NoAccount()),
        (
            result(ONE, "DEFERRED", Code="busy", RetryAfterSeconds="90"),
            Deferred(code="busy", retry_after=timedelta(seconds=90)),
        ),
        (result(ONE, "DEFERRED"), Deferred(code="deferred")),
    ],
)
def test_a_result_becomes_an_outcome(wire: Wire, answer: str, expected: object) -> None:
    assert outcome(wire, answer) == expected


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [result(TWO, "ACCEPTED", tracking="S1")],
        [result(ONE, "ACCEPTED", tracking="S1"), result(ONE, "REJECTED", Code="R-1")],
        [result(ONE, "ACCEPTED")],
        [result(ONE, "REJECTED")],
        [result(ONE, "SERVED_BY_PIGEON")],
        [result(ONE, "NOT_KNOWN")],
    ],
    ids=["none", "of-another", "two", "no-tracking-number", "no-code", "unknown-status", "inquiry-status"],
)
def test_a_result_that_says_nothing_certain_is_unknown(wire: Wire, answers: list[str]) -> None:
    found = outcome(wire, *answers)
    assert isinstance(found, Unknown)
    assert found.code == "courier.incomplete-answer"


@pytest.mark.parametrize(
    "code", ["busy", "verify.expired", "verify.stale", "verify.schema", "verify.replay", "verify.not-yet", "internal"]
)
def test_a_signed_fault_leaves_doubt_whatever_it_says(wire: Wire, code: str) -> None:
    wire.judiciary.reply = lambda message_id: (500, wire.judiciary.answer(fault(code), message_id))
    found = wire.courier.submit(wire.submission(ONE)).by_reference[ONE]
    assert isinstance(found, Unknown)
    assert found.code == code


def test_an_unsigned_fault_changes_nothing(wire: Wire) -> None:
    raw = f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:j="{J}"><soap:Body>{fault("busy")}</soap:Body></soap:Envelope>'
    wire.judiciary.reply = lambda message_id: (500, raw.encode())
    answer = wire.courier.submit(wire.submission(ONE))
    assert isinstance(answer.by_reference[ONE], Unknown)
    assert answer.by_reference[ONE].code in {"verify.unsigned", "verify.shape"}
    assert answer.raw == raw.encode(), "what came is kept as evidence"
    assert isinstance(answer.refused, GatewayError)
    assert answer.refused.code == answer.by_reference[ONE].code


def test_a_believed_answer_is_not_refused_and_nothing_is_no_refusal(wire: Wire) -> None:
    body = results(result(ONE, "ACCEPTED", tracking="S1"))
    wire.judiciary.reply = lambda message_id: (200, wire.judiciary.answer(body, message_id))
    assert wire.courier.submit(wire.submission(ONE)).refused is None
    wire.judiciary.reply = lambda message_id: (0, b"")
    silent = wire.courier.submit(wire.submission(ONE))
    assert (silent.raw, silent.refused) == (None, None)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"age": timedelta(hours=1)}, "verify.stale"),
        ({"age": timedelta(hours=-1)}, "verify.not-yet"),
        ({"age": timedelta(minutes=4), "lifetime": timedelta(seconds=1)}, "verify.expired"),
        ({"action": f"{J}:InquireStatusResponse"}, "verify.relates-to"),
    ],
)
def test_an_answer_that_is_not_fresh_or_not_ours_is_unknown(wire: Wire, how: dict[str, object], code: str) -> None:
    found = outcome(wire, result(ONE, "ACCEPTED", tracking="S1"), **how)
    assert isinstance(found, Unknown)
    assert found.code == code


@pytest.mark.parametrize("minutes", [0, 10, -10])
def test_an_answer_tells_the_time_even_if_it_is_not_fresh(wire: Wire, minutes: int) -> None:
    outcome(wire, result(ONE, "ACCEPTED", tracking="S1"), age=timedelta(minutes=-minutes))
    [offset] = wire.courier._transmission._timekeeper.offsets().values()
    assert offset.low <= timedelta(minutes=minutes) <= offset.high
    assert offset.beyond(timedelta(seconds=30)) == bool(minutes)


def test_what_is_believed_happened_when_the_judiciary_says(wire: Wire) -> None:
    body = results(result(ONE, "ACCEPTED", tracking="S1"))
    reply = timedelta(seconds=20)
    wire.judiciary.reply = lambda message_id: (200, wire.judiciary.answer(body, message_id, age=reply))
    message = wire.submission(ONE)
    answer = wire.courier.submit(message)
    assert answer.signed_at is not None
    assert answer.received_at - answer.signed_at >= reply
    [record] = answered(message, answer, [], "city", "judiciary").evidence
    header = json.loads(record.header)
    assert header["event_time"] == timestamp(answer.signed_at)
    assert header["recorded_at"] == timestamp(answer.received_at)


def test_an_answer_that_is_not_the_judiciarys_or_not_to_us_tells_no_time(wire: Wire) -> None:
    outcome(wire, result(ONE, "ACCEPTED", tracking="S1"), signer=wire.judiciary.stranger)
    body = results(result(ONE, "ACCEPTED", tracking="S1"))
    wire.judiciary.reply = lambda message_id: (200, wire.judiciary.answer(body, "urn:uuid:another"))
    wire.courier.submit(wire.submission(ONE))
    assert wire.courier._transmission._timekeeper.offsets() == {}


def test_an_answer_to_another_request_is_unknown(wire: Wire) -> None:
    body = results(result(ONE, "ACCEPTED", tracking="S1"))
    wire.judiciary.reply = lambda message_id: (200, wire.judiciary.answer(body, "urn:uuid:another"))
    found = wire.courier.submit(wire.submission(ONE)).by_reference[ONE]
    assert isinstance(found, Unknown)
    assert found.code == "verify.relates-to"


def test_an_answer_under_a_revoked_certificate_is_unknown(wire: Wire, pki: Path) -> None:
    issuing = load_pem_x509_certificate((pki / "authorities/judiciary-issuing.crt.pem").read_bytes())
    own, now = read_pem(pki / "judiciary/transport.crt.pem")[0], datetime.now(UTC)
    key = load_pem_private_key((pki / "authorities/judiciary-issuing.key.pem").read_bytes(), None)
    revoked = {own.serial_number: Revocation(at=now, reason="keyCompromise")}
    der = make_list(issuing, key, revoked, now, now + timedelta(days=1))  # type: ignore[arg-type]
    answer = result(ONE, "ACCEPTED", tracking="S1")
    assert isinstance(outcome(wire, answer), Accepted)
    wire.lists.add(read_list(der, [issuing], "list"))
    found = outcome(wire, answer)
    assert isinstance(found, Unknown)
    assert found.code == "verify.revoked"


def test_our_own_signature_is_not_the_judiciarys(wire: Wire) -> None:
    found = outcome(wire, result(ONE, "ACCEPTED", tracking="S1"), signer=wire.judiciary.stranger)
    assert isinstance(found, Unknown)
    assert found.code == "verify.unknown-certificate"


@pytest.mark.parametrize("status", [302, 400, 429, 502, 503])
def test_a_status_from_something_in_between_is_unknown(wire: Wire, status: int) -> None:
    wire.judiciary.reply = lambda message_id: (status, b"<html>busy</html>")
    answer = wire.courier.submit(wire.submission(ONE))
    found = answer.by_reference[ONE]
    assert isinstance(found, Unknown)
    assert found.code == "courier.http-status"
    assert answer.raw == b"<html>busy</html>", "what came is kept"
    assert isinstance(answer.refused, NotBelieved)
    assert (answer.refused.code, answer.refused.detail) == ("courier.http-status", str(status))
    assert len(wire.judiciary.requests) == 1, "redirects are not followed, nothing is repeated"


def test_even_a_signed_answer_is_not_believed_under_another_status(wire: Wire) -> None:
    body = results(result(ONE, "ACCEPTED", tracking="S1"))
    wire.judiciary.reply = lambda message_id: (202, wire.judiciary.answer(body, message_id))
    answer = wire.courier.submit(wire.submission(ONE))
    assert isinstance(answer.by_reference[ONE], Unknown)
    assert answer.raw is not None
    assert b"ACCEPTED" in answer.raw


def test_a_status_without_a_body_leaves_nothing_to_keep(wire: Wire) -> None:
    wire.judiciary.reply = lambda message_id: (503, b"")
    answer = wire.courier.submit(wire.submission(ONE))
    assert (answer.raw, answer.refused) == (None, None)
    assert answer.by_reference[ONE] == Unknown(code="courier.http-status")


@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_body_under_any_status_is_cut_where_no_answer_can_be_longer(wire: Wire, status: int) -> None:
    wire.judiciary.reply = lambda message_id: (status, b"<" + b"x" * (MAX_ANSWER_BYTES + 1000))
    answer = wire.courier.submit(wire.submission(ONE))
    assert answer.raw is not None
    assert len(answer.raw) == MAX_ANSWER_BYTES + 1


def test_an_answer_that_is_too_large_is_not_read_to_its_end(wire: Wire) -> None:
    wire.judiciary.reply = lambda message_id: (200, b"<" + b"x" * (MAX_ANSWER_BYTES + 1000))
    answer = wire.courier.submit(wire.submission(ONE))
    assert isinstance(answer.by_reference[ONE], Unknown)
    assert answer.by_reference[ONE].code == "verify.too-large"


def test_a_connection_that_breaks_leaves_doubt(wire: Wire) -> None:
    wire.judiciary.reply = lambda message_id: (0, b"")
    found = wire.courier.submit(wire.submission(ONE)).by_reference[ONE]
    assert isinstance(found, Unknown)
    assert found.code == "courier.no-answer"


@pytest.mark.long
def test_an_answer_that_never_comes_leaves_doubt(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire.courier._wire.channel._client, "_timeout", 3.0)
    released = threading.Event()

    def silent(message_id: str) -> tuple[int, bytes]:
        released.wait(600)
        return 0, b""

    wire.judiciary.reply = silent
    found = wire.courier.submit(wire.submission(ONE)).by_reference[ONE]
    released.set()
    assert isinstance(found, Unknown)
    assert found.code == "courier.no-answer"


def test_where_nobody_listens_nothing_was_sent(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(wire.courier._wire.channel, "endpoint", f"http://127.0.0.1:{free.getsockname()[1]}/")
        found = wire.courier.submit(wire.submission(ONE)).by_reference[ONE]
    assert found == Deferred(code="courier.not-connected")


def test_the_environments_proxy_is_not_used(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert outcome(wire, result(ONE, "ACCEPTED", tracking="S1")) == Accepted(tracking_number="S1")


def test_requests_are_signed_and_carry_the_seals_as_they_are(wire: Wire) -> None:
    outcome(wire, result(ONE, "NO_ACCOUNT"))
    assert wire.judiciary.verifier is not None
    body = body_of(wire.judiciary.verifier, wire.judiciary.requests[0])
    assert body.findtext(f"{{{J}}}Submission/{{{J}}}Reference") == ONE
    assert SEAL in wire.judiciary.requests[0]
    assert wire.judiciary.headers[0]["SOAPAction"] == f'"{J}:SubmitNotices"'


def test_an_inquiry_tells_known_from_not_known(wire: Wire) -> None:
    inner = result(ONE, "ACCEPTED", tracking="S1") + result(TWO, "NOT_KNOWN")
    body = f"<j:InquireStatusResponse>{inner}</j:InquireStatusResponse>"
    wire.judiciary.reply = lambda message_id: (
        200,
        wire.judiciary.answer(body, message_id, action=f"{J}:InquireStatusResponse"),
    )
    message = wire.courier.prepare_inquiry([ONE, TWO], datetime.now(UTC))
    assert message.operation is Operation.INQUIRE_STATUS
    answer = wire.courier.inquire(message)
    assert answer.by_reference == {ONE: Accepted(tracking_number="S1"), TWO: NotKnown()}


def test_an_inquiry_that_fails_says_nothing(wire: Wire) -> None:
    wire.judiciary.reply = lambda message_id: (500, wire.judiciary.answer(fault("busy"), message_id))
    answer = wire.courier.inquire(wire.courier.prepare_inquiry([ONE], datetime.now(UTC)))
    assert isinstance(answer.by_reference[ONE], Unknown)


@pytest.mark.parametrize(
    "body",
    [
        "<j:ConfirmReceiptsResponse><j:Confirmed>1</j:Confirmed></j:ConfirmReceiptsResponse>",
        f"<j:InquireStatusResponse>{result(ONE, 'ACCEPTED', tracking='S1')}</j:InquireStatusResponse>",
        "<j:FetchReceipts><j:Cursor/><j:Limit>1</j:Limit></j:FetchReceipts>",
    ],
)
def test_the_element_that_answers_another_operation_is_no_answer(wire: Wire, body: str) -> None:
    """Read as a page of receipts, a confirmation would be an empty one, and set the cursor back to the beginning."""
    wire.judiciary.reply = lambda message_id: (
        200,
        wire.judiciary.answer(body, message_id, action=f"{J}:FetchReceiptsResponse"),
    )
    with pytest.raises(NotBelieved) as refusal:
        wire.courier.fetch_receipts("7", 10)
    assert refusal.value.code == "verify.addressing"
    wire.judiciary.reply = lambda message_id: (200, wire.judiciary.answer(body, message_id))
    answer = wire.courier.submit(wire.submission(ONE))
    assert answer.by_reference[ONE] == Unknown(code="verify.addressing")
    assert answer.refused is not None


@pytest.mark.parametrize("code", ["", "busy ", "9" * 101, "زمان", "<j:Code/>"])
def test_a_faults_code_is_one_of_the_contracts_form(wire: Wire, code: str) -> None:
    """It is kept with the notice and shown: whatever else is signed in its place is not."""
    wire.judiciary.reply = lambda message_id: (500, wire.judiciary.answer(fault(code), message_id))
    answer = wire.courier.submit(wire.submission(ONE))
    assert answer.by_reference[ONE] == Unknown(code="verify.schema")
    assert answer.refused is not None


def test_a_fault_without_our_detail_has_no_code(wire: Wire) -> None:
    body = "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>f</faultstring></soap:Fault>"
    wire.judiciary.reply = lambda message_id: (500, wire.judiciary.answer(body, message_id))
    assert wire.courier.submit(wire.submission(ONE)).by_reference[ONE] == Unknown(code="soap.fault")


@pytest.mark.parametrize("call", ["fetch", "confirm", "account"])
@pytest.mark.parametrize(("status", "code"), [(502, "courier.http-status"), (200, "verify.malformed")])
def test_whatever_is_asked_what_comes_and_is_refused_comes_with_its_octets(
    wire: Wire, call: str, status: int, code: str
) -> None:
    wire.judiciary.reply = lambda message_id: (status, b"bad gateway")
    ask = {
        "fetch": lambda: wire.courier.fetch_receipts("", 10),
        "confirm": lambda: wire.courier.confirm_receipts(["R1"]),
        "account": lambda: wire.courier.has_account("NATURAL", "9990000000"),
    }
    with pytest.raises(NotBelieved) as refusal:
        ask[call]()
    assert (refusal.value.code, refusal.value.octets) == (code, b"bad gateway")
