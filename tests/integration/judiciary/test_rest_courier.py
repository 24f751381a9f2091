"""The courier over REST believes verified answers, and calls everything else by its name."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.jws import Claims, JwsVerifier, body_of, sign_jws
from gateway.judiciary.courier import Accepted, Deferred, NoAccount, NotBelieved, NotKnown, Rejected, SealSlice, Unknown
from gateway.judiciary.outcome_codes import CodeTable, Meaning
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.runtime.randomness import drawing_from
from tests.conformance.couriers import Courier, calling, rest, stranger

ONE, TWO = "EB-" + "A" * 32, "EB-" + "B" * 32
REQUEST = "urn:uuid:00000000-0000-4000-8000-000000000000"
Body = dict[str, Any]


class JudiciaryService:
    """Answers every request with one reply, signed as it should be unless told otherwise."""

    def __init__(self, pki: Path) -> None:
        folder = pki / "judiciary"
        self.signer = load_signer(folder / "transport.key.pem", folder / "transport.crt.pem")
        self.receipts = load_signer(folder / "receipts.key.pem", folder / "receipts.crt.pem")
        self.status, self.wire = 200, b""

    def reply(
        self,
        body: Body,
        operation: str = "SubmitNoticesResponse",
        *,
        relates_to: str = REQUEST,
        status: int = 200,
        signer: Signer | None = None,
    ) -> None:
        claims = Claims(operation=operation, message_id="urn:uuid:an-answer", relates_to=relates_to)
        self.status = status
        self.wire = sign_jws(body, claims, signer or self.signer, datetime.now(UTC), timedelta(minutes=5))


@pytest.fixture
def judiciary(pki: Path) -> JudiciaryService:
    return JudiciaryService(pki)


@pytest.fixture
def courier(pki: Path, judiciary: JudiciaryService) -> Iterator[Courier]:
    with ExitStack() as stack:
        stack.enter_context(drawing_from(bytes))  # so many zeros
        address = stack.enter_context(stranger(lambda: (judiciary.status, judiciary.wire)))
        yield stack.enter_context(calling(rest, pki, address, lambda: datetime.now(UTC)))


def outcomes(courier: Courier, judiciary: JudiciaryService, *results: Body) -> dict[str, object]:
    judiciary.reply({"results": list(results)})
    seals = [SealSlice(reference=ref, octets=b"<n/>", digest=sha256(ref.encode())) for ref in (ONE, TWO)]
    return dict(courier.submit(courier.prepare_submission(seals, datetime.now(UTC))).by_reference)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"status": "ACCEPTED", "tracking_number": "S1"}, Accepted(tracking_number="S1")),
        ({"status": "REJECTED", "code": "R-102", "text": "متوفی"}, Rejected(code="R-102", text="متوفی")),
        ({"status": "NO_ACCOUNT"}, NoAccount()),
        (
            {"status": "DEFERRED", "code": "busy", "retry_after_seconds": 90},
            Deferred(code="busy", retry_after=timedelta(seconds=90)),
        ),
        (
            {"status": "DEFERRED", "retry_after_seconds": 10**15 - 1},
            Deferred(code="deferred", retry_after=timedelta(days=1)),
        ),
        ({"status": "ACCEPTED"}, Unknown(code="courier.incomplete-answer", detail="status ACCEPTED")),
        ({"status": "REJECTED"}, Unknown(code="courier.incomplete-answer", detail="status REJECTED")),
        ({"status": "NOT_KNOWN"}, Unknown(code="courier.incomplete-answer", detail="status NOT_KNOWN")),
        ({"status": "PERHAPS"}, Unknown(code="courier.incomplete-answer", detail="status PERHAPS")),
        ({"status": "accepted"}, Unknown(code="courier.incomplete-answer", detail="status accepted")),
    ],
)
def test_a_result_becomes_an_outcome(
    courier: Courier, judiciary: JudiciaryService, result: Body, expected: object
) -> None:
    assert outcomes(courier, judiciary, {"reference": ONE, **result})[ONE] == expected


def test_two_results_for_one_notice_are_doubt(courier: Courier, judiciary: JudiciaryService) -> None:
    accepted = {"status": "ACCEPTED", "tracking_number": "S1"}
    reported = outcomes(courier, judiciary, *[{"reference": ONE, **accepted}] * 2, {"reference": TWO, **accepted})
    assert reported[ONE] == Unknown(code="courier.incomplete-answer", detail="2 results")
    assert reported[TWO] == Accepted(tracking_number="S1")


def test_a_profiles_own_words_are_read_and_ours_are_not(courier: Courier, judiciary: JudiciaryService) -> None:
    words = CodeTable(statuses={"10": Meaning.ACCEPTED})
    courier._contract = replace(courier._contract, codes=words)  # type: ignore[type-var]
    reported = outcomes(
        courier,
        judiciary,
        {"reference": ONE, "status": "10", "tracking_number": "S1"},
        {"reference": TWO, "status": "ACCEPTED", "tracking_number": "S2"},
    )
    assert reported[ONE] == Accepted(tracking_number="S1")
    assert isinstance(reported[TWO], Unknown)


@pytest.mark.parametrize(
    "result",
    [
        {"status": "ACCEPTED", "tracking_number": "S1", "more": 1},
        {"status": "ACCEPTED", "tracking_number": "S1\n"},
        {"status": "ACCEPTED", "tracking_number": 1},
        {"status": "DEFERRED", "retry_after_seconds": -1},
        {"status": "DEFERRED", "retry_after_seconds": True},
        {"tracking_number": "S1"},
    ],
)
def test_a_result_that_is_not_of_the_contract_is_not_believed(
    courier: Courier, judiciary: JudiciaryService, result: Body
) -> None:
    reported = outcomes(courier, judiciary, {"reference": ONE, **result})
    assert reported == {ONE: Unknown(code="verify.schema"), TWO: Unknown(code="verify.schema")}


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"relates_to": "urn:uuid:another"}, "verify.relates-to"),
        ({"operation": "InquireStatusResponse"}, "verify.relates-to"),
        ({"operation": "SubmitNotices"}, "verify.relates-to"),
        ({"status": 202}, "courier.http-status"),
        ({"status": 401}, "courier.http-status"),
    ],
)
def test_an_answer_that_is_not_to_this_request_is_unknown(
    courier: Courier, judiciary: JudiciaryService, how: dict[str, Any], code: str
) -> None:
    judiciary.reply({"results": [{"reference": ONE, "status": "NO_ACCOUNT"}]}, **how)
    seal = SealSlice(reference=ONE, octets=b"<n/>", digest=sha256(b""))
    answer = courier.submit(courier.prepare_submission([seal], datetime.now(UTC)))
    assert answer.by_reference == {ONE: Unknown(code=code)}
    assert answer.raw == judiciary.wire, "what came is kept"


def test_a_receipts_key_signs_no_answer(courier: Courier, judiciary: JudiciaryService) -> None:
    judiciary.reply({"results": []}, signer=judiciary.receipts)
    seal = SealSlice(reference=ONE, octets=b"<n/>", digest=sha256(b""))
    answer = courier.submit(courier.prepare_submission([seal], datetime.now(UTC)))
    assert answer.by_reference == {ONE: Unknown(code="verify.unknown-certificate")}


@pytest.mark.parametrize(
    "code", ["busy", "verify.expired", "verify.stale", "verify.schema", "verify.replay", "verify.not-yet", "internal"]
)
def test_a_signed_fault_leaves_doubt_whatever_it_says(courier: Courier, judiciary: JudiciaryService, code: str) -> None:
    judiciary.reply({"fault": {"code": code, "text": "t"}}, status=400)
    seal = SealSlice(reference=ONE, octets=b"<n/>", digest=sha256(b""))
    found = courier.submit(courier.prepare_submission([seal], datetime.now(UTC))).by_reference[ONE]
    assert isinstance(found, Unknown)
    assert found.code == code  # type: ignore[attr-defined]


def test_a_fault_that_also_has_results_is_neither(courier: Courier, judiciary: JudiciaryService) -> None:
    accepted = {"reference": ONE, "status": "ACCEPTED", "tracking_number": "S1"}
    judiciary.reply({"fault": {"code": "busy", "text": "t"}, "results": [accepted]})
    seal = SealSlice(reference=ONE, octets=b"<n/>", digest=sha256(b""))
    answer = courier.submit(courier.prepare_submission([seal], datetime.now(UTC)))
    assert answer.by_reference == {ONE: Unknown(code="verify.schema")}


def test_a_deferral_is_no_standing(courier: Courier, judiciary: JudiciaryService) -> None:
    results = [{"reference": ONE, "status": "DEFERRED"}, {"reference": TWO, "status": "NOT_KNOWN"}]
    judiciary.reply({"results": results}, "InquireStatusResponse")
    reported = courier.inquire(courier.prepare_inquiry([ONE, TWO], datetime.now(UTC))).by_reference
    assert reported == {ONE: Unknown(code="courier.incomplete-answer", detail="status DEFERRED"), TWO: NotKnown()}


def test_receipts_are_the_octets_that_came(courier: Courier, judiciary: JudiciaryService) -> None:
    receipt = "<r:Receipt>رسید</r:Receipt>".encode()
    item = {"receipt_id": "R1", "signed_receipt": base64.b64encode(receipt).decode()}
    judiciary.reply({"items": [item], "next_cursor": "7", "more": True}, "FetchReceiptsResponse")
    page = courier.fetch_receipts("", 10)
    assert [each.octets for each in page.receipts] == [receipt]
    assert (page.cursor, page.more) == ("7", True)


@pytest.mark.parametrize("text", ["PHg", "PHg+\n", "P H g +", "PHg-"])
def test_a_receipt_in_no_strict_base64_refuses_the_page_with_its_octets(
    courier: Courier, judiciary: JudiciaryService, text: str
) -> None:
    item = {"receipt_id": "R1", "signed_receipt": text}
    judiciary.reply({"items": [item], "next_cursor": "7", "more": False}, "FetchReceiptsResponse")
    with pytest.raises(NotBelieved) as refusal:
        courier.fetch_receipts("", 10)
    assert (refusal.value.code, refusal.value.octets) == ("verify.schema", judiciary.wire)


@pytest.mark.parametrize("body", [{"confirmed": 1}, {"results": []}, {"accounts": []}])
def test_what_answers_another_operation_is_no_page(courier: Courier, judiciary: JudiciaryService, body: Body) -> None:
    """Read as a page of receipts, a confirmation would be an empty one, and set the cursor back to the beginning."""
    judiciary.reply(body, "FetchReceiptsResponse")
    with pytest.raises(NotBelieved, match=r"verify\.schema"):
        courier.fetch_receipts("7", 10)


def test_requests_say_for_whom_they_are_and_carry_the_seals_as_they_are(courier: Courier, pki: Path) -> None:
    seal = SealSlice(reference=ONE, octets="<n:Notice>رأی</n:Notice>".encode(), digest=sha256(b""))
    wire = courier.prepare_submission([seal], datetime.now(UTC)).wire
    passes = load_partner("city", [pki / "municipality/transport.crt.pem"], [pki / "anchors/municipality-root.pem"])
    facts = JwsVerifier(passes).examine(wire)
    assert facts.claims == {"Action": "SubmitNotices", "MessageID": REQUEST, "To": courier._settings.endpoint}
    [sent] = body_of(facts)["submissions"]
    assert base64.b64decode(sent["sealed_notice"]) == seal.octets


ASK: dict[str, Callable[[Courier], object]] = {
    "fetch": lambda courier: courier.fetch_receipts("", 10),
    "confirm": lambda courier: courier.confirm_receipts(["R1"]),
    "account": lambda courier: courier.has_account("NATURAL", "9990000000"),
}


@pytest.mark.parametrize("ask", list(ASK))
def test_a_fault_is_told_by_its_code(courier: Courier, judiciary: JudiciaryService, ask: str) -> None:
    operation = {"fetch": "FetchReceipts", "confirm": "ConfirmReceipts", "account": "InquireAccounts"}[ask]
    judiciary.reply({"fault": {"code": "internal", "text": "t"}}, f"{operation}Response", status=500)
    with pytest.raises(GatewayError) as refusal:
        ASK[ask](courier)
    assert (refusal.value.code, refusal.value.detail) == ("courier.fault", "internal")
