"""Dispatch: claim notices under a lease, sign, record, submit, record the outcome.

Each message is recorded before its transmission, and nothing is signed after the lease. A message's Timestamp begins
before the lease ends, and the judiciary acts on no message after its Expires.
So a lost message can arrive only for a bounded time; `rescue` waits for its end before it accepts proof of
absence.

Calls overlap (`gateway.judiciary.overlap`), and each submits a series of messages (`gateway.sending.message_series`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from gateway.judiciary.call_pool import CallPool, OneByOne
from gateway.judiciary.called_endpoint import CalledEndpoint, CallPermit
from gateway.judiciary.courier import Answer, Courier, Message, Outcome, SealSlice
from gateway.judiciary.overlap import Came, Overlap
from gateway.notice.large_octets import Octets
from gateway.notice.outbox import SHORTEST_WAIT, OutboxEntry
from gateway.runtime.circuit_breaker import Permit
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.sending.dispatch_policy import DispatchPolicy
from gateway.sending.exchange import answered, sent, together
from gateway.sending.message_series import MessageSeries, series_length
from gateway.sending.questions import record_answers
from gateway.sending.sealing_breaker import SealingBreakers, line_of
from gateway.sending.submission_step import deferral, step_of
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.store import Store
from gateway.store.stored import Changes

_NO_ATTEMPT: Final = ("recovery.needed", "recovery.begun", "clock.off")
"""Codes that count no attempt: the store was restored since the claim, a recovery began, or our clock was set."""


def dispatch_due(
    store: Store,
    courier: Courier,
    clock: Clock,
    policy: DispatchPolicy,
    may_continue: MayContinue = always,
    pool: CallPool | None = None,
) -> PassReport:
    """Send each notice that was due when the pass began at most once, so that the pass ends.

    ``courier`` makes the messages; they are submitted in calls of ``pool``. Without it, calls do not overlap.
    """
    made = _Dispatch(store, courier, pool or OneByOne(courier), clock, policy)
    made.run(may_continue)
    return made.report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """Message that is recorded: its notices, and the bodies' seals when they were claimed.

    ``tried`` is the body that it probes.
    """

    message: Message
    entries: Sequence[OutboxEntry]
    seals: SealingBreakers
    tried: str | None

    def is_leased(self, now: datetime) -> bool:
        return all(_is_leased(entry, now) for entry in self.entries)


class _Dispatch:
    """One pass: `gateway.judiciary.overlap.Work`."""

    def __init__(self, store: Store, courier: Courier, pool: CallPool, clock: Clock, policy: DispatchPolicy) -> None:
        self.report = PassReport("dispatch")
        self._store, self._courier = store, courier
        self._clock, self._policy, self._due_by = clock, policy, clock()
        self._endpoint = CalledEndpoint(
            destination=courier.destination,
            store=store,
            clock=clock,
            policy=policy.endpoint_policy,
            report=self.report,
        )
        self._overlap: Overlap[MessageSeries[_Sent], None] = Overlap(self._endpoint, courier, pool, policy.calls)
        self._is_drained = False
        self._latency: float | None = None
        self._ready: list[_Sent] = []
        """Messages that no call has submitted yet."""

    def run(self, may_continue: MayContinue) -> None:
        try:
            self._overlap.run(self, may_continue)
        finally:
            with suppress(GatewayError):  # otherwise their lease ends
                self._give_up()

    def find(self) -> bool:
        return bool(self._ready) or not self._is_drained

    def begin(self, free: list[CallPermit]) -> bool:
        """Begin all free calls, with messages that are ready, or with notices that are claimed for them."""
        if free[0].probe:
            self._give_up()
        if not self._ready and not self._is_ready(free):
            return False
        if not all(each.is_leased(self._clock()) for each in self._ready):
            self._give_up()
        calls = min(len(free), len(self._ready))
        parts, self._ready = [self._ready[number::calls] for number in range(calls)], []
        for number, part in enumerate(parts):
            series = MessageSeries(messages=[(each, each.message) for each in part])
            try:
                self._overlap.call(series, free.pop(), partial(series.submit, clock=self._clock))
            except Exception:  # such as: no thread can be started; none of these is ever submitted
                self._ready = [each for left in parts[number:] for each in left]
                raise
        return True

    def _is_ready(self, free: list[CallPermit]) -> bool:
        """Claim notices for all free calls, and make their messages ready; return False if nothing is due."""
        seals = SealingBreakers.read(self._store.endpoints, self._courier.destination)
        # The probe has one notice only: its answer may be lost, which leaves it in doubt.
        messages = len(free) * series_length(self._latency, calls_grow=self._overlap.calls_grow)
        limit = 1 if free[0].probe else self._policy.batch_notices * messages
        claimed, tried = self._claimed(limit, seals)
        self._is_drained = not claimed
        if claimed:
            self._ready = self._recorded(claimed, seals, tried)
        return bool(claimed)

    def _claimed(self, limit: int, seals: SealingBreakers) -> tuple[list[OutboxEntry], str | None]:
        """Claim notices, or one that probes the seal of a held body, with that body."""
        now, destination, store, policy = self._clock(), self._courier.destination, self._store, self._policy

        def claim(most: int, **bodies: Any) -> list[OutboxEntry]:
            return store.outbox.claim(
                destination=destination,
                owner=policy.owner,
                now=now,
                due_by=self._due_by,
                lease=policy.lease,
                limit=most,
                max_bytes=policy.batch_bytes,
                rate_limit=policy.endpoint_policy.rate_limit,
                **bodies,
            )

        for body in seals.to_try(now):
            before, mine = self._endpoint.take_probe(line_of(destination, body), now)
            if before.permit(now) is not Permit.PROBE:
                continue
            if claimed := claim(1, body=body):
                return claimed, body
            self._endpoint.release_probe(before, mine)
        return claim(limit, without_bodies=seals.held(now)), None

    def _recorded(self, claimed: Sequence[OutboxEntry], seals: SealingBreakers, tried: str | None) -> list[_Sent]:
        """Record the messages of claimed notices and return them. Any failure before that hands the notices back."""
        octets, broken = _sealed(claimed, self._store.evidence)
        now = self._clock()
        self._set_aside(broken)
        readable = [entry for entry in claimed if entry.reference in octets]
        if not all(_is_leased(entry, now) for entry in claimed):
            self._hand_back(readable, "lease-over")
            self.report.counts["lease_over"] += len(readable)
            return []
        try:
            if self._policy.endpoint_policy.clock_is_off():
                # The gate was asked before the claim, and the store or the whole machine may have stood still since.
                raise GatewayError("clock.off", where=self._courier.destination, detail="since the pass began")
            messages: list[tuple[Message, list[OutboxEntry]]] = []
            for batch in _parts(readable, self._policy.batch_notices):
                slices = [
                    SealSlice(reference=e.reference, octets=octets[e.reference], digest=e.seal_digest) for e in batch
                ]
                message, misfits = _prepared(slices, self._courier, now)
                self._set_aside([(e, misfits[e.reference]) for e in batch if e.reference in misfits])
                for reference in misfits:
                    del octets[reference]
                if message is not None:
                    messages.append((message, [entry for entry in batch if entry.reference in octets]))
            messages = self._written(messages)
        except GatewayError as error:
            left = [entry for entry in readable if entry.reference in octets]
            # These failures do not lengthen their back-off.
            self._hand_back(left, error.code, counts=error.code not in _NO_ATTEMPT)
            raise
        return [_Sent(message=message, entries=entries, seals=seals, tried=tried) for message, entries in messages]

    def _written(self, messages: list[tuple[Message, list[OutboxEntry]]]) -> list[tuple[Message, list[OutboxEntry]]]:
        """Record messages; return those that may be sent.

        A notice whose claim another process has ended meanwhile is not sent: the judiciary has it, by a late answer.
        The further notices of its message are queued again.
        """
        origin, destination = self._policy.origin, self._courier.destination
        while messages:
            changes = [sent(message, origin, destination, claimed) for message, claimed in messages]
            if not (lost := self._store.commit(together(changes))):
                break
            whole = [(message, claimed) for message, claimed in messages if lost.isdisjoint(message.references)]
            torn = [each for message, claimed in messages if lost & {*message.references} for each in claimed]
            self._queue_at_once([each for each in torn if each.reference not in lost])
            self.report.counts["claim_over"] += len(lost)
            messages = whole
        return messages

    def record(self, came: Sequence[Came[MessageSeries[_Sent], None]]) -> None:
        split = [each.subject.split(each) for each in came]
        ended = [one for ones, _ in split for one in ones]
        self._ready += [rest for _, unsent in split for rest in unsent]
        heard = record_answers(
            self._store, ended, self._changes, self.report, self._courier.destination, self._policy.tickets
        )
        self.report.counts += {"sent": sum(len(each.entries) for each in heard)}
        for each, (ones, _) in zip(came, split, strict=True):
            each.failed, each.answers = any(one.failed for one in ones), len(ones)
        self._latency = max(each.seconds for each in came)
        if any(each.subject.has_failed for each in came):
            # The queue decides anew what may be sent, and the next call has one message.
            self._latency = None
            self._give_up()

    def _changes(self, begun: _Sent, answer: Answer[Outcome]) -> Changes:
        outcomes = [(entry, answer.by_reference[entry.reference]) for entry in begun.entries]
        held = begun.seals.count(outcomes, begun.tried, self._endpoint)
        steps = [
            step_of(entry, outcome, begun.message, answer, self._policy, with_body=entry.reference in held)
            for entry, outcome in outcomes
        ]
        return answered(begun.message, answer, steps, self._policy.origin, self._courier.destination)

    def _set_aside(self, failed: Sequence[tuple[OutboxEntry, GatewayError]]) -> None:
        """Hand back notices that cannot be sent, each with its own reason, and report them."""
        for code in {error.code for _, error in failed}:
            self._hand_back([entry for entry, error in failed if error.code == code], code)
        self.report.errors += [error for _, error in failed]

    def _give_up(self) -> None:
        """Queue the notices of the ready messages again: these were never submitted, so no attempt counts."""
        entries, self._ready = [entry for each in self._ready for entry in each.entries], []
        self._queue_at_once(entries)

    def _queue_at_once(self, entries: Sequence[OutboxEntry]) -> None:
        if entries:
            now, pace, code = self._clock(), self._policy.pace, "call-over"
            steps = [
                deferral(each, SHORTEST_WAIT, pace, now=now, code=code, attempts=each.attempts - 1) for each in entries
            ]
            self._store.commit(Changes(steps=steps))

    def _hand_back(self, entries: Sequence[OutboxEntry], code: str, *, counts: bool = True) -> None:
        """Queue notices again that were not sent; their attempt ``counts`` for their back-off."""
        now, less = self._clock(), 0 if counts else 1
        steps = [
            deferral(entry, None, self._policy.pace, now=now, code=code, attempts=entry.attempts - less)
            for entry in entries
        ]
        self._store.commit(Changes(steps=steps))


def _is_leased(entry: OutboxEntry, now: datetime) -> bool:
    return entry.lease_until is not None and now < entry.lease_until


def _parts(entries: Sequence[OutboxEntry], size: int) -> Iterator[Sequence[OutboxEntry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _prepared(
    slices: Sequence[SealSlice], courier: Courier, now: datetime
) -> tuple[Message | None, dict[str, GatewayError]]:
    """Return the message of the notices that fit the contract, and the errors of the others by reference.

    A notice that was queued under another profile may not fit; it blocks no other.
    """
    try:
        return courier.prepare_submission(slices, now), {}
    except GatewayError as error:
        if error.scope is not ErrorScope.ROW:
            raise
        if len(slices) == 1:
            return None, {slices[0].reference: error}
    misfits: dict[str, GatewayError] = {}
    for each in slices:
        misfits |= _prepared([each], courier, now)[1]
    fitting = [each for each in slices if each.reference not in misfits]
    return courier.prepare_submission(fitting, now) if fitting else None, misfits


def _sealed(
    batch: Sequence[OutboxEntry], store: EvidenceStore
) -> tuple[dict[str, Octets], list[tuple[OutboxEntry, GatewayError]]]:
    """Return the batch's seals by reference, and the notices with an unreadable seal, which block no other."""
    try:
        found = store.streamed([entry.seal_digest for entry in batch])
        return {entry.reference: found[entry.seal_digest] for entry in batch}, []
    except GatewayError:
        good: dict[str, Octets] = {}
        broken: list[tuple[OutboxEntry, GatewayError]] = []
        for entry in batch:
            try:
                good[entry.reference] = store.streamed([entry.seal_digest])[entry.seal_digest]
            except GatewayError as error:
                broken.append((entry, error))
        return good, broken
