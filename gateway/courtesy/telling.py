"""The pass that tells people of arrivals: who is told, when, and once.

A person is told if the notice arrived in the account, is not viewed, and arrived a short time ago. A row is
committed before the call. An outcome that nobody knows is never repeated: a doubled message is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from gateway.courtesy.courtesy_record import message_record, outcome_record
from gateway.courtesy.courtesy_service import Answer, CourtesyService, NotTaken, Refused, Taken, Unknown
from gateway.notice.outbox import OutboxEntry
from gateway.record.derived import ReadReceipt, unproven
from gateway.runtime.circuit_breaker import CircuitBreaker, Failure, Permit
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport
from gateway.store.courtesy_message import CourtesyMessage, CourtesyOutcome
from gateway.store.store import Store
from gateway.store.stored import Admission, Changes

BATCH: Final = 50

UNKNOWN: Final = "courtesy.unknown"
"""Code of a message whose outcome nobody knows."""

MobileOf = Callable[[bytes], str | None]
"""Function that reads the recipient's mobile number in a sealed notice. Raises ``ValueError`` for other octets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtesyPolicy:
    """Rules of telling.

    Persons are told of notices of ``bodies`` that arrived less than ``max_age`` ago; ``text`` is the same for all. A
    pass tells at most ``most`` of them. No call lasts longer than ``call_lasts``. ``origin`` names us in evidence.
    """

    origin: str
    bodies: Collection[str]
    text: str
    max_age: timedelta
    most: int
    call_lasts: timedelta


class Telling:
    """The pass of one process.

    After a failed call it rests as a circuit breaker does, so that a service without answers costs few messages. The
    rest is in memory alone: a new process makes one call more.
    """

    def __init__(
        self,
        store: Store,
        service: CourtesyService,
        mobile_of: MobileOf,
        clock: Clock,
        policy: CourtesyPolicy,
        read: ReadReceipt | None = None,
    ) -> None:
        self._store, self._service, self._mobile_of = store, service, mobile_of
        self._clock, self._policy, self._read = clock, policy, read
        self._breaker = CircuitBreaker(destination=service.name)
        self._trouble: GatewayError | None = None

    def __call__(self, may_continue: MayContinue) -> PassReport:
        """Tell those who are to be told.

        While it rests, it reports the error of the last call, since that still stands. Raises `GatewayError`
        ``store.*`` and ``recovery.*``.
        """
        report = PassReport("courtesy")
        self._settle(report)
        since = self._arrived_since()
        if since is not None and self._breaker.permit(self._clock()) is not Permit.OPEN:
            self._tell_all(since, may_continue, report)
        if self._trouble is not None:
            report.errors.append(self._trouble)
        return report

    def _settle(self, report: PassReport) -> None:
        """End messages whose process ended in the call: nobody knows their outcome."""
        now = self._clock()
        for message in self._store.courtesy.begun(now - self._policy.call_lasts):
            self._end(message, CourtesyOutcome.UNKNOWN, report, code=UNKNOWN)

    def _arrived_since(self) -> datetime | None:
        """Return the time after which a notice must have arrived; None while a recovery is on.

        A restored store has forgotten who was told. So nobody is told of what arrived before the end of a recovery.
        """
        ends = [recovery.ended_at for recovery in self._store.recovery.all()]
        known = [end for end in ends if end is not None]
        return max([self._clock() - self._policy.max_age, *known]) if len(known) == len(ends) else None

    def _tell_all(self, since: datetime, may_continue: MayContinue, report: PassReport) -> None:
        passed_over = set[str]()
        left = self._policy.most
        while left > 0 and may_continue():
            wanted = min(BATCH, left)
            found = self._store.courtesy.due(self._policy.bodies, since, wanted + len(passed_over))
            page = [each for each in found if each.entry.reference not in passed_over][:wanted]
            if not page:
                self._trouble = None  # nobody waits for the service
                return
            # `writeback` reports a notice that contradicts its evidence; nobody is told of its arrival.
            wrong = unproven(self._store.evidence, [each.entry for each in page], self._read)
            for admission in page:
                if not may_continue():
                    return
                passed_over.add(admission.entry.reference)
                if admission.entry.reference in wrong:
                    continue
                mobile = self._mobile(admission.entry)
                if isinstance(mobile, GatewayError):
                    report.errors.append(mobile)
                    continue
                left -= 1
                if not self._tell(admission, mobile, report):
                    return

    def _mobile(self, entry: OutboxEntry) -> str | GatewayError | None:
        """Return the number in a sealed notice, None if it has none, or the error of a seal that cannot be read."""
        try:
            return self._mobile_of(self._store.evidence.payload(entry.seal_digest))
        except (GatewayError, ValueError) as error:
            if isinstance(error, GatewayError) and error.scope is ErrorScope.SYSTEM:
                raise
            code = error.code if isinstance(error, GatewayError) else "store.payload-missing"
            return GatewayError(code, where=entry.reference)

    def _tell(self, admission: Admission, mobile: str | None, report: PassReport) -> bool:
        """Tell one person; return False if no other one is to be told now."""
        entry, now = admission.entry, self._clock()
        first = CourtesyMessage(
            reference=entry.reference, body=admission.body, begun_at=now, outcome=CourtesyOutcome.NO_NUMBER
        )
        if mobile is None:
            report.counts["no_number"] += not self._store.commit(Changes(courtesy=[first]))
            return True
        record, payload = message_record(entry, self._policy.text, self._policy.origin, self._service.name, now)
        message = replace(first, outcome=CourtesyOutcome.BEGUN, evidence_id=record.id)
        begun = Changes(all_or_nothing=True, evidence=[record], payloads=[payload], courtesy=[message])
        if self._store.commit(begun):
            return True  # another process tells this person, or the notice has moved on
        return self._heard(message, self._service.tell(mobile, self._policy.text), report)

    def _heard(self, message: CourtesyMessage, answer: Answer, report: PassReport) -> bool:
        match answer:
            case Taken(message_number=number):
                self._end(message, CourtesyOutcome.TAKEN, report, number=number)
                self._breaker, self._trouble = self._breaker.succeeded(), None
                return True
            case Refused(error=error):
                self._end(message, CourtesyOutcome.REFUSED, report, code=error.code)
                self._breaker, self._trouble = self._breaker.succeeded(), None
                return True
            case NotTaken(error=error):
                self._end(message, CourtesyOutcome.NOT_TAKEN, report, code=error.code)
            case Unknown(error=error):
                self._end(message, CourtesyOutcome.UNKNOWN, report, code=error.code)
            case _:
                assert_never(answer)
        self._trouble = error
        self._breaker = self._breaker.failed(Failure(code=error.code), self._clock(), probe=True, opens_after=1)
        return False

    def _end(
        self,
        message: CourtesyMessage,
        outcome: CourtesyOutcome,
        report: PassReport,
        *,
        code: str | None = None,
        number: str | None = None,
    ) -> None:
        now = self._clock()
        ended = replace(message, outcome=outcome, ended_at=now, code=code, message_number=number)
        record, payload = outcome_record(ended, self._policy.origin, self._service.name, now)
        changes = Changes(all_or_nothing=True, evidence=[record], payloads=[payload], courtesy=[ended])
        report.counts[outcome.lower()] += not self._store.commit(changes)
