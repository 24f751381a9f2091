"""Passes that a test drives: a notice is brought into any state, and any event is made to happen to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from adapters.storage.sql_store import SqlStore
from gateway.judiciary.courier import Answer, Deferred, NoAccount, NotKnown, Pending, Rejected
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations import intervention, recovery
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.record.evidence_record import Header
from gateway.sending.exchange import answered, proof_of, sent
from gateway.sending.late_outcome import Judged, commit_judged
from gateway.sending.ticket_issue import USUAL_TICKETS, Tickets, issued
from tests.databases import sqlite_file
from tests.manual_clock import ManualClock

from .case_table import Cases
from .conftest import LEASE, Passes
from .ports import JudiciaryService, accept

_S, _E = DeliveryState, DeliveryEvent

RECEIPT_OF = {
    _E.CONTENT_CONSIGNMENT: "ContentConsignment",
    _E.CONTENT_CONSIGNMENT_FAILURE: "ContentConsignmentFailure",
    _E.CONTENT_HANDOVER: "ContentHandover",
    _E.LEGAL_SERVICE: "LegalService",
}


class DrivenPasses(Passes):
    """Brings a notice anywhere, and lets anything happen to it."""

    def reach(self, state: DeliveryState, delivered_by: DeliveryEvent = _E.CONTENT_CONSIGNMENT) -> OutboxEntry:
        [entry] = self.admit("1")
        match state:
            case _S.QUEUED:
                pass
            case _S.SENDING:
                self.claim()
            case _S.PENDING:
                self.judiciary.outcome = ticketed
                self.dispatch()
            case _S.IN_DOUBT:
                self.judiciary.answers = False
                self.dispatch()
                self.judiciary.answers = True
            case _S.NO_ACCOUNT:
                self.judiciary.outcome = lambda _: NoAccount()
                self.dispatch()
            case _S.DEAD_LETTER:
                self.clock.advance(days=15)
                self.rescue()
            case _S.WITHDRAWN:
                self.intervene(entry.reference, intervention.withdraw)
            case _S.SUBMITTED | _S.DELIVERED | _S.VIEWED | _S.UNDELIVERABLE:
                self.dispatch()
                before = {
                    _S.DELIVERED: delivered_by,
                    _S.VIEWED: _E.CONTENT_HANDOVER,
                    _S.UNDELIVERABLE: _E.CONTENT_CONSIGNMENT_FAILURE,
                }
                if state in before:
                    self.bring_receipt(entry, before[state])
            case _:
                raise AssertionError(f"no way to {state}: write one")
        assert self.entry(entry.reference).state is state
        return self.entry(entry.reference)

    def let(self, event: DeliveryEvent, entry: OutboxEntry) -> None:
        """Let it happen, in whatever way it does to a notice in this state."""
        match event:
            case _E.CLAIM:
                self.claim()
            case _E.LIFETIME_OVER:
                self.clock.advance(days=15)
                self.rescue()
            case _E.LEASE_EXPIRY:
                self.clock.advance(seconds=LEASE.total_seconds() + 1)
                self.rescue()
            case _E.RECOVERY:
                self.clock.advance(minutes=1)
                recovery.declare(self.store, self.act("recovery.begin"), "city")
                self.rescue()
            case _ if event in RECEIPT_OF:
                self.bring_receipt(entry, event)
            case _E.SUBMISSION_ACCEPTANCE if entry.state in (_S.QUEUED, _S.DEAD_LETTER, _S.WITHDRAWN):
                self.bring_receipt(entry, _E.CONTENT_CONSIGNMENT)
            case _E.WITHDRAWAL if entry.state is _S.IN_DOUBT:
                self.decide(entry, DoubtDecision.WITHDRAWN)
            case _E.WITHDRAWAL:
                self.intervene(entry.reference, intervention.withdraw)
            case _E.REQUEUE if entry.state is _S.IN_DOUBT:
                self.decide(entry, DoubtDecision.QUEUED)
            case _E.REQUEUE:
                self.intervene(entry.reference, intervention.retry)
            case _E.DECISION_SUBMITTED:
                self.decide(entry, DoubtDecision.SUBMITTED)
            case _E.CHANNEL_SWITCH:
                self.intervene(entry.reference, intervention.switch_channel)
            case _E.UNKNOWN_TO_PEER:
                self.rescue()
            case _E.ABSENCE_PROOF:
                for _ in range(3):
                    self.rescue()
                    self.clock.advance(hours=1)
            case _E.INQUIRY_UNANSWERED:
                self.judiciary.answers = False
                self.rescue()
            case _E.TICKET_ISSUE if entry.state in (_S.QUEUED, _S.DEAD_LETTER):
                self.answer_late(entry)
            case _ if entry.state is _S.PENDING:
                self.judiciary.progress = reported(event)
                self.clock.advance(minutes=1)
                self.rescue()
            case _ if entry.state is _S.IN_DOUBT:
                self.judiciary.standing = reported(event)
                self.rescue()
            case _:
                raise AssertionError(f"no way to let {event} happen: write one")

    def answer_with(self, event: DeliveryEvent) -> OutboxEntry:
        """Send a notice, and answer its message so that this event follows."""
        [entry] = self.admit("1")
        if event is _E.LOST_ANSWER:
            self.judiciary.answers = False
        else:
            self.judiciary.outcome = reported(event)
        self.dispatch()
        return entry

    def answer_late(self, entry: OutboxEntry) -> None:
        """Answer an inquiry about a notice with its ticket, when it is in doubt no more."""
        message, told = self.judiciary.prepare_inquiry([entry.reference], self.clock()), ticketed(entry.reference)
        self.store.commit(sent(message, "city", "court"))
        answer = Answer(raw=b"<late/>", received_at=self.clock(), by_reference={entry.reference: told})
        asked_in = replace(entry, state=_S.IN_DOUBT, seq=entry.seq + 9)
        step = issued(asked_in, told, USUAL_TICKETS, message=message, proof=proof_of(message, answer), now=self.clock())
        changes = answered(message, answer, [step], "court", "city")
        commit_judged(self.store, [Judged(message=message, answer=answer, changes=changes)], USUAL_TICKETS)

    def claim(self) -> None:
        now = self.clock()
        self.store.outbox.claim(
            destination="court", owner="one", now=now, due_by=now, lease=LEASE, limit=9, max_bytes=1_000_000
        )

    def decide(self, entry: OutboxEntry, verdict: DoubtDecision) -> None:
        settled = timedelta(minutes=30)
        action = Decision(verdict=verdict, settle_after=settled, although_it_may_arrive=True)
        self.intervene(entry.reference, action)

    def bring_receipt(self, entry: OutboxEntry, event: DeliveryEvent) -> None:
        self.judiciary.issue(RECEIPT_OF[event], entry.reference, entry.seal_digest, self.clock())
        self.receive()

    def recorded(self) -> list[Header]:
        """Every record, in the order in which they came."""
        self.store.log.place(1000)
        return [Header.of(leaf.header) for leaf in self.store.log.leaves(0, 1000)]


def reported(event: DeliveryEvent) -> Callable[[str], object]:
    match event:
        case _E.SUBMISSION_ACCEPTANCE:
            return accept
        case _E.SUBMISSION_REJECTION:
            return lambda _: Rejected(code="R1", text="")
        case _E.ACCOUNT_ABSENCE:
            return lambda _: NoAccount()
        case _E.DEFERRAL:
            return lambda _: Deferred(code="BUSY")
        case _E.TICKET_ISSUE:
            return ticketed
        case _E.TICKET_FAILURE:
            return lambda _: NotKnown()
        case _:
            raise AssertionError(f"no answer is {event}")


def ticketed(reference: str) -> Pending:
    return Pending(ticket=f"K-{reference[-6:]}")


@contextmanager
def driven_passes(folder: Path) -> Iterator[DrivenPasses]:
    """Yield passes over a store in ``folder``, under a profile that believes "submit again" about a ticket."""
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        clock = ManualClock()
        yield DrivenPasses(store, Cases(), JudiciaryService(clock), clock, tickets=Tickets(submit_again=True))
