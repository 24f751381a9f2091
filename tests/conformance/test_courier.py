"""One suite for every courier, over real HTTP: what the judiciary says becomes the same outcome by any contract."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.judiciary.channel import MAX_ANSWER_BYTES
from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.pki.devpki import generate
from gateway.judiciary.courier import (
    PROBE_IDENTIFIER,
    Accepted,
    Answer,
    CallFailed,
    Deferred,
    NamedNotice,
    NoAccount,
    NotBelieved,
    NotKnown,
    Operation,
    Rejected,
    SealRefused,
    SealSlice,
    Unknown,
)
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from tests.unit.crypto.samples import plan

from .couriers import COURIERS, Courier, Kind, Town, calling, stranger, town

SERVED, NO_ACCOUNT, REFUSED = "9990000001", "9998000001", "9999100001"
NOBODY = "EB-" + "A" * 32


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    directory = tmp_path_factory.mktemp("couriers")
    generate(directory / "pki", plan("rsa-2048"), datetime.now(UTC))
    with town(directory / "pki", directory) as opened:
        yield opened


@pytest.fixture(scope="module", params=list(COURIERS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return COURIERS[request.param]


@pytest.fixture(scope="module")
def courier(kind: Kind, city: Town) -> Iterator[Courier]:
    with calling(kind.make, city.pki, f"http://127.0.0.1:{city.port}{kind.path}", city.clock) as opened:
        yield opened


@pytest.fixture(autouse=True)
def needed(request: pytest.FixtureRequest) -> None:
    """A test that needs what a contract cannot do is skipped over it, and says what that is."""
    marks = [mark.args[0] for mark in request.node.iter_markers("needs")]
    if marks and (missing := [each for each in marks if each not in request.getfixturevalue("kind").abilities]):
        pytest.skip(f"this contract has no: {', '.join(missing)}")


def needs(ability: str) -> pytest.MarkDecorator:
    """Of `Kind.abilities`."""
    return pytest.mark.needs(ability)


@pytest.fixture
def called(kind: Kind, city: Town) -> Iterator[Callable[[Callable[[], tuple[int, bytes]]], Courier]]:
    """A courier that a stranger answers in the judiciary's place."""
    with ExitStack() as stack:

        def begin(answer: Callable[[], tuple[int, bytes]]) -> Courier:
            address = stack.enter_context(stranger(answer))
            endpoint = f"http://127.0.0.1:{city.port}{kind.path}"
            return stack.enter_context(calling(kind.make, city.pki, endpoint, city.clock, at=address))

        yield begin


def submit(courier: Courier, city: Town, seals: list[SealSlice]) -> Answer[object]:
    return courier.submit(courier.prepare_submission(seals, city.clock()))


def submit_each(courier: Courier, kind: Kind, city: Town, seals: list[SealSlice]) -> dict[str, object]:
    """Submit as many in a call as the contract takes; return what became of each."""
    calls = [seals] if "batches" in kind.abilities else [[seal] for seal in seals]
    return {name: told for each in calls for name, told in submit(courier, city, each).by_reference.items()}


def wrong(courier: Courier, city: Town, fault: Fault) -> tuple[Answer[object], str]:
    """Submit one notice to a judiciary that goes wrong; return the answer and the notice's reference."""
    seals = city.sealed(SERVED)
    city.plan.next = fault
    return submit(courier, city, seals), seals[0].reference


def outcome(courier: Courier, city: Town, fault: Fault) -> object:
    answer, reference = wrong(courier, city, fault)
    return answer.by_reference[reference]


@needs("batches")
def test_each_notice_of_a_batch_has_its_own_outcome(courier: Courier, city: Town) -> None:
    seals = city.sealed(SERVED, NO_ACCOUNT, REFUSED, SERVED)
    answer = submit(courier, city, seals)
    first, second, third, fourth = (answer.by_reference[seal.reference] for seal in seals)
    assert isinstance(first, Accepted)
    assert isinstance(fourth, Accepted)
    assert second == NoAccount()
    assert third == Rejected(code="R-102", text="the recipient is deceased")
    assert first.tracking_number != fourth.tracking_number
    assert (answer.refused, answer.failure) == (None, None)
    assert answer.passed
    assert answer.signed_at is not None
    assert abs(answer.signed_at - city.clock()) <= timedelta(seconds=1)


def test_one_notice_a_call_has_its_outcome(courier: Courier, kind: Kind, city: Town) -> None:
    seals = city.sealed(SERVED, NO_ACCOUNT, REFUSED)
    first, second, third = submit_each(courier, kind, city, seals).values()
    assert isinstance(first, Accepted)
    assert second == NoAccount()
    assert third == Rejected(code="R-102", text=kind.texts.get("R-102", "the recipient is deceased"))


def test_a_notice_whose_seal_is_not_in_order_is_refused_alone(courier: Courier, kind: Kind, city: Town) -> None:
    good, bad = city.sealed(SERVED, SERVED)
    forged = bad.octets.replace("شخص ساختگی".encode(), "شخص دیگری".encode())
    assert forged != bad.octets
    forgery = SealSlice(reference=bad.reference, octets=forged, digest=sha256(forged))
    told = submit_each(courier, kind, city, [good, forgery])
    assert isinstance(told[good.reference], Accepted)
    refused = told[bad.reference]
    assert isinstance(refused, SealRefused)
    assert refused.code == kind.code("verify.digest")


def test_what_goes_out_is_what_is_stored_before(courier: Courier, city: Town) -> None:
    seals = city.sealed(SERVED)
    for message in (
        courier.prepare_submission(seals, city.clock()),
        courier.prepare_inquiry([NOBODY], city.clock()),
    ):
        stored = Frame.load(message.frame.dump())
        assert stored.fill({seal.digest: seal.octets for seal in seals}.__getitem__) == message.wire
        assert message.digest == sha256(message.wire)
    assert message.operation is Operation.INQUIRE_STATUS


def test_no_two_messages_are_one(courier: Courier, city: Town) -> None:
    seals = city.sealed(SERVED)
    first, second = (courier.prepare_submission(seals, city.clock()) for _ in range(2))
    assert first.id != second.id
    assert first.wire != second.wire


def test_a_message_that_comes_again_leaves_doubt_and_is_not_acted_on(courier: Courier, kind: Kind, city: Town) -> None:
    seals = city.sealed(SERVED)
    message = courier.prepare_submission(seals, city.clock())
    assert isinstance(courier.submit(message).by_reference[seals[0].reference], Accepted)
    assert courier.submit(message).by_reference == {seals[0].reference: Unknown(code=kind.code("verify.replay"))}
    assert city.submissions(seals[0].reference) == 1


def test_a_notice_that_is_submitted_again_is_served_again(courier: Courier, city: Town) -> None:
    seals = city.sealed(SERVED)
    numbers = {submit(courier, city, seals).by_reference[seals[0].reference] for _ in range(2)}
    assert len(numbers) == 2
    assert city.submissions(seals[0].reference) == 2


def test_a_judiciary_that_is_busy_leaves_doubt_and_a_failure(courier: Courier, kind: Kind, city: Town) -> None:
    answer, reference = wrong(courier, city, Fault.BUSY)
    assert answer.by_reference == {reference: Unknown(code=kind.code("busy"))}
    assert answer.refused is None
    assert answer.failure is not None
    assert answer.failure.code == "courier.busy"
    assert city.submissions(reference) == 0


@pytest.mark.parametrize("minutes", [7, 12])
def test_a_message_that_is_too_old_was_not_acted_on(courier: Courier, kind: Kind, city: Town, minutes: int) -> None:
    seals = city.sealed(SERVED)
    message = courier.prepare_submission(seals, city.clock())
    city.clock.advance(minutes=minutes)
    found = courier.submit(message).by_reference[seals[0].reference]
    assert isinstance(found, Unknown)
    assert found.code in {kind.code("verify.expired"), kind.code("verify.stale")}
    assert city.submissions(seals[0].reference) == 0


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.ANSWER_LOST, Fault.TRUNCATED])
def test_a_lost_answer_is_doubt_that_an_inquiry_ends(courier: Courier, city: Town, fault: Fault) -> None:
    answer, reference = wrong(courier, city, fault)
    assert answer.by_reference == {reference: Unknown(code="courier.no-answer")}
    assert (answer.raw, answer.refused) == (None, None)
    standing = courier.inquire(courier.prepare_inquiry([reference], city.clock())).by_reference[reference]
    assert isinstance(standing, NotKnown if fault is Fault.RESET_BEFORE else Accepted)
    assert city.submissions(reference) == (fault is not Fault.RESET_BEFORE)


def test_nobody_listens_so_nothing_was_sent(kind: Kind, city: Town) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}{kind.path}"
        with calling(kind.make, city.pki, endpoint, city.clock) as lonely:
            seals = city.sealed(SERVED)
            answer = submit(lonely, city, seals)
    assert answer.by_reference == {seals[0].reference: Deferred(code="courier.not-connected")}


def test_a_result_that_is_missing_leaves_doubt(courier: Courier, city: Town) -> None:
    found = outcome(courier, city, Fault.RESULT_MISSING)
    assert found == Unknown(code="courier.incomplete-answer", detail="0 results")


@needs("batches")
def test_a_result_that_is_missing_is_unknown_and_the_others_count(courier: Courier, city: Town) -> None:
    seals = city.sealed(SERVED, SERVED, NO_ACCOUNT)
    city.plan.next = Fault.RESULT_MISSING
    answer = submit(courier, city, seals)
    first, second, third = (answer.by_reference[seal.reference] for seal in seals)
    assert first == Unknown(code="courier.incomplete-answer", detail="0 results")
    assert isinstance(second, Accepted)
    assert third == NoAccount()


@needs("batches")
def test_results_in_another_order_are_the_same_results(courier: Courier, city: Town) -> None:
    seals = city.sealed(SERVED, NO_ACCOUNT, REFUSED)
    city.plan.next = Fault.RESULTS_REORDERED
    answer = submit(courier, city, seals)
    kinds = [type(answer.by_reference[seal.reference]) for seal in seals]
    assert kinds == [Accepted, NoAccount, Rejected]


def test_an_inquiry_tells_known_from_not_known(courier: Courier, kind: Kind, city: Town) -> None:
    seals = city.sealed(SERVED, NO_ACCOUNT, REFUSED)
    told = submit_each(courier, kind, city, seals)
    asked = [*(seal.reference for seal in seals), NOBODY]
    answer = courier.inquire(courier.prepare_inquiry(asked, city.clock()))
    assert answer.by_reference == {**told, NOBODY: NotKnown()}
    assert answer.passed


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.UNSIGNED_FAULT, Fault.ANSWER_LOST, Fault.HTTP_503])
def test_an_inquiry_that_fails_says_nothing(courier: Courier, city: Town, fault: Fault) -> None:
    city.plan.next = fault
    answer = courier.inquire(courier.prepare_inquiry([NOBODY], city.clock()))
    assert isinstance(answer.by_reference[NOBODY], Unknown)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.UNSIGNED_FAULT, "verify.unsigned"),
        (Fault.NO_SIGNATURE, "verify.unsigned"),
        (Fault.WRONG_SIGNATURE, "verify.signature"),
    ],
)
def test_an_answer_that_is_not_signed_changes_nothing_and_is_kept(
    courier: Courier, city: Town, fault: Fault, code: str
) -> None:
    answer, reference = wrong(courier, city, fault)
    assert answer.by_reference == {reference: Unknown(code=code)}
    assert isinstance(answer.refused, NotBelieved)
    assert answer.refused.octets == answer.raw != b""
    assert answer.passed == ()
    assert answer.failure is not None


def test_an_answer_that_cannot_be_read_leaves_doubt(courier: Courier, city: Town) -> None:
    found = outcome(courier, city, Fault.MALFORMED)
    assert isinstance(found, Unknown)
    assert found.code in {"verify.malformed", "verify.jws-form"}


@pytest.mark.parametrize(("fault", "waits"), [(Fault.HTTP_429, True), (Fault.HTTP_502, False), (Fault.HTTP_503, True)])
def test_a_page_of_something_in_between_is_doubt(courier: Courier, city: Town, fault: Fault, waits: bool) -> None:
    answer, reference = wrong(courier, city, fault)
    assert answer.by_reference == {reference: Unknown(code="courier.http-status")}
    assert answer.raw is not None
    assert b"<html>" in answer.raw
    assert answer.failure is not None
    assert answer.failure.retry_after == (timedelta(seconds=2) if waits else None)


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    called: Callable[..., Courier], city: Town, status: int
) -> None:
    courier = called(lambda: (status, b"x" * (MAX_ANSWER_BYTES + 100_000)))
    seals = city.sealed(SERVED)
    answer = submit(courier, city, seals)
    assert isinstance(answer.by_reference[seals[0].reference], Unknown)
    assert answer.raw is not None
    assert len(answer.raw) == MAX_ANSWER_BYTES + 1


def test_the_largest_paper_arrives(courier: Courier, kind: Kind, city: Town) -> None:
    paper = b"%PDF-1.7 " + random.Random(7).randbytes(kind.largest_paper - 9)
    [seal] = city.sealed(SERVED, content=paper)
    assert isinstance(submit(courier, city, [seal]).by_reference[seal.reference], Accepted)


def test_a_full_inquiry_is_answered(courier: Courier, city: Town) -> None:
    references = [
        "EB-" + "A" * 29 + "".join(triple) for triple in itertools.islice(itertools.product("BCDEFGHI", repeat=3), 500)
    ]
    standings = courier.inquire(courier.prepare_inquiry(references, city.clock())).by_reference
    assert len(standings) == 500
    assert set(standings.values()) == {NotKnown()}


@needs("batches")
def test_a_full_batch_arrives(courier: Courier, city: Town) -> None:
    seals = city.sealed(*[SERVED] * 50, content=random.Random(8).randbytes(110_000))
    assert 7_000_000 < sum(len(seal.octets) for seal in seals) <= 8_000_000
    answer = submit(courier, city, seals)
    assert {type(outcome) for outcome in answer.by_reference.values()} == {Accepted}


@needs("seals that are not read before")
def test_a_message_that_is_too_large_is_doubt(courier: Courier, city: Town) -> None:
    [seal] = city.sealed(SERVED)
    large = SealSlice(reference=seal.reference, octets=b"<x>" + b"x" * 17_000_000 + b"</x>", digest=seal.digest)
    answer = submit(courier, city, [large])
    found = answer.by_reference[seal.reference]
    assert isinstance(found, Unknown)
    assert city.submissions(seal.reference) == 0


def test_the_answer_to_another_request_is_no_answer(
    courier: Courier, called: Callable[..., Courier], city: Town
) -> None:
    earlier = submit(courier, city, city.sealed(SERVED))
    assert earlier.raw is not None
    deceived = called(lambda: (200, earlier.raw or b""))
    seals = city.sealed(SERVED)
    answer = submit(deceived, city, seals)
    assert answer.by_reference == {seals[0].reference: Unknown(code="verify.relates-to")}


def test_our_own_request_is_not_its_answer(
    courier: Courier, called: Callable[..., Courier], kind: Kind, city: Town
) -> None:
    seals = city.sealed(SERVED)
    message = courier.prepare_submission(seals, city.clock())
    found = called(lambda: (200, message.wire)).submit(message).by_reference[seals[0].reference]
    # An answer holds no username token: it is refused for its shape before its certificate is asked for.
    code = "verify.shape" if "username token" in kind.abilities else "verify.unknown-certificate"
    assert found == Unknown(code=code)


@pytest.mark.parametrize("minutes", [-2, 20])
def test_an_answer_that_is_not_of_this_time_is_not_believed(courier: Courier, city: Town, minutes: int) -> None:
    seals = city.sealed(SERVED)
    message = courier.prepare_submission(seals, city.clock())
    began, told = city.clock.now, []

    def ours() -> datetime:
        return began + timedelta(minutes=minutes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(courier, "_judge", replace(courier._judge, clock=ours))
        told.append(courier.submit(message).by_reference[seals[0].reference])
    assert isinstance(told[0], Unknown)
    assert told[0].code == ("verify.not-yet" if minutes < 0 else "verify.stale")
    offsets = courier._timekeeper.offsets().values()
    assert offsets, "even so it tells the judiciary's time"


@needs("receipts by page")
def test_receipts_come_in_pages_and_are_the_judiciarys_own_octets(courier: Courier, kind: Kind, city: Town) -> None:
    seals = city.sealed(SERVED, SERVED, SERVED)
    submit_each(courier, kind, city, seals)
    city.clock.advance(days=4)
    judge, cursor, found, more = city.receipt_judge(kind), "", dict[str, set[str]](), True
    while more:
        page = courier.fetch_receipts(cursor, 4)
        assert len(page.receipts) <= 4
        assert page.cursor != cursor or not page.more
        for receipt in page.receipts:
            claims = judge.judge(receipt, city.clock()).facts.claims
            found.setdefault(claims["Reference"], set()).add(claims["SealDigest"] + " " + claims["Event"])
        cursor, more = page.cursor, page.more
    for seal in seals:
        events = {f"{seal.digest} ContentConsignment", f"{seal.digest} ContentHandover"}
        assert found[seal.reference] == events, "of the very seal that was sent"


@needs("receipts by page")
@needs("our receipts")
def test_every_courier_brings_the_same_receipts(courier: Courier, city: Town) -> None:
    submit(courier, city, city.sealed(SERVED))
    city.clock.advance(days=4)
    pages = []
    for each in (kind for kind in COURIERS.values() if "our receipts" in kind.abilities):
        with calling(each.make, city.pki, f"http://127.0.0.1:{city.port}{each.path}", city.clock) as one:
            pages.append([receipt.octets for receipt in one.fetch_receipts("", 10).receipts])
    assert pages[0]
    assert all(page == pages[0] for page in pages)


@needs("receipts by page")
def test_receipts_by_page_are_not_asked_for_by_notice(courier: Courier) -> None:
    with pytest.raises(GatewayError) as refusal:
        courier.poll_receipts([NamedNotice(reference="EB-" + "A" * 32)])
    assert refusal.value.code == "courier.contract"


@needs("receipts by page")
def test_receipts_are_confirmed(courier: Courier, kind: Kind, city: Town) -> None:
    seals = city.sealed(SERVED)
    submit(courier, city, seals)
    city.clock.advance(days=4)
    judge = city.receipt_judge(kind)
    page = courier.fetch_receipts("", 500)
    ids = [judge.judge(receipt, city.clock()).facts.claims["ReceiptId"] for receipt in page.receipts]
    courier.confirm_receipts(ids)
    courier.confirm_receipts(ids)
    assert courier.fetch_receipts(page.cursor, 500).receipts == []


@needs("accounts")
def test_an_account_is_there_or_not(courier: Courier) -> None:
    assert courier.has_account("NATURAL", PROBE_IDENTIFIER)
    assert not courier.has_account("NATURAL", NO_ACCOUNT)


ASK: dict[str, Callable[[Courier], object]] = {
    "fetch": lambda courier: courier.fetch_receipts("", 10),
    "confirm": lambda courier: courier.confirm_receipts(["R1"]),
    "account": lambda courier: courier.has_account("NATURAL", PROBE_IDENTIFIER),
}
BY_PAGE = needs("receipts by page")
ASKED = [pytest.param(ask, marks=[] if ask == "account" else [BY_PAGE]) for ask in ASK]


@pytest.mark.parametrize("ask", ASKED)
def test_whatever_is_asked_a_busy_judiciary_is_left_in_peace(courier: Courier, city: Town, ask: str) -> None:
    city.plan.next = Fault.BUSY
    with pytest.raises(CallFailed) as refusal:
        ASK[ask](courier)
    assert refusal.value.code == "courier.busy"


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("fault", [Fault.UNSIGNED_FAULT, Fault.WRONG_SIGNATURE, Fault.HTTP_502])
def test_whatever_is_asked_what_is_refused_comes_with_its_octets(
    courier: Courier, city: Town, ask: str, fault: Fault
) -> None:
    city.plan.next = fault
    with pytest.raises(NotBelieved) as refusal:
        ASK[ask](courier)
    assert refusal.value.octets


@pytest.mark.parametrize("ask", ASKED)
def test_whatever_is_asked_silence_is_told(courier: Courier, city: Town, ask: str) -> None:
    city.plan.next = Fault.ANSWER_LOST
    with pytest.raises(CallFailed) as refusal:
        ASK[ask](courier)
    assert refusal.value.code == "courier.no-answer"


@needs("receipts by page")
@needs("our receipts")
def test_a_fault_that_is_signed_is_told_by_its_code(courier: Courier, kind: Kind) -> None:
    with pytest.raises(GatewayError) as refusal:
        courier.fetch_receipts("no cursor", 10)
    assert (refusal.value.code, refusal.value.detail) == ("courier.fault", kind.code("verify.schema"))


def test_nothing_is_prepared_with_a_certificate_that_is_over(courier: Courier, city: Town) -> None:
    courier.assert_ready(city.clock())
    with pytest.raises(GatewayError) as refusal:
        courier.assert_ready(city.clock() + timedelta(days=10_000))
    assert refusal.value.code == "certificate.expired"
