"""Interventions of a person on a notice: send sooner, hold, withdraw, decide a doubt. Each is on record.

An act is one transaction: a transition or a mark, and the evidence of its author and reason. It applies to the notice
as the person saw it; if the notice moved on meanwhile, nothing is written. The functions `plan` and `…_changes` return
that transaction: a preview shows it, and the act commits it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import SENDABLE, OutboxEntry, Transition, advance
from gateway.operations.decision_obstacles import assert_asked, assert_no_receipt_waits, holding
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceRecord
from gateway.runtime.circuit_breaker import Permit
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.proof_reach import Override
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Changes, Mark, Payload, Switch

_S, _E = DeliveryState, DeliveryEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Effect of an act on a notice: one ``step``, or one ``mark``; neither if nothing changes.

    ``outcome`` is a word for it, ``about`` is further content of the evidence.
    """

    outcome: str
    step: Transition | None = None
    mark: Mark | None = None
    about: tuple[tuple[str, str], ...] = ()

    @property
    def changes(self) -> bool:
        """False if the notice is so already."""
        return self.step is not None or self.mark is not None

    def record(
        self, entry: OutboxEntry, act: OperatorAction, origin: str, **about: str
    ) -> tuple[EvidenceRecord, Payload]:
        """Return the record of the act that has this effect on ``entry``, and its payload."""
        told = {"state": entry.state.value, **dict(self.about), **about}
        return act.record(entry.reference, origin=origin, outcome=self.outcome, notice=entry.reference, **told)

    def marks(self, record: EvidenceRecord, before: OutboxEntry | None = None) -> list[Mark]:
        """Return its mark by the act with this ``record``; it is stale if the notice is not as ``before``, if given."""
        if self.mark is None:
            return []
        return [replace(self.mark, held_by=record.id if self.mark.held else None, before=before)]


EntryChange = Callable[[OutboxEntry, datetime], Change]
"""Function that decides the effect of an act at a time. Raises `GatewayError` ``queue.*`` if the act is impossible."""


def retry(entry: OutboxEntry, now: datetime) -> Change:
    """Process a notice now: send it if it may be sent, inquire if it is in doubt or has a ticket."""
    match entry.state:
        case _S.DEAD_LETTER:
            # Its lifetime begins anew; otherwise the next pass would end it again.
            return Change(outcome="requeued", step=_requeue(entry, now))
        case _S.QUEUED | _S.PENDING | _S.IN_DOUBT:
            outcome = "due" if entry.state is _S.QUEUED else "asked"
            due = entry.due_at is not None and entry.due_at <= now
            return Change(outcome=outcome, mark=None if due else Mark(reference=entry.reference, due_at=now))
        case _:
            raise _impossible(entry, "only what is queued, pending, in doubt or a dead letter can be tried again")


def hold_notice(entry: OutboxEntry, now: datetime) -> Change:  # noqa: ARG001 - a `EntryChange`
    """Prevent a notice from being sent, or sent again, until it is released."""
    if entry.state not in SENDABLE:
        raise _impossible(entry, "only what may yet be sent can be held")
    return Change(outcome="held", mark=None if entry.held else Mark(reference=entry.reference, held=True))


def release_notice(entry: OutboxEntry, now: datetime) -> Change:  # noqa: ARG001 - a `EntryChange`
    """Release a held notice. The record names the act that held it, if it is known."""
    about = (("ends", entry.held_by),) if entry.held_by else ()
    mark = Mark(reference=entry.reference, held=False) if entry.held else None
    return Change(outcome="released", mark=mark, about=about)


def withdraw(entry: OutboxEntry, now: datetime) -> Change:
    """End a notice that was not sent, or certainly did not arrive."""
    match entry.state:
        case _S.WITHDRAWN:
            return Change(outcome="withdrawn")
        case _S.QUEUED | _S.DEAD_LETTER:
            return Change(outcome="withdrawn", step=_step(entry, _E.WITHDRAWAL, now))
        case _S.SENDING:
            raise _impossible(entry, "it may have arrived; once it is in doubt, a person may decide that it did not")
        case _S.IN_DOUBT:
            raise _impossible(entry, "it may have arrived; a person who knows that it did not decides so: queue decide")
        case _:
            raise _impossible(entry, "the judiciary has it or has ended it; only the judiciary can take it back")


def switch_channel(entry: OutboxEntry, now: datetime) -> Change:
    """End electronic service of a notice that is served through another channel."""
    match entry.state:
        case _S.OTHER_CHANNEL:
            return Change(outcome="other-channel")
        case _S.NO_ACCOUNT | _S.UNDELIVERABLE:
            return Change(outcome="other-channel", step=_step(entry, _E.CHANNEL_SWITCH, now, keep_code=True))
        case _:
            raise _impossible(entry, "only what has no account or could not be delivered goes another way")


def rewrite(entry: OutboxEntry, now: datetime) -> Change:
    """Write a notice's state into its row once more."""
    behind = entry.written_seq < entry.seq
    return Change(outcome="to-be-written", mark=None if behind else Mark(reference=entry.reference, unwritten=now))


class DoubtDecision(StrEnum):
    """Decision of a person on a notice in doubt."""

    SUBMITTED = "submitted"
    QUEUED = "queued"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Effect of a person's ``verdict`` on a notice in doubt, which a verified receipt still corrects.

    Until ``settle_after`` has passed since the doubt began, the first message may still arrive. Till then a verdict of
    non-arrival is refused (``queue.unsettled``) unless ``although_it_may_arrive``.
    ``tracking_number`` comes from the person: it is recorded, but only a receipt confirms it.
    """

    verdict: DoubtDecision
    settle_after: timedelta
    although_it_may_arrive: bool = False
    tracking_number: str | None = None

    def __call__(self, entry: OutboxEntry, now: datetime) -> Change:
        if entry.state is not _S.IN_DOUBT:
            raise _impossible(entry, "only what is in doubt can be decided")
        told = (("tracking_number_as_told", self.tracking_number),) if self.tracking_number else ()
        if self.verdict is DoubtDecision.SUBMITTED:
            return Change(outcome="submitted", step=_step(entry, _E.DECISION_SUBMITTED, now), about=told)
        # A recovery that a clock that was ahead began lies in the future: then a person says that it settled.
        settled_at = (entry.doubt_since or now) + self.settle_after
        if now < settled_at and not self.although_it_may_arrive:
            raise GatewayError("queue.unsettled", where=entry.reference, detail=f"until {timestamp(settled_at)}")
        about = (*told, ("settled", "yes" if now >= settled_at else "no: the first message may still arrive"))
        if self.verdict is DoubtDecision.QUEUED:
            return Change(outcome="queued", step=_requeue(entry, now, cleared_at=now), about=about)
        return Change(outcome="withdrawn", step=_step(entry, _E.WITHDRAWAL, now), about=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Notice after an act; ``changed`` is False if it was so already."""

    entry: OutboxEntry
    outcome: str
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Notice as a person saw it: ``seq`` counts its steps, ``held`` is its mark, by the act ``held_by``."""

    seq: int
    held: bool
    held_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Act on a notice before it is written. ``changes`` are its transaction; None if nothing would change."""

    entry: OutboxEntry
    outcome: str
    changes: Changes | None


def plan(
    store: Store, reference: str, deed: EntryChange, act: OperatorAction, origin: str, seen: Seen | None = None
) -> Plan:
    """Return an act on one notice, not written yet.

    Raises `GatewayError` ``queue.unknown`` and as `change_of`; ``queue.moved``
    if the notice is not as it was ``seen`` (None: as it is now).
    """
    entry = _entry(store.notices, reference)
    if seen is not None and seen != Seen(seq=entry.seq, held=entry.held, held_by=entry.held_by):
        raise GatewayError("queue.moved", where=reference, detail=f"now {entry.state}{', held' if entry.held else ''}")
    change = change_of(entry, deed, act.at, store.recovery.all, store.quarantine)
    if not change.changes:
        return Plan(entry=entry, outcome=change.outcome, changes=None)
    record, payload = change.record(entry, act, origin)
    changes = Changes(
        steps=[replace(change.step, evidence_id=record.id)] if change.step else [],
        marks=change.marks(record, before=entry),
        evidence=[record],
        payloads=[payload],
        all_or_nothing=True,
        confirmed=act.confirmed_id,
    )
    return Plan(entry=entry, outcome=change.outcome, changes=changes)


def intervene(
    store: Store, reference: str, deed: EntryChange, act: OperatorAction, origin: str, seen: Seen | None = None
) -> Done:
    """Apply one act to one notice, and record it.

    Raises `GatewayError` as `plan`, and ``queue.moved`` if the notice moves on meanwhile; nothing is written then.
    """
    planned = plan(store, reference, deed, act, origin, seen)
    if planned.changes is None:
        return Done(entry=planned.entry, outcome=planned.outcome, changed=False)
    stale = store.commit(planned.changes)
    present = _entry(store.notices, reference)
    if stale:
        detail = f"{planned.entry.state} when looked at, now {present.state}"
        raise GatewayError("queue.moved", where=reference, detail=detail)
    return Done(entry=present, outcome=planned.outcome, changed=True)


def switch_changes(store: Store, act: OperatorAction, origin: str, *, stopped: bool) -> Changes | None:
    """Return the transaction that stops or resumes all work; None if that is so already.

    Its record names the use of the switch that it ``ends``, if there was one, and it is stale if another one stands.
    Raises `GatewayError` ``act.changed`` if the person saw another use than that one.
    """
    last = store.switch()
    if (last is not None and last.stopped) == stopped:
        return None
    ends = {} if last is None else {"ends": last.evidence_id}
    record, payload = act.record("everything", origin=origin, outcome="stopped" if stopped else "resumed", **ends)
    return Changes(
        switch=Switch(stopped=stopped, since=act.at, evidence_id=record.id),
        switch_ends=ends.get("ends", ""),
        evidence=[record],
        payloads=[payload],
        all_or_nothing=True,
        confirmed=act.confirmed_id,
    )


def change_of(
    entry: OutboxEntry,
    deed: EntryChange,
    now: datetime,
    recoveries: Callable[[], Sequence[Recovery]],
    quarantine: QuarantineStore,
) -> Change:
    """Return the effect of an act on a notice; stores are read only if a step would be taken.

    Raises `GatewayError` ``queue.state``, ``queue.unsettled``, ``queue.unasked`` or ``queue.receipt-waits`` if the act
    is impossible.
    """
    change = deed(entry, now)
    if change.step is None:
        return change
    begun = recoveries()
    assert_asked(begun, change.step)
    assert_no_receipt_waits(quarantine, change.step)
    return replace(change, step=holding(change.step, begun))


def throw_switch(store: Store, act: OperatorAction, origin: str, *, stopped: bool) -> bool:
    """Stop or resume all work; return True if that was a change.

    Raises `GatewayError` ``act.changed`` as `switch_changes`, and if others used the switch meanwhile and it does not
    stand as wanted; nothing is written then.
    """
    changes = switch_changes(store, act, origin, stopped=stopped)
    if changes is None:
        return False
    if not store.commit(changes):
        return True
    if running(store) == stopped:
        raise GatewayError("act.changed", where="everything")
    return False


def wake_changes(store: Store, destination: str, act: OperatorAction, origin: str) -> Changes | None:
    """Return the transaction that ends the rest of an open circuit breaker; None if it is not open."""
    breaker = store.endpoints.breaker(destination)
    if breaker.permit(act.at) is not Permit.OPEN or breaker.rests_until is None:
        return None
    rested = {"rested_until": timestamp(breaker.rests_until), "failures": str(breaker.failures)}
    record, payload = act.record(
        f"endpoint {destination}", origin=origin, outcome="half-open", code=breaker.code or "", **rested
    )
    return Changes(
        breaker_wakeups={destination: act.at},
        evidence=[record],
        payloads=[payload],
        all_or_nothing=True,
        confirmed=act.confirmed_id,
    )


def wake(store: Store, destination: str, act: OperatorAction, origin: str) -> bool:
    """Probe an endpoint with an open circuit breaker at once; return True if it was open.

    If the endpoint answers, all work resumes; if not, the breaker remains open.
    """
    changes = wake_changes(store, destination, act, origin)
    return changes is not None and not store.commit(changes)


def accept_damage(store: Store, digest: str, act: OperatorAction, origin: str) -> None:
    """Acknowledge a payload that is missing from the archive: its alarm ends, and it remains damaged on record.

    Raises `GatewayError` ``archive.not-damaged`` if no damage of it is known.
    """
    if digest not in {each.digest for each in store.evidence.proof().damaged}:
        raise GatewayError("archive.not-damaged", where=digest)
    record, payload = act.record(digest, origin=origin, outcome="accepted")
    store.commit(Changes(accepted_damages={digest: record.id}, evidence=[record], payloads=[payload]))


def let_be_sent_unproven(
    store: Store, period: timedelta, longest: timedelta, act: OperatorAction, origin: str
) -> Override:
    """Allow sending without proof for a ``period`` from now; zero ends an earlier permission.

    Raises `GatewayError` ``archive.override-too-long`` for more than the allowed ``longest``.
    """
    if period > longest:
        raise GatewayError("archive.override-too-long", detail=f"at most {longest / timedelta(hours=1):g} hours")
    until, waiting_since = act.at + period, store.evidence.proof().time_stamp.waiting_since
    about = {"until": timestamp(until)} | (
        {"without_time_stamp_since": timestamp(waiting_since)} if waiting_since else {}
    )
    outcome = "allowed" if period else "ended"
    record, payload = act.record("sending without proof", origin=origin, outcome=outcome, **about)
    override = Override(since=act.at, until=until, evidence_id=record.id)
    store.commit(Changes(override=override, evidence=[record], payloads=[payload]))
    return override


def running(store: Store) -> bool:
    """Return True unless a person stopped all work."""
    last = store.switch()
    return last is None or not last.stopped


def assert_running(store: Store) -> None:
    """Raise `GatewayError` ``service.stopped`` if a person stopped all work."""
    last = store.switch()
    if last is not None and last.stopped:
        raise GatewayError("service.stopped", where=f"since {timestamp(last.since)}")


def _entry(store: NoticeStore, reference: str) -> OutboxEntry:
    try:
        return store.entries([reference])[reference]
    except KeyError:
        raise GatewayError("queue.unknown", where=reference) from None


def _step(entry: OutboxEntry, event: DeliveryEvent, now: datetime, *, keep_code: bool = False) -> Transition:
    """Return the transition without the code of an earlier failure, unless that failure is its reason."""
    return advance(entry, event, now=now, **({} if keep_code else {"code": None, "reason": None}))


def _requeue(entry: OutboxEntry, now: datetime, **facts: Any) -> Transition:
    return advance(entry, _E.REQUEUE, now=now, due_at=now, waiting_since=now, code=None, reason=None, **facts)


def _impossible(entry: OutboxEntry, why: str) -> GatewayError:
    return GatewayError("queue.state", where=entry.reference, detail=f"{entry.state}: {why}")
