"""Answers about several notices that cannot be read as a whole: each notice is asked about alone, none is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from gateway.judiciary.courier import Answer, Message, NotBelieved, NotKnown, Standing, Unknown, Unread
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import Wait
from gateway.runtime.rate_limit import RateLimit
from gateway.trust.trust_policy import Rejection

from .conftest import AGAIN, SETTLE, Passes
from .ports import accept
from .shuffled_calls import Shuffled

UNREAD = ("mapped.unknown-value", "verify.schema", "verify.json")
S = DeliveryState


def doubtful(passes: Passes, number: int) -> list[OutboxEntry]:
    """Notices about which an answer said nothing, after the settling time."""
    admitted = passes.admit(*map(str, range(number)))
    passes.judiciary.outcome = lambda _: Unknown(code="courier.incomplete-answer")
    passes.dispatch()
    passes.clock.now += SETTLE * 2
    return [passes.entry(entry.reference) for entry in admitted]


def spoil(passes: Passes, unreadable: Sequence[OutboxEntry], code: str) -> list[tuple[str, ...]]:
    """Let no answer that names one of these be read; return the list of the inquiries from now on."""
    asked, inquire = list[tuple[str, ...]](), passes.judiciary.inquire
    bad = {entry.reference for entry in unreadable}

    def inquired(message: Message) -> Answer[Standing]:
        asked.append(message.references)
        answer = inquire(message)
        if bad.isdisjoint(message.references):
            return answer
        told = dict.fromkeys(message.references, Unknown(code=code, detail="Fate; standing.toml"))
        if code.startswith("mapped."):
            return Answer(raw=b"<read/>", received_at=answer.received_at, by_reference=told, passed=answer.passed)
        refusal = NotBelieved(Rejection(code), "InquireStatus", b"<misfit/>")
        return Answer(
            raw=b"<misfit/>",
            received_at=answer.received_at,
            by_reference=told,
            refused=refusal,
            failure=refusal.failure,
        )

    passes.judiciary.inquire = inquired  # type: ignore[method-assign]
    return asked


def states(passes: Passes, entries: Sequence[OutboxEntry]) -> list[DeliveryState]:
    return [passes.entry(entry.reference).state for entry in entries]


@pytest.mark.parametrize("code", UNREAD)
def test_one_result_that_cannot_be_read_keeps_no_other_in_doubt(passes: Passes, code: str) -> None:
    entries = doubtful(passes, 3)
    asked = spoil(passes, entries[1:2], code)
    passes.judiciary.standing = accept  # type: ignore[assignment]
    report = passes.rescue()
    assert states(passes, entries) == [S.SUBMITTED, S.IN_DOUBT, S.SUBMITTED]
    assert [len(references) for references in asked] == [3, 1, 1, 1]
    assert report.counts["asked"] == 3
    assert {error.code for error in report.errors} == {code} or code.startswith("verify.")


@pytest.mark.parametrize("code", UNREAD)
def test_an_answer_that_cannot_be_read_proves_nothing_and_is_kept(passes: Passes, code: str) -> None:
    entries = doubtful(passes, 3)
    spoil(passes, entries[:1], code)
    passes.judiciary.standing = lambda _: NotKnown()
    passes.rescue()
    assert [passes.entry(entry.reference).absences for entry in entries] == [0, 1, 1]
    for entry in entries:
        kinds = Counter(row.kind for row in passes.store.evidence.of_notice(entry.reference))
        assert (kinds["MESSAGE_SENT"], kinds["MESSAGE_RECEIVED"]) == (3, 3), (
            "of the submission, the group, and of the notice alone"
        )
    passes.clock.now += AGAIN
    passes.rescue()
    assert states(passes, entries) == [S.IN_DOUBT, S.QUEUED, S.QUEUED]


def test_only_the_notices_of_that_answer_are_asked_about_alone(passes: Passes) -> None:
    entries = doubtful(passes, 4)
    passes.clock.advance(minutes=1)
    entries += doubtful(passes, 8)[4:]
    asked = spoil(passes, entries[:1], UNREAD[0])
    passes.judiciary.standing = accept  # type: ignore[assignment]
    passes.rescue(inquiry_batch=4)
    assert [len(references) for references in asked] == [4, 1, 1, 1, 1, 4]


@pytest.mark.parametrize("code", UNREAD)
def test_the_rate_limit_holds_and_each_pass_goes_on(passes: Passes, code: str) -> None:
    entries = doubtful(passes, 6)
    asked = spoil(passes, entries[:1], code)
    passes.judiciary.standing = accept  # type: ignore[assignment]
    passes.endpoint_policy = EndpointPolicy(rate_limit=RateLimit(per_minute=3, burst=3))
    for is_first in (True, False, False):
        before = len(passes.judiciary.asked)
        assert (passes.rescue().waits is Wait.RATION) or not is_first
        assert len(passes.judiciary.asked) - before <= 3
        passes.clock.advance(minutes=1)
    assert states(passes, entries) == [S.IN_DOUBT, *[S.SUBMITTED] * 5]
    assert [len(references) for references in asked if entries[0].reference in references] == [3, 1]


def test_many_unreadable_answers_end_no_inquiries(passes: Passes) -> None:
    """Answers that break the schema open the circuit breaker; its probes go on with one notice at a time."""
    entries = doubtful(passes, 8)
    spoil(passes, entries[: FAILURES_THAT_OPEN + 1], "verify.schema")
    passes.judiciary.standing = accept  # type: ignore[assignment]
    for _ in range(12):
        passes.rescue(inquiry_batch=4, calls=4, pool=Shuffled(passes.judiciary))
        passes.clock.advance(hours=1)
    told = states(passes, entries)
    assert told[FAILURES_THAT_OPEN + 1 :] == [S.SUBMITTED] * (len(entries) - FAILURES_THAT_OPEN - 1)


@pytest.mark.parametrize("code", UNREAD)
def test_a_poll_that_cannot_be_read_keeps_no_other_receipt_away(passes: Passes, code: str) -> None:
    admitted = passes.admit("1", "2", "3")
    passes.dispatch()
    entries = sorted((passes.entry(entry.reference) for entry in admitted), key=lambda entry: entry.reference)
    error = GatewayError(code, where="State") if code.startswith("mapped.") else Rejection(code)
    refusal = Unread if code.startswith("mapped.") else NotBelieved
    passes.judiciary.fails[entries[0].reference] = refusal(error, "FetchReceipts", b"<read/>")
    for entry in entries:
        passes.judiciary.issue(
            "ContentConsignment", entry.reference, entry.seal_digest, passes.clock(), tracking=entry.tracking_number
        )
    report = passes.poll(notices=3)
    assert [each.code for each in report.errors] == [code]
    assert states(passes, entries) == [S.SUBMITTED, S.DELIVERED, S.DELIVERED]


def test_polls_whose_answers_break_the_schema_go_on_after_the_breaker_opens(passes: Passes) -> None:
    admitted = passes.admit(*map(str, range(8)))
    passes.dispatch()
    entries = sorted((passes.entry(entry.reference) for entry in admitted), key=lambda entry: entry.reference)
    bad, good = entries[: FAILURES_THAT_OPEN + 1], entries[FAILURES_THAT_OPEN + 1 :]
    refusal = NotBelieved(Rejection("verify.schema"), "FetchReceipts", b"<misfit/>")
    passes.judiciary.fails |= {entry.reference: refusal for entry in bad}
    for entry in entries:
        passes.judiciary.issue(
            "ContentConsignment", entry.reference, entry.seal_digest, passes.clock(), tracking=entry.tracking_number
        )
    for _ in range(6):
        passes.poll(notices=8)
        passes.clock.advance(hours=1)
    assert states(passes, good) == [S.DELIVERED] * len(good)
