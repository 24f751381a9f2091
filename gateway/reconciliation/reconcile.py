"""Reconciliation in order: rows, notices, receipts, limits; then the orphans a second time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from gateway.judiciary.courier import INQUIRY_BATCH, Courier
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.mapping.model.mapper import Mappers
from gateway.notice.source_row import CaseSource
from gateway.reconciliation.finding import Discrepancy, Findings, Sink
from gateway.reconciliation.inquiry import Inquiry, Pause, at_once
from gateway.reconciliation.limits import Limits
from gateway.reconciliation.notice_comparison import NoticeComparison
from gateway.reconciliation.overdue import finding_of, late_ones
from gateway.reconciliation.receipt_comparison import compare_receipts
from gateway.reconciliation.report import RECONCILED, Reconciled, Scope
from gateway.reconciliation.row_comparison import RowComparison
from gateway.reconciliation.standing import Ask
from gateway.record.derived import ReadReceipt
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.store.store import Store
from gateway.store.stored import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgers:
    """Ledgers to compare. ``sources`` are all that are configured; without a ``courier`` no inquiry is made.

    ``read`` reads receipts. The sources ``own`` have columns of their own, which are not compared.
    """

    store: Store
    sources: Sequence[CaseSource]
    mappers: Mappers
    courier: Courier | None
    read: ReadReceipt | None = None
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilePolicy:
    """Settings of a reconciliation; ``origin`` names the gateway in evidence.

    A change within ``grace`` is not settled, and no finding. A notice with news within ``confirmed_within`` is not
    inquired about, unless all are. One inquiry covers at most ``inquiry_batch`` notices.
    """

    origin: str
    grace: timedelta
    confirmed_within: timedelta
    limits: Limits
    endpoint_policy: EndpointPolicy = USUAL
    inquiry_batch: int = INQUIRY_BATCH


def reconcile(
    ledgers: Ledgers,
    scope: Scope,
    clock: Clock,
    policy: ReconcilePolicy,
    sink: Sink,
    may_continue: MayContinue = always,
    pause: Pause = at_once,
    until_asked: Pause | None = None,
) -> Reconciled:
    """Compare the ledgers, and pass each finding to ``sink``.

    Rows without a notice are checked again at the end, after a ``pause`` until ``grace`` is over: collection may just
    have been behind.
    ``until_asked`` waits until the rate limit allows further inquiries; without it, ``pause`` does. Raises
    `GatewayError` ``store.*``.
    """
    now, findings, errors = clock(), Findings(sink), list[GatewayError]()
    sources = {source.name: source for source in ledgers.sources if scope.source in (None, source.name)}
    courier = None if scope.ask is Ask.NONE else ledgers.courier
    inquiry = Inquiry(
        ledgers.store,
        courier,
        clock,
        policy.origin,
        may_continue,
        policy.endpoint_policy,
        policy.inquiry_batch,
        until_asked or pause,
    )
    rows = [
        RowComparison(
            source=source,
            store=ledgers.store,
            mappers=ledgers.mappers,
            inquiry=inquiry,
            findings=findings,
            now=now,
            grace=policy.grace,
            may_continue=may_continue,
            without_bound=scope.ask is Ask.ALL,
        )
        for source in sources.values()
    ]
    for comparison in rows:
        _or_note(errors, partial(comparison.compare, scope.since, scope.until))
    notices = NoticeComparison(
        store=ledgers.store,
        sources=sources,
        inquiry=inquiry,
        findings=findings,
        now=now,
        grace=policy.grace,
        confirmed_within=policy.confirmed_within,
        ask=scope.ask,
        may_continue=may_continue,
        read=ledgers.read,
        own=ledgers.own,
    )
    notices.compare(scope.since, scope.until, scope.source)
    receipts = 0
    if scope.source is None:  # a receipt comes from no case database
        receipts = compare_receipts(
            ledgers.store,
            findings,
            since=scope.since,
            until=scope.until,
            resting=now - policy.grace,
            may_continue=may_continue,
        )
    for entry, wait in late_ones(ledgers.store, list(sources), now, policy.limits, may_continue, scope.source):
        findings.add(finding_of(entry, wait))
    if any(comparison.waiting for comparison in rows):
        pause(max(policy.grace - (clock() - now), timedelta()))
    for comparison in rows:
        _or_note(errors, comparison.settle)
    if inquiry.unanswered:
        findings.add(Discrepancy(code="reconcile.unanswered", detail=f"{inquiry.unanswered} notices"))
    # An unreachable source has failed twice.
    away = {(error.code, error.where): error for error in (*errors, *notices.errors.values(), *inquiry.errors)}
    done = Reconciled(
        scope=scope,
        at=now,
        findings=dict(findings.counts),
        compared={
            "rows": sum(comparison.compared for comparison in rows),
            "notices": notices.compared,
            "receipts": receipts,
            "asked": inquiry.asked,
        },
        errors=tuple(away.values()),
        unread=tuple(sorted(notices.unread)),
        complete=may_continue(),
        empty=not notices.compared and not any(comparison.in_range for comparison in rows),
        alarms=tuple(inquiry.report.alarms),
        over=tuple(inquiry.report.over),
    )
    if done.complete and scope.source is None:
        ledgers.store.commit(Changes(cursors={RECONCILED: done.record()}))
    return done


def _or_note(errors: list[GatewayError], compare: Callable[[], None]) -> None:
    """Run a comparison; an unreachable case database prevents no other comparison."""
    try:
        compare()
    except GatewayError as error:
        if error.scope is not ErrorScope.SOURCE:
            raise
        errors.append(error)
