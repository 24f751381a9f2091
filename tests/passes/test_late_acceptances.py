"""An answer "accepted" counts although its notice has moved on meanwhile: what the judiciary has is not sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.judiciary.courier import Accepted, Answer, Message, NoAccount, Pending, Rejected, SealSlice, Standing
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import Decision, DoubtDecision, switch_channel
from gateway.runtime.pass_report import PassReport
from gateway.sending.ticket_issue import Tickets
from gateway.store.stored import Changes, QuarantineKind

from .conftest import LEASE, SETTLE, Passes

_S = DeliveryState
ACCEPTED = Accepted(tracking_number="T-9")


@pytest.fixture
def doubtful(passes: Passes) -> OutboxEntry:
    """A notice whose answer was lost, after the settling time."""
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.now += SETTLE
    return passes.entry(entry.reference)


def decide(passes: Passes, verdict: DoubtDecision) -> None:
    for each in passes.store.notices.find(state=_S.IN_DOUBT, limit=9, after=None):
        decision = Decision(verdict=verdict, settle_after=SETTLE, although_it_may_arrive=True)
        passes.intervene(each.entry.reference, decision)


def lose(passes: Passes) -> None:
    """End the lifetime of what a person queued."""
    decide(passes, DoubtDecision.QUEUED)
    passes.clock.now += timedelta(days=15)
    passes.rescue()


def claim(passes: Passes) -> None:
    decide(passes, DoubtDecision.QUEUED)
    claimed(passes)


def claimed(passes: Passes) -> None:
    found = passes.store.outbox.claim(
        destination="court",
        owner="another",
        now=passes.clock(),
        due_by=passes.clock(),
        lease=LEASE,
        limit=9,
        max_bytes=10_000,
    )
    assert len(found) == 1


def after(passes: Passes, act: Callable[[], None], standing: Standing = ACCEPTED) -> Callable[[str], Standing]:
    """Return the standing that the judiciary tells when ``act`` has happened beside its answer."""

    def told(_: str) -> Standing:
        passes.judiciary.standing = lambda _: Rejected(code="R-9")
        act()
        return standing

    return told


@pytest.mark.parametrize(
    ("act", "meanwhile", "reported"),
    [
        (lambda passes: decide(passes, DoubtDecision.QUEUED), _S.QUEUED, []),
        (lambda passes: decide(passes, DoubtDecision.WITHDRAWN), _S.WITHDRAWN, ["courier.accepted-withdrawn"]),
        (lose, _S.DEAD_LETTER, []),
        (claim, _S.SENDING, []),
    ],
    ids=["queued", "withdrawn", "dead letter", "claimed"],
)
def test_an_inquiry_that_was_under_way_ends_what_a_person_decided(
    passes: Passes,
    doubtful: OutboxEntry,
    act: Callable[[Passes], None],
    meanwhile: DeliveryState,
    reported: Sequence[str],
) -> None:
    passes.judiciary.standing = after(passes, lambda: act(passes))
    report = passes.rescue()
    history = passes.store.notices.history(doubtful.reference)
    assert [step.state for step in history[-2:]] == [meanwhile, _S.SUBMITTED]
    entry = passes.entry(doubtful.reference)
    assert (entry.state, entry.tracking_number, entry.lease_owner) == (_S.SUBMITTED, "T-9", None)
    assert history[-1].event is DeliveryEvent.SUBMISSION_ACCEPTANCE
    assert history[-1].evidence_id in [row.id for row in passes.store.evidence.of_notice(doubtful.reference)]
    assert [(error.code, error.where) for error in report.errors] == [(code, doubtful.reference) for code in reported]
    passes.clock.advance(days=1)
    passes.dispatch()
    assert passes.judiciary.received == [doubtful.reference]


def test_only_an_acceptance_does_so(passes: Passes, doubtful: OutboxEntry) -> None:
    queued = after(passes, lambda: decide(passes, DoubtDecision.QUEUED), Rejected(code="R-1"))
    passes.judiciary.standing = queued
    assert passes.rescue().counts["stale"] == 1
    assert passes.entry(doubtful.reference).state is _S.QUEUED


def test_a_notice_that_moves_on_once_more_is_looked_at_again(
    passes: Passes, doubtful: OutboxEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is claimed between the look and the commit."""
    commit, acts = passes.store.commit, [lambda: claimed(passes)]

    def slow(changes: Changes) -> frozenset[str]:
        if changes.steps and changes.steps[0].before.state is _S.QUEUED and acts:
            acts.pop()()
        return commit(changes)

    passes.judiciary.standing = after(passes, lambda: decide(passes, DoubtDecision.QUEUED))
    monkeypatch.setattr(passes.store, "commit", slow)
    passes.rescue()
    assert not acts
    states = [step.state for step in passes.store.notices.history(doubtful.reference)]
    assert states[-3:] == [_S.QUEUED, _S.SENDING, _S.SUBMITTED]


def test_an_answer_to_a_submission_counts_after_the_end_of_its_lease(passes: Passes) -> None:
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    (entry,) = passes.admit("1")

    def slow() -> None:
        passes.clock.now += LEASE + timedelta(seconds=1)
        assert passes.rescue().counts["lease_expired"] == 1

    passes.judiciary.during_submit = slow
    passes.dispatch()
    assert passes.events(entry.reference)[-2:] == [
        DeliveryEvent.INQUIRY_UNANSWERED,
        DeliveryEvent.SUBMISSION_ACCEPTANCE,
    ]
    assert passes.entry(entry.reference).state is _S.SUBMITTED


def test_an_answer_about_a_ticket_counts_after_it_was_given_up(passes: Passes) -> None:
    passes.tickets = Tickets(every=timedelta(minutes=5), give_up_after=timedelta(hours=6))
    passes.judiciary.outcome = lambda _: Pending(ticket="K-1")
    (entry,) = passes.admit("1")
    passes.dispatch()

    def asked(_: str) -> Accepted:
        passes.clock.now += timedelta(hours=6)
        passes.judiciary.progress = lambda _: Pending()
        passes.rescue()
        decide(passes, DoubtDecision.WITHDRAWN)
        return ACCEPTED

    passes.clock.now += timedelta(minutes=5)
    passes.judiciary.progress = asked
    report = passes.rescue()
    assert passes.entry(entry.reference).state is _S.SUBMITTED
    assert [error.code for error in report.errors] == ["courier.accepted-withdrawn"]


def test_answer_and_late_step_are_one_transaction(
    passes: Passes, doubtful: OutboxEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends between two commits would leave an acceptance on record, and a notice that is sent again."""
    commit, recorded = passes.store.commit, list[DeliveryState]()

    def watched(changes: Changes) -> frozenset[str]:
        stale = commit(changes)
        if any(row.id.startswith("answer:") for row in passes.store.evidence.of_notice(doubtful.reference)):
            recorded.append(passes.entry(doubtful.reference).state)
        return stale

    passes.judiciary.standing = after(passes, lambda: decide(passes, DoubtDecision.QUEUED))
    monkeypatch.setattr(passes.store, "commit", watched)
    passes.rescue()
    assert recorded
    assert set(recorded) == {_S.SUBMITTED}


def test_a_claim_that_a_late_acceptance_ended_is_not_sent(
    passes: Passes, doubtful: OutboxEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other notices of its message are queued again, and sent at once."""
    others = passes.admit("2", "3")
    prepare, inquire = passes.judiciary.prepare_submission, passes.judiciary.inquire

    def between(seals: Sequence[SealSlice], now: datetime) -> Message:
        monkeypatch.setattr(passes.judiciary, "prepare_submission", prepare)
        message = prepare(seals, now)
        decided.set()
        heard.wait(600)
        return message

    def claimed_meanwhile(message: Message) -> Answer[Standing]:
        answer = inquire(message)
        decide(passes, DoubtDecision.QUEUED)
        sender.start()
        decided.wait(600)
        return answer

    decided, heard = Event(), Event()
    sender = Thread(target=lambda: reports.append(passes.dispatch(owner="two")))
    reports: list[PassReport] = []
    monkeypatch.setattr(passes.judiciary, "prepare_submission", between)
    monkeypatch.setattr(passes.judiciary, "inquire", claimed_meanwhile)
    passes.judiciary.standing = lambda _: ACCEPTED
    passes.rescue()
    heard.set()
    sender.join(600)
    assert reports[0].counts["claim_over"] == 1
    assert passes.entry(doubtful.reference).tracking_number == "T-9"
    passes.clock.advance(minutes=1)
    passes.dispatch()
    assert Counter(passes.judiciary.received) == Counter(each.reference for each in [doubtful, *others])


def contradicted(passes: Passes, report: PassReport, reference: str, told: str) -> None:
    [error] = report.errors
    assert (error.code, error.where, error.detail) == ("courier.contradicted", reference, told)
    [item] = passes.quarantine()
    assert (item.code, item.kind) == ("courier.contradicted", QuarantineKind.ANSWER)
    assert told in item.detail
    assert passes.store.evidence.streamed([item.payload_digest])


def test_a_second_number_is_told_and_stays_until_a_person_has_dealt_with_it(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    numbers = iter(["T-2", "T-1"])

    def slow() -> None:
        passes.judiciary.during_submit = lambda: None
        passes.clock.now += LEASE + timedelta(seconds=1)
        passes.rescue()
        decide(passes, DoubtDecision.QUEUED)
        passes.dispatch(owner="two")

    passes.judiciary.during_submit = slow
    passes.judiciary.outcome = lambda _: Accepted(tracking_number=next(numbers))
    report = passes.dispatch()
    assert passes.entry(entry.reference).tracking_number == "T-2"
    contradicted(passes, report, entry.reference, "accepted as T-1; here it is SUBMITTED as T-2")


def test_an_acceptance_of_what_goes_another_way_is_told(passes: Passes) -> None:
    (entry,) = passes.admit("1")

    def slow() -> None:
        passes.judiciary.standing = lambda _: NoAccount()
        passes.clock.now += LEASE + timedelta(seconds=1)
        passes.rescue()
        passes.intervene(entry.reference, switch_channel)

    passes.judiciary.during_submit = slow
    passes.judiciary.outcome = lambda _: ACCEPTED
    report = passes.dispatch()
    assert passes.entry(entry.reference).state is _S.OTHER_CHANNEL
    contradicted(passes, report, entry.reference, "accepted as T-9; here it is OTHER_CHANNEL")


@pytest.mark.parametrize("number", ["T-9", None], ids=["the same number", "a person said so"])
def test_an_acceptance_of_what_is_submitted_is_no_news(
    passes: Passes, doubtful: OutboxEntry, number: str | None
) -> None:
    def known() -> None:
        passes.judiciary.standing = lambda _: ACCEPTED
        passes.clock.now += timedelta(hours=1)
        if number is None:
            decide(passes, DoubtDecision.SUBMITTED)
        else:
            passes.rescue()

    passes.judiciary.standing = after(passes, known)
    report = passes.rescue()
    assert passes.entry(doubtful.reference).tracking_number == number
    assert (report.errors, passes.quarantine()) == ([], [])
