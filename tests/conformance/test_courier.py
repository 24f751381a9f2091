"""One suite for every courier, over real HTTP: by any contract, one answer of the judiciary becomes one outcome.

`test_courier_receipts.py` has its other half: receipts, accounts, and questions that fail.
"""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.judiciary.channel import MAX_ANSWER_BYTES
from adapters.sandbox.judiciary.faults import Fault
from gateway.judiciary.courier import (
    Accepted,
    Deferred,
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

from .couriers import Courier, CourierSandbox, Kind, calling
from .submissions import NO_ACCOUNT, NOBODY, REFUSED, SERVED, needs, outcome, submit, submit_each, wrong


@needs("batches")
def test_each_notice_of_a_batch_has_its_own_outcome(courier: Courier, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED, NO_ACCOUNT, REFUSED, SERVED)
    answer = submit(courier, sandbox, seals)
    first, second, third, fourth = (answer.by_reference[seal.reference] for seal in seals)
    assert isinstance(first, Accepted)
    assert isinstance(fourth, Accepted)
    assert second == NoAccount()
    assert third == Rejected(code="R-102", text="the recipient is deceased")
    assert first.tracking_number != fourth.tracking_number
    assert (answer.refused, answer.failure) == (None, None)
    assert answer.passed
    assert answer.signed_at is not None
    assert abs(answer.signed_at - sandbox.clock()) <= timedelta(seconds=1)


def test_one_notice_a_call_has_its_outcome(courier: Courier, kind: Kind, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED, NO_ACCOUNT, REFUSED)
    first, second, third = submit_each(courier, kind, sandbox, seals).values()
    assert isinstance(first, Accepted)
    assert second == NoAccount()
    assert third == Rejected(code="R-102", text=kind.texts.get("R-102", "the recipient is deceased"))


def test_replies_are_judged_later_in_any_order(courier: Courier, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED, REFUSED)
    replies = [courier.transmit(courier.prepare_submission([seal], sandbox.clock())) for seal in seals]
    came = sandbox.clock()
    second, first = (reply.judge() for reply in reversed(replies))
    assert isinstance(first.by_reference[seals[0].reference], Accepted)
    assert isinstance(second.by_reference[seals[1].reference], Rejected)
    assert first.received_at <= second.received_at <= came


def test_a_notice_whose_seal_is_not_in_order_is_refused_alone(
    courier: Courier, kind: Kind, sandbox: CourierSandbox
) -> None:
    good, bad = sandbox.sealed(SERVED, SERVED)
    forged = bad.octets.replace("شخص ساختگی".encode(), "شخص دیگری".encode())
    assert forged != bad.octets
    forgery = SealSlice(reference=bad.reference, octets=forged, digest=sha256(forged))
    reported = submit_each(courier, kind, sandbox, [good, forgery])
    assert isinstance(reported[good.reference], Accepted)
    refused = reported[bad.reference]
    assert isinstance(refused, SealRefused)
    assert refused.code == kind.code("verify.digest")


def test_what_goes_out_is_what_is_stored_before(courier: Courier, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED)
    for message in (
        courier.prepare_submission(seals, sandbox.clock()),
        courier.prepare_inquiry([NOBODY], sandbox.clock()),
    ):
        stored = Frame.load(message.frame.dump())
        assert stored.fill({seal.digest: seal.octets for seal in seals}.__getitem__) == message.wire
        assert message.digest == sha256(message.wire)
    assert message.operation is Operation.INQUIRE_STATUS


def test_no_two_messages_are_one(courier: Courier, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED)
    first, second = (courier.prepare_submission(seals, sandbox.clock()) for _ in range(2))
    assert first.id != second.id
    assert first.wire != second.wire


def test_a_message_that_comes_again_leaves_doubt_and_is_not_acted_on(
    courier: Courier, kind: Kind, sandbox: CourierSandbox
) -> None:
    seals = sandbox.sealed(SERVED)
    message = courier.prepare_submission(seals, sandbox.clock())
    assert isinstance(courier.submit(message).by_reference[seals[0].reference], Accepted)
    assert courier.submit(message).by_reference == {seals[0].reference: Unknown(code=kind.code("verify.replay"))}
    assert sandbox.submissions(seals[0].reference) == 1


def test_a_notice_that_is_submitted_again_is_served_again(courier: Courier, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED)
    numbers = {submit(courier, sandbox, seals).by_reference[seals[0].reference] for _ in range(2)}
    assert len(numbers) == 2
    assert sandbox.submissions(seals[0].reference) == 2


def test_a_judiciary_that_is_busy_leaves_doubt_and_a_failure(
    courier: Courier, kind: Kind, sandbox: CourierSandbox
) -> None:
    answer, reference = wrong(courier, sandbox, Fault.BUSY)
    assert answer.by_reference == {reference: Unknown(code=kind.code("busy"))}
    assert answer.refused is None
    assert answer.failure is not None
    assert answer.failure.code == "courier.busy"
    assert sandbox.submissions(reference) == 0


@pytest.mark.parametrize("minutes", [7, 12])
def test_a_message_that_is_too_old_was_not_acted_on(
    courier: Courier, kind: Kind, sandbox: CourierSandbox, minutes: int
) -> None:
    seals = sandbox.sealed(SERVED)
    message = courier.prepare_submission(seals, sandbox.clock())
    sandbox.clock.advance(minutes=minutes)
    found = courier.submit(message).by_reference[seals[0].reference]
    assert isinstance(found, Unknown)
    assert found.code in {kind.code("verify.expired"), kind.code("verify.stale")}
    assert sandbox.submissions(seals[0].reference) == 0


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.ANSWER_LOST, Fault.TRUNCATED])
def test_a_lost_answer_is_doubt_that_an_inquiry_ends(courier: Courier, sandbox: CourierSandbox, fault: Fault) -> None:
    answer, reference = wrong(courier, sandbox, fault)
    assert answer.by_reference == {reference: Unknown(code="courier.no-answer")}
    assert (answer.raw, answer.refused) == (None, None)
    standing = courier.inquire(courier.prepare_inquiry([reference], sandbox.clock())).by_reference[reference]
    assert isinstance(standing, NotKnown if fault is Fault.RESET_BEFORE else Accepted)
    assert sandbox.submissions(reference) == (fault is not Fault.RESET_BEFORE)


def test_nobody_listens_so_nothing_was_sent(kind: Kind, sandbox: CourierSandbox) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}{kind.path}"
        with calling(kind.make, sandbox.pki, endpoint, sandbox.clock) as lonely:
            seals = sandbox.sealed(SERVED)
            answer = submit(lonely, sandbox, seals)
    assert answer.by_reference == {seals[0].reference: Deferred(code="courier.not-connected")}


def test_a_result_that_is_missing_leaves_doubt(courier: Courier, sandbox: CourierSandbox) -> None:
    found = outcome(courier, sandbox, Fault.RESULT_MISSING)
    assert found == Unknown(code="courier.incomplete-answer", detail="0 results")


@needs("batches")
def test_a_result_that_is_missing_is_unknown_and_the_others_count(courier: Courier, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED, SERVED, NO_ACCOUNT)
    sandbox.plan.next = Fault.RESULT_MISSING
    answer = submit(courier, sandbox, seals)
    first, second, third = (answer.by_reference[seal.reference] for seal in seals)
    assert first == Unknown(code="courier.incomplete-answer", detail="0 results")
    assert isinstance(second, Accepted)
    assert third == NoAccount()


@needs("batches")
def test_results_in_another_order_are_the_same_results(courier: Courier, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED, NO_ACCOUNT, REFUSED)
    sandbox.plan.next = Fault.RESULTS_REORDERED
    answer = submit(courier, sandbox, seals)
    kinds = [type(answer.by_reference[seal.reference]) for seal in seals]
    assert kinds == [Accepted, NoAccount, Rejected]


def test_an_inquiry_tells_known_from_not_known(courier: Courier, kind: Kind, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED, NO_ACCOUNT, REFUSED)
    reported = submit_each(courier, kind, sandbox, seals)
    asked = [*(seal.reference for seal in seals), NOBODY]
    answer = courier.inquire(courier.prepare_inquiry(asked, sandbox.clock()))
    assert answer.by_reference == {**reported, NOBODY: NotKnown()}
    assert answer.passed


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.UNSIGNED_FAULT, Fault.ANSWER_LOST, Fault.HTTP_503])
def test_an_inquiry_that_fails_says_nothing(courier: Courier, sandbox: CourierSandbox, fault: Fault) -> None:
    sandbox.plan.next = fault
    answer = courier.inquire(courier.prepare_inquiry([NOBODY], sandbox.clock()))
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
    courier: Courier, sandbox: CourierSandbox, fault: Fault, code: str
) -> None:
    answer, reference = wrong(courier, sandbox, fault)
    assert answer.by_reference == {reference: Unknown(code=code)}
    assert isinstance(answer.refused, NotBelieved)
    assert answer.refused.octets == answer.raw != b""
    assert answer.passed == ()
    assert answer.failure is not None


def test_an_answer_that_cannot_be_read_leaves_doubt(courier: Courier, sandbox: CourierSandbox) -> None:
    found = outcome(courier, sandbox, Fault.MALFORMED)
    assert isinstance(found, Unknown)
    assert found.code in {"verify.malformed", "verify.jws-form"}


@pytest.mark.parametrize(("fault", "waits"), [(Fault.HTTP_429, True), (Fault.HTTP_502, False), (Fault.HTTP_503, True)])
def test_a_page_of_something_in_between_is_doubt(
    courier: Courier, sandbox: CourierSandbox, fault: Fault, waits: bool
) -> None:
    answer, reference = wrong(courier, sandbox, fault)
    assert answer.by_reference == {reference: Unknown(code="courier.http-status")}
    assert answer.raw is not None
    assert b"<html>" in answer.raw
    assert answer.failure is not None
    assert answer.failure.retry_after == (timedelta(seconds=2) if waits else None)


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    called: Callable[..., Courier], sandbox: CourierSandbox, status: int
) -> None:
    courier = called(lambda: (status, b"x" * (MAX_ANSWER_BYTES + 100_000)))
    seals = sandbox.sealed(SERVED)
    answer = submit(courier, sandbox, seals)
    assert isinstance(answer.by_reference[seals[0].reference], Unknown)
    assert answer.raw is not None
    assert len(answer.raw) == MAX_ANSWER_BYTES + 1


@pytest.mark.long
def test_the_largest_paper_arrives(courier: Courier, kind: Kind, sandbox: CourierSandbox) -> None:
    paper = b"%PDF-1.7 " + random.Random(7).randbytes(kind.largest_paper - 9)
    [seal] = sandbox.sealed(SERVED, content=paper)
    assert isinstance(submit(courier, sandbox, [seal]).by_reference[seal.reference], Accepted)


def test_a_full_inquiry_is_answered(courier: Courier, sandbox: CourierSandbox) -> None:
    references = [
        "EB-" + "A" * 29 + "".join(triple) for triple in itertools.islice(itertools.product("BCDEFGHI", repeat=3), 500)
    ]
    standings = courier.inquire(courier.prepare_inquiry(references, sandbox.clock())).by_reference
    assert len(standings) == 500
    assert set(standings.values()) == {NotKnown()}


@needs("batches")
def test_a_full_batch_arrives(courier: Courier, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(*[SERVED] * 50, content=random.Random(8).randbytes(110_000))
    assert 7_000_000 < sum(len(seal.octets) for seal in seals) <= 8_000_000
    answer = submit(courier, sandbox, seals)
    assert {type(outcome) for outcome in answer.by_reference.values()} == {Accepted}


@needs("seals that are not read before")
def test_a_message_that_is_too_large_is_doubt(courier: Courier, sandbox: CourierSandbox) -> None:
    # Each may have the largest paper; together they are more than the service reads.
    octets = b"<x>" + b"x" * 9_500_000 + b"</x>"
    seals = [replace(seal, octets=octets) for seal in sandbox.sealed(SERVED, SERVED)]
    answer = submit(courier, sandbox, seals)
    for seal in seals:
        assert isinstance(answer.by_reference[seal.reference], Unknown)
        assert sandbox.submissions(seal.reference) == 0


def test_the_answer_to_another_request_is_no_answer(
    courier: Courier, called: Callable[..., Courier], sandbox: CourierSandbox
) -> None:
    earlier = submit(courier, sandbox, sandbox.sealed(SERVED))
    assert earlier.raw is not None
    deceived = called(lambda: (200, earlier.raw or b""))
    seals = sandbox.sealed(SERVED)
    answer = submit(deceived, sandbox, seals)
    assert answer.by_reference == {seals[0].reference: Unknown(code="verify.relates-to")}


def test_our_own_request_is_not_its_answer(
    courier: Courier, called: Callable[..., Courier], kind: Kind, sandbox: CourierSandbox
) -> None:
    seals = sandbox.sealed(SERVED)
    message = courier.prepare_submission(seals, sandbox.clock())
    found = called(lambda: (200, message.wire)).submit(message).by_reference[seals[0].reference]
    # An answer holds no username token: it is refused for its shape before its certificate is asked for.
    code = "verify.shape" if "username token" in kind.abilities else "verify.unknown-certificate"
    assert found == Unknown(code=code)


@pytest.mark.parametrize("minutes", [-2, 20])
def test_an_answer_that_is_not_of_this_time_is_not_believed(
    courier: Courier, sandbox: CourierSandbox, minutes: int
) -> None:
    seals = sandbox.sealed(SERVED)
    message = courier.prepare_submission(seals, sandbox.clock())
    began, reported = sandbox.clock.now, []

    def ours() -> datetime:
        return began + timedelta(minutes=minutes)

    with pytest.MonkeyPatch.context() as patch:
        line = courier._transmission
        patch.setattr(line, "_judge", replace(line._judge, clock=ours))
        reported.append(courier.submit(message).by_reference[seals[0].reference])
    assert isinstance(reported[0], Unknown)
    assert reported[0].code == ("verify.not-yet" if minutes < 0 else "verify.stale")
    offsets = courier._transmission._timekeeper.offsets().values()
    assert offsets, "even so it tells the judiciary's time"


def test_nothing_is_prepared_with_a_certificate_that_is_over(courier: Courier, sandbox: CourierSandbox) -> None:
    courier.assert_ready(sandbox.clock())
    with pytest.raises(GatewayError) as refusal:
        courier.assert_ready(sandbox.clock() + timedelta(days=10_000))
    assert refusal.value.code == "certificate.expired"
