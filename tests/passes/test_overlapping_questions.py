"""Inquiries, questions about tickets, and polls that overlap: the guarantees of one after another, in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from gateway.judiciary.courier import (
    Answer,
    CallFailed,
    Deferred,
    Message,
    NamedNotice,
    NoAccount,
    NotBelieved,
    NotKnown,
    Pending,
    Rejected,
    Standing,
    TicketStanding,
    Unknown,
)
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, Failure
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import Wait
from gateway.runtime.rate_limit import RateLimit
from gateway.sending.ticket_issue import Tickets
from gateway.store.stored import Changes
from gateway.trust.trust_policy import Rejection

from .conftest import AGAIN, SETTLE, Passes
from .ports import accept
from .shuffled_calls import Shuffled

pytestmark = pytest.mark.long

SEEDS = range(6)
MOST = 8
NUMBER = 20
S, E = DeliveryState, DeliveryEvent

STANDINGS: dict[str, tuple[Callable[[str], Standing], DeliveryState]] = {
    "accepted": (accept, S.SUBMITTED),
    "rejected": (lambda _: Rejected(code="R-102", text="deceased"), S.REJECTED),
    "no account": (lambda _: NoAccount(), S.NO_ACCOUNT),
    "pending": (lambda reference: Pending(ticket=f"K-{reference[-6:]}"), S.PENDING),
    "not known": (lambda _: NotKnown(), S.IN_DOUBT),
    "unknown": (lambda _: Unknown(code="courier.incomplete-answer"), S.IN_DOUBT),
}


def doubtful(passes: Passes, number: int = NUMBER) -> list[OutboxEntry]:
    """Notices about which an answer said nothing, after the settling time."""
    admitted = passes.admit(*map(str, range(number)))
    passes.judiciary.outcome = lambda _: Unknown(code="courier.incomplete-answer")
    passes.dispatch()
    passes.judiciary.calls = 0
    passes.clock.advance(hours=1)
    return [passes.entry(entry.reference) for entry in admitted]


def commits(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> list[Changes]:
    """Return the list of all commits from now on."""
    made: list[Changes] = []
    commit = passes.store.commit

    def noted(changes: Changes) -> frozenset[str]:
        made.append(changes)
        return commit(changes)

    monkeypatch.setattr(passes.store, "commit", noted)
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_each_doubt_is_asked_about_once_and_meets_its_own_answer(passes: Passes, seed: int) -> None:
    passes.tickets = Tickets()
    drawn, entries = Random(seed), doubtful(passes)
    standings = {entry.reference: drawn.choice(sorted(STANDINGS)) for entry in entries}
    passes.judiciary.standing = lambda reference: STANDINGS[standings[reference]][0](reference)
    pool = Shuffled(passes.judiciary, seed)
    report = passes.rescue(inquiry_batch=drawn.randint(1, 3), calls=MOST, pool=pool)
    assert Counter(passes.judiciary.asked) == Counter(standings.keys())
    assert report.counts["asked"] == len(entries)
    assert pool.most_under_way > 1
    for reference, standing in standings.items():
        assert passes.entry(reference).state is STANDINGS[standing][1]
        kinds = [row.kind for row in passes.store.evidence.of_notice(reference)]
        assert kinds == ["SEALED_NOTICE", *["MESSAGE_SENT", "MESSAGE_RECEIVED"] * 2]
    assert pool.rested


@pytest.mark.parametrize("seed", SEEDS)
def test_absence_is_proven_by_two_answers_after_the_settling_time(passes: Passes, seed: int) -> None:
    entries = doubtful(passes)
    passes.rescue(inquiry_batch=1, calls=MOST, pool=Shuffled(passes.judiciary, seed))
    assert Counter(passes.judiciary.asked) == Counter(entry.reference for entry in entries)
    assert {passes.entry(entry.reference).state for entry in entries} == {S.IN_DOUBT}
    passes.clock.now += AGAIN
    passes.rescue(inquiry_batch=1, calls=MOST, pool=Shuffled(passes.judiciary, seed))
    for entry in entries:
        assert passes.entry(entry.reference).state is S.QUEUED
        assert passes.events(entry.reference)[-2:] == [E.UNKNOWN_TO_PEER, E.ABSENCE_PROOF]
    assert set(Counter(passes.judiciary.asked).values()) == {2}


def test_no_inquiry_proves_absence_before_the_settling_time(passes: Passes) -> None:
    entries = doubtful(passes, 1)
    [entry] = entries
    assert entry.doubt_since is not None
    passes.clock.now = entry.doubt_since + SETTLE / 2
    for _ in range(4):
        passes.rescue(inquiry_batch=1, calls=MOST, pool=Shuffled(passes.judiciary))
        passes.clock.advance(minutes=1)
    assert passes.judiciary.asked == [entry.reference]
    assert passes.entry(entry.reference).absences == 0


def test_an_inquiry_is_recorded_before_it_is_asked(passes: Passes) -> None:
    entries, inquire = doubtful(passes), passes.judiciary.inquire

    def asked(message: Message) -> Answer[Standing]:
        assert passes.store.evidence.record(f"sent:{message.id}") is not None
        return inquire(message)

    passes.judiciary.inquire = asked  # type: ignore[method-assign]
    passes.rescue(inquiry_batch=1, calls=MOST)
    assert len(passes.judiciary.asked) == len(entries)


def test_questions_that_begin_together_are_recorded_by_one_commit(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubtful(passes)
    made = commits(passes, monkeypatch)
    passes.rescue(inquiry_batch=1, calls=MOST)
    recorded = [len(each.evidence) for each in made if each.evidence]
    assert sum(recorded) == 2 * NUMBER
    assert len(recorded) < NUMBER


def test_an_endpoint_that_is_away_is_asked_once_at_a_time(passes: Passes) -> None:
    entries = doubtful(passes)
    passes.judiciary.away = Failure(code="courier.no-answer")
    pool = Shuffled(passes.judiciary)
    report = passes.rescue(inquiry_batch=1, calls=MOST, pool=pool)
    assert pool.most_under_way == 1
    assert report.waits is Wait.RESTING
    assert passes.judiciary.calls == FAILURES_THAT_OPEN
    assert {passes.entry(entry.reference).state for entry in entries} == {S.IN_DOUBT}


def test_the_rate_limit_holds_for_questions_that_overlap(passes: Passes) -> None:
    doubtful(passes)
    passes.endpoint_policy = EndpointPolicy(rate_limit=RateLimit(per_minute=60, burst=7))
    report = passes.rescue(inquiry_batch=2, calls=MOST)
    assert len(passes.judiciary.asked) == 7
    assert report.waits is Wait.RATION


@pytest.mark.parametrize("seed", SEEDS)
def test_one_for_which_no_question_can_be_made_keeps_no_other_unasked(passes: Passes, seed: int) -> None:
    entries, prepare = doubtful(passes), passes.judiciary.prepare_inquiry
    misfit = entries[Random(seed).randrange(NUMBER)].reference

    def prepared(references: list[str], now: object) -> Message:
        if misfit in references:
            raise GatewayError("mapped.message", where=misfit)
        return prepare(references, now)  # type: ignore[arg-type]

    passes.judiciary.prepare_inquiry = prepared  # type: ignore[assignment, method-assign]
    passes.judiciary.standing = accept
    report = passes.rescue(inquiry_batch=4, calls=MOST, pool=Shuffled(passes.judiciary, seed))
    assert [error.code for error in report.errors] == ["mapped.message"]
    states = {entry.reference: passes.entry(entry.reference).state for entry in entries}
    assert states.pop(misfit) is S.IN_DOUBT
    assert set(states.values()) == {S.SUBMITTED}
    assert len(passes.judiciary.asked) == NUMBER - 1


def test_an_error_in_one_call_does_not_lose_the_answers_of_others(passes: Passes) -> None:
    entries, inquire = doubtful(passes), passes.judiciary.inquire
    broken = entries[9].reference
    passes.judiciary.standing = accept

    def breaking(message: Message) -> Answer[Standing]:
        answer = inquire(message)
        if broken in message.references:
            raise ZeroDivisionError("a mistake of the program")
        return answer

    passes.judiciary.inquire = breaking  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        passes.rescue(inquiry_batch=1, calls=MOST)
    states = Counter(passes.entry(entry.reference).state for entry in entries)
    assert passes.entry(broken).state is S.IN_DOUBT
    assert states[S.SUBMITTED] == len(passes.judiciary.asked) - 1


def test_questions_end_with_the_permission_to_go_on_and_lose_no_answer(passes: Passes) -> None:
    doubtful(passes)
    passes.judiciary.standing = accept
    left = iter([True] * 6)
    passes.rescue(inquiry_batch=1, calls=MOST, may_continue=lambda: next(left, False))
    assert 0 < len(passes.judiciary.asked) == passes.store.tallies.counts()[S.SUBMITTED] < NUMBER


TOLD: dict[str, tuple[TicketStanding, DeliveryState]] = {
    "rejected": (Rejected(code="R-102"), S.REJECTED),
    "no account": (NoAccount(), S.NO_ACCOUNT),
    "pending": (Pending(), S.PENDING),
    "submit again": (Deferred(code="again"), S.QUEUED),
    "not known": (NotKnown(), S.IN_DOUBT),
    "unknown": (Unknown(code="courier.incomplete-answer"), S.PENDING),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_ticket_is_asked_about_once_and_meets_its_own_answer(passes: Passes, seed: int) -> None:
    passes.tickets = Tickets(every=timedelta(minutes=5), submit_again=True)
    passes.judiciary.outcome = lambda reference: Pending(ticket=f"K-{reference}")
    drawn, entries = Random(seed), passes.admit(*map(str, range(NUMBER)))
    passes.dispatch()
    passes.judiciary.unaskable.add(entries[3].reference)
    told = {entry.reference: drawn.choice(sorted(TOLD)) for entry in entries}
    told[entries[3].reference] = "pending"
    passes.judiciary.progress = lambda reference: TOLD[told[reference]][0]
    passes.clock.advance(minutes=5)
    pool = Shuffled(passes.judiciary, seed)
    report = passes.rescue(calls=MOST, pool=pool)
    asked = [entry.reference for entry in entries if entry.reference not in passes.judiciary.unaskable]
    assert Counter(passes.judiciary.tickets_asked) == Counter(f"K-{reference}" for reference in asked)
    assert report.counts["tickets_asked"] == NUMBER - 1
    assert pool.most_under_way > 1
    for reference in asked:
        assert passes.entry(reference).state is TOLD[told[reference]][1]
        answers = [row for row in passes.store.evidence.of_notice(reference) if row.kind == "MESSAGE_RECEIVED"]
        # Of the submission; and of the question, if it says more than "still being processed".
        assert len(answers) == 1 + (told[reference] != "pending")


def submitted(passes: Passes, number: int = NUMBER) -> list[OutboxEntry]:
    """Notices that the judiciary has accepted, in the order of the round."""
    entries = passes.admit(*map(str, range(number)))
    passes.dispatch()
    return sorted((passes.entry(entry.reference) for entry in entries), key=lambda entry: entry.reference)


def issue(passes: Passes, entry: OutboxEntry, event: str = "ContentConsignment") -> None:
    passes.judiciary.issue(event, entry.reference, entry.seal_digest, passes.clock(), tracking=entry.tracking_number)


def receipts(passes: Passes, entry: OutboxEntry) -> list[EvidenceKind]:
    """Return the kinds of a notice's evidence since its submission was answered."""
    return [row.kind for row in passes.store.evidence.of_notice(entry.reference)][3:]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_notice_is_polled_once_a_round_and_gets_its_own_receipts(passes: Passes, seed: int) -> None:
    drawn, entries = Random(seed), submitted(passes)
    delivered = [entry for entry in entries if drawn.random() < 0.7]
    for entry in delivered:
        issue(passes, entry)
    pool = Shuffled(passes.judiciary, seed)
    report = passes.poll(page=100, notices=drawn.randint(1, 3), calls=MOST, pool=pool)
    polled = Counter(reference for references in passes.judiciary.polled for reference in references)
    assert polled == Counter(entry.reference for entry in entries)
    assert report.counts["asked"] == len(entries)
    assert report.counts["applied"] == len(delivered)
    assert pool.most_under_way > 1
    for entry in entries:
        is_delivered = entry in delivered
        assert passes.entry(entry.reference).state is (S.DELIVERED if is_delivered else S.SUBMITTED)
        assert Counter(receipts(passes, entry)) == Counter(["RECEIPT", "MESSAGE_RECEIVED"] * is_delivered)
    assert len(passes.judiciary.confirmed) == len(set(passes.judiciary.confirmed)) == len(delivered)
    assert passes.store.rows.cursor("polled:court") == ""


@pytest.mark.parametrize("seed", SEEDS)
def test_receipts_of_many_answers_are_stored_by_one_commit_before_they_are_confirmed(
    passes: Passes, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for entry in submitted(passes):
        issue(passes, entry)
    made, confirm = commits(passes, monkeypatch), passes.judiciary.confirm_receipts

    def confirmed(receipt_ids: list[str]) -> None:
        for receipt in receipt_ids:
            assert passes.store.evidence.record(f"receipt:{receipt}") is not None
        confirm(receipt_ids)

    passes.judiciary.confirm_receipts = confirmed  # type: ignore[assignment, method-assign]
    passes.poll(page=100, calls=MOST, pool=Shuffled(passes.judiciary, seed))
    stored = [len(each.receipts) for each in made if each.receipts]
    assert sum(stored) == NUMBER
    assert len(stored) < NUMBER


def test_the_same_receipt_in_two_answers_leaves_one_record(passes: Passes) -> None:
    entries, poll = submitted(passes, 6), passes.judiciary.poll_receipts
    issue(passes, entries[0])
    # A service that answers each question with all receipts of the same person.
    passes.judiciary.poll_receipts = (  # type: ignore[method-assign]
        lambda notices: poll([*notices, NamedNotice(reference=entries[0].reference)])
    )
    for seed in range(3):
        passes.poll(page=100, calls=MOST, pool=Shuffled(passes.judiciary, seed))
    assert passes.entry(entries[0].reference).state is S.DELIVERED
    assert Counter(receipts(passes, entries[0])) == {"RECEIPT": 1, "MESSAGE_RECEIVED": 1}


FAILURES = {
    "a fault about it": GatewayError("courier.fault", where="FetchReceipts", detail="404"),
    "it cannot be asked about": GatewayError("mapped.field-missing", where="Ticket"),
    "an answer that is not believed": NotBelieved(Rejection("verify.signature"), "FetchReceipts", b"<what/>"),
    "no answer": CallFailed("courier.no-answer", where="court"),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_poll_that_fails_keeps_no_other_receipt_away(passes: Passes, failure: str, seed: int) -> None:
    entries = submitted(passes)
    failing = entries[Random(seed).randrange(NUMBER)].reference
    passes.judiciary.fails[failing] = FAILURES[failure]
    for entry in entries:
        issue(passes, entry)
    reported: list[str] = []
    for _ in range(2):  # a call without an answer ends the pass
        report = passes.poll(page=100, notices=2, calls=MOST, pool=Shuffled(passes.judiciary, seed))
        reported += [error.code for error in report.errors]
    assert set(reported) == {FAILURES[failure].code}
    del passes.judiciary.fails[failing]
    for _ in range(3):
        passes.poll(page=100, notices=2, calls=MOST, pool=Shuffled(passes.judiciary, seed))
    assert {passes.entry(entry.reference).state for entry in entries} == {S.DELIVERED}
    for entry in entries:
        assert receipts(passes, entry).count(EvidenceKind.RECEIPT) == 1


class PowerCut(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_power_cut_while_polls_overlap_passes_no_notice_that_was_not_answered(passes: Passes, seed: int) -> None:
    """The process ends in the middle of a round: the next pass goes on before the first unanswered notice."""
    drawn, entries = Random(seed), submitted(passes)
    for entry in entries:
        issue(passes, entry)
    commit, left = passes.store.commit, drawn.randint(1, 4)

    def cut(changes: Changes) -> frozenset[str]:
        nonlocal left
        if not left:
            raise PowerCut
        left -= 1
        return commit(changes)

    passes.store.commit = cut  # type: ignore[method-assign]
    with suppress(PowerCut, AssertionError):  # calls that a killed process never hears are under way still
        passes.poll(page=100, calls=MOST, pool=Shuffled(passes.judiciary, seed))
    passes.store.commit = commit  # type: ignore[method-assign]
    place = passes.store.rows.cursor("polled:court") or ""
    before = [entry for entry in entries if entry.reference <= place]
    assert all(passes.entry(entry.reference).state is S.DELIVERED for entry in before)
    for _ in range(3):
        passes.poll(page=100, calls=MOST, pool=Shuffled(passes.judiciary, seed))
    assert {passes.entry(entry.reference).state for entry in entries} == {S.DELIVERED}
    for entry in entries:
        kinds = [row.kind for row in passes.store.evidence.of_notice(entry.reference)]
        assert kinds.count(EvidenceKind.RECEIPT) == 1
    assert set(passes.judiciary.confirmed) == {f"R{number}" for number in range(1, NUMBER + 1)}


def test_a_judiciary_that_is_away_is_not_polled_on(passes: Passes) -> None:
    submitted(passes)
    passes.judiciary.away = Failure(code="courier.not-connected")
    passes.judiciary.calls = 0
    pool = Shuffled(passes.judiciary)
    passes.poll(page=100, calls=MOST, pool=pool)
    assert (passes.judiciary.calls, pool.most_under_way) == (1, 1)
