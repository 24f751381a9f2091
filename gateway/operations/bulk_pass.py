"""The pass that does bulk acts: batch by batch, each notice once, and only if it is as its person saw it.

The act on a notice, its record and its outcome are one transaction. So a pass that is killed goes on where it stood,
and two passes at a time do nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from gateway.notice.outbox import OutboxEntry
from gateway.operations.bulk_control import ENDED, end, may_act
from gateway.operations.bulk_deeds import effect_of
from gateway.operations.bulk_draft import DRAFT_LIFE
from gateway.operations.intervention import Change, change_of
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceRecord
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.bulk_act import UNCHANGED, BulkAct, BulkChange, BulkEnd, BulkNotice
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Changes, Payload

_FORGOTTEN_AT_ONCE: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPolicy:
    """``origin`` names the gateway in evidence, ``settle_after`` is that of `intervention.Decision`; a ``batch`` of
    notices is one transaction."""

    origin: str
    settle_after: timedelta
    batch: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """Outcome of one notice, with the change that it stands for; none for a failure, or if nothing changes."""

    outcome: BulkNotice
    before: OutboxEntry | None = None
    change: Change | None = None
    record: tuple[EvidenceRecord, Payload] | None = None


def do_bulk_acts(store: Store, clock: Clock, policy: BulkPolicy, may_continue: MayContinue = always) -> PassReport:
    """Do a batch of each running bulk act in turn, until all have ended. Raises `GatewayError` ``store.*``."""
    report = PassReport("acts")
    while may_continue() and (running := store.bulk_acts.running()):
        for bulk in running:
            if may_continue():
                _go_on(store, bulk, clock, policy, report)
    if may_continue():
        store.bulk_acts.forget_drafts(clock() - DRAFT_LIFE, _FORGOTTEN_AT_ONCE)
    return report


def _go_on(store: Store, bulk: BulkAct, clock: Clock, policy: BulkPolicy, report: PassReport) -> None:
    """Do one batch of a bulk act, or end it."""
    recoveries = store.recovery.all()
    if (ended_as := _obstacle(store, bulk, recoveries)) is None:
        if batch := store.bulk_acts.undone(bulk.id, policy.batch):
            _do(store, bulk, batch, recoveries, clock, policy, report)
            return
        ended_as = BulkEnd.DONE
    if end(store, bulk, ended_as, _act(bulk, ENDED, clock), policy.origin):
        report.counts["bulk_acts_ended"] += 1


def _obstacle(store: Store, bulk: BulkAct, recoveries: Sequence[Recovery]) -> BulkEnd | None:
    """Return the reason for which the rest of a bulk act is not done; None: there is none."""
    if bulk.stopped_at is not None:
        return BulkEnd.STOPPED
    began = bulk.began_at
    if began is not None and any(recovery.since >= began for recovery in recoveries):
        return BulkEnd.RESTORED
    return None if may_act(store.people.get(bulk.person), bulk) else BulkEnd.NOT_PERMITTED


def _do(
    store: Store,
    bulk: BulkAct,
    batch: Sequence[BulkNotice],
    recoveries: Sequence[Recovery],
    clock: Clock,
    policy: BulkPolicy,
    report: PassReport,
) -> None:
    entries = store.notices.entries([each.reference for each in batch])
    planned = [
        _plan(bulk, each, entries.get(each.reference), store.quarantine, recoveries, clock, policy) for each in batch
    ]
    while planned:
        stale = store.commit(_changes(bulk, planned))
        if not stale:
            break
        # Failures that are stale are outcomes that another process has written, or the act has ended.
        planned = [
            _failed(each.outcome, "bulk.moved", clock) if each.outcome.reference in stale else each
            for each in planned
            if each.outcome.reference not in stale or not each.outcome.failed
        ]
    report.counts["acts_failed"] += sum(each.outcome.failed for each in planned)
    report.counts["acts_done"] += sum(not each.outcome.failed for each in planned)


def _plan(
    bulk: BulkAct,
    listed: BulkNotice,
    entry: OutboxEntry | None,
    quarantine: QuarantineStore,
    recoveries: Sequence[Recovery],
    clock: Clock,
    policy: BulkPolicy,
) -> _Planned:
    if entry is None:
        return _failed(listed, "queue.unknown", clock)
    if entry.seq != listed.seq:
        return _failed(listed, "bulk.moved", clock)
    act = _act(bulk, bulk.deed.act, clock)
    try:
        change = change_of(entry, effect_of(bulk.deed, policy.settle_after), act.at, lambda: recoveries, quarantine)
    except GatewayError as error:
        if error.scope is not ErrorScope.ROW:
            raise
        return _failed(listed, error.code, clock)
    if not change.changes:
        return _Planned(outcome=replace(listed, outcome=UNCHANGED, done_at=act.at))
    if not listed.is_held_as_seen(entry.held, entry.held_by):
        return _failed(listed, "bulk.moved", clock)
    record, payload = change.record(entry, act, policy.origin, bulk=bulk.id)
    outcome = replace(listed, outcome=change.outcome, done_at=act.at, evidence_id=record.id)
    return _Planned(outcome=outcome, before=entry, change=change, record=(record, payload))


def _failed(listed: BulkNotice, code: str, clock: Clock) -> _Planned:
    return _Planned(outcome=replace(listed, outcome=code, failed=True, done_at=clock(), evidence_id=None))


def _changes(bulk: BulkAct, planned: Sequence[_Planned]) -> Changes:
    changed = [(each.change, each.record) for each in planned if each.change is not None and each.record is not None]
    return Changes(
        steps=[replace(change.step, evidence_id=record.id) for change, (record, _) in changed if change.step],
        # A repetition after a lost COMMIT overrides no later act.
        marks=[mark for p in planned if p.change and p.record for mark in p.change.marks(p.record[0], p.before)],
        evidence=[record for _, (record, _) in changed],
        payloads=[payload for _, (_, payload) in changed],
        bulk=BulkChange(of=bulk.id, outcomes=[each.outcome for each in planned]),
        all_or_nothing=True,
    )


def _act(bulk: BulkAct, name: str, clock: Clock) -> OperatorAction:
    """Return the act of the bulk act's person, at the present time."""
    return OperatorAction(
        name=name, account=bulk.account, reason=bulk.reason, at=clock(), authentication=bulk.authentication
    )
