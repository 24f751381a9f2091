"""Late notices, and those that soon will be, by the limits of their kind.

Only the store is read, so it can run often.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from gateway.judiciary.outcome_codes import MAX_RETRY_AFTER, TOO_LATE
from gateway.notice import outbox
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import HELD, OutboxEntry
from gateway.reconciliation.finding import Discrepancy, Findings, Sink, errors_of, unheard
from gateway.reconciliation.limits import OPEN, Lateness, Limit, Limits, Wait, waits
from gateway.runtime.clock import CLOCKS_DIFFER, Clock, timestamp
from gateway.runtime.errors import CATALOGUE
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.sending import in_doubt, ticket_issue
from gateway.store.among import Among
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.store import Store
from gateway.store.stored import Changes

PAGE = 500

LOOKED = "overdue"
"""Cursor that holds the counts of the last run, for metrics."""


def longest_waits(settle_after: timedelta, ask_again_after: timedelta) -> Mapping[DeliveryState, timedelta]:
    """Return upper bounds of the time until the next step of a notice that waits in a state.

    The arguments are those of `gateway.sending.in_doubt.RescuePolicy`. Another machine's clock may have set that time.
    """
    longest = {
        DeliveryState.QUEUED: max(outbox.LONGEST_WAIT, MAX_RETRY_AFTER),
        DeliveryState.PENDING: ticket_issue.LONGEST_WAIT,
        DeliveryState.IN_DOUBT: max(in_doubt.LONGEST_WAIT, settle_after, ask_again_after),
    }
    return {state: wait + CLOCKS_DIFFER for state, wait in longest.items()}


def look_at_limits(
    store: Store,
    sources: Sequence[str],
    clock: Clock,
    limits: Limits,
    longest: Mapping[DeliveryState, timedelta],
    may_continue: MayContinue = always,
    sink: Sink = unheard,
) -> PassReport:
    """Report all late notices, one error for each code, and store the counts. ``longest`` are the `longest_waits`."""
    report, now = PassReport("overdue"), clock()
    findings, late = Findings(sink), Counter[tuple[Limit, Lateness]]()
    for entry, wait in late_ones(store, sources, now, limits, may_continue):
        findings.add(finding_of(entry, wait))
        late[wait.limit, wait.late] += 1
    for entry in unsendable(store, may_continue):
        findings.add(_unsendable(entry))
    for entry in due_too_late(store.notices, now, longest, may_continue):
        findings.add(_due_too_late(entry))
    if may_continue():  # or else it was not all looked at
        store.commit(Changes(cursors={LOOKED: _written(now, late)}))
    report.counts += {f"{limit}_{lateness}": count for (limit, lateness), count in late.items()}
    report.errors += errors_of(findings.counts)
    return report


def late_ones(
    store: Store,
    sources: Sequence[str],
    now: datetime,
    limits: Limits,
    may_continue: MayContinue,
    only: str | None = None,
) -> Iterator[tuple[OutboxEntry, Wait]]:
    """Yield every late notice (``only`` of one source) with its wait; a notice with two late waits comes twice.

    ``sources`` are those that results are written back to.
    """
    for limit, state, among in _open(now, limits, only):
        after: str | None = None
        while may_continue() and (page := store.notices.find(state=state, limit=PAGE, after=after, among=among)):
            for admission in page:
                for wait in waits(admission.entry, admission.kind, now, limits):
                    if wait.limit is limit:
                        yield admission.entry, wait
            after = page[-1].entry.reference
    for source in sources:
        yield from _unwritten(store, source, now, limits, may_continue)


def unsendable(store: Store, may_continue: MayContinue) -> Iterator[OutboxEntry]:
    """Yield queued notices that no further attempt can send: a person must act on their code."""
    for code in filter(needs_a_person, store.tallies.queued_by_code()):
        after: str | None = None
        among = Among(code=code, held=True if code in HELD else None)
        while may_continue() and (
            page := store.notices.find(state=DeliveryState.QUEUED, limit=PAGE, after=after, among=among)
        ):
            yield from (admission.entry for admission in page)
            after = page[-1].entry.reference


def due_too_late(
    store: NoticeStore, now: datetime, longest: Mapping[DeliveryState, timedelta], may_continue: MayContinue
) -> Iterator[OutboxEntry]:
    """Yield notices whose next step is later than any wait that the gateway sets: a wrong clock has set it."""
    for state, wait in longest.items():
        among = Among(due_after=now + wait)
        after: str | None = None
        while may_continue() and (page := store.find(state=state, limit=PAGE, after=after, among=among)):
            yield from (admission.entry for admission in page)
            after = page[-1].entry.reference


def _due_too_late(entry: OutboxEntry) -> Discrepancy:
    assert entry.due_at is not None
    return Discrepancy(
        code="reconcile.due-too-late",
        source=entry.source,
        row_key=entry.row_key,
        reference=entry.reference,
        since=entry.state_since,
        detail=f"{entry.state}, due {timestamp(entry.due_at)}, sealed {timestamp(entry.admitted_at)}",
    )


def needs_a_person(code: str) -> bool:
    """Return True if the error that a queued notice's code names keeps it from being sent.

    A message that came too late was proven not to have arrived; a further attempt makes a new one.
    """
    return code in CATALOGUE and not CATALOGUE[code].retry and code not in TOO_LATE


def is_stuck(code: str, *, held: bool) -> bool:
    """Return True if a queued notice waits for a person because of its code.

    One that the gateway held waits until its mark is removed: no step changes its code before it is sent.
    """
    return needs_a_person(code) and (held or code not in HELD)


def _unsendable(entry: OutboxEntry) -> Discrepancy:
    return Discrepancy(
        code="reconcile.unsendable",
        source=entry.source,
        row_key=entry.row_key,
        reference=entry.reference,
        since=entry.state_since,
        detail=f"{entry.code}, {entry.attempts} tries",
    )


def finding_of(entry: OutboxEntry, wait: Wait) -> Discrepancy:
    return Discrepancy(
        code=wait.code,
        source=entry.source,
        row_key=entry.row_key,
        reference=entry.reference,
        since=wait.since,
        detail=f"{entry.state}{', held' if entry.held else ''}; limit {timestamp(wait.until)[:16]}Z",
    )


def _open(now: datetime, limits: Limits, only: str | None) -> Iterator[tuple[Limit, DeliveryState, Among]]:
    """Yield the states of each limit, with a bound on the beginning of the wait, as `limits.waits` counts it."""
    for limit, states in OPEN.items():
        latest = now - limits.warns_after(limit)
        match limit:
            case Limit.DELIVER:
                bound = Among(source=only, admitted_before=latest)
            case Limit.DOUBT | Limit.DECIDE:
                bound = Among(source=only, doubt_before=latest)
            case _:
                bound = Among(source=only, before=latest)
        for state in states:
            yield limit, state, bound


def _unwritten(
    store: Store, source: str, now: datetime, limits: Limits, may_continue: MayContinue
) -> Iterator[tuple[OutboxEntry, Wait]]:
    after: tuple[datetime, str] | None = None
    while may_continue() and (page := store.outbox.unwritten(source, PAGE, after)):
        references = [entry.reference for entry in page]
        kinds, since = store.notices.kinds(references), store.outbox.unwritten_since(references)
        for entry in page:
            # A notice that was written meanwhile no longer waits.
            began = since.get(entry.reference, now)
            if (wait := limits.wait(Limit.WRITE, "writing", began, kinds[entry.reference], now)) is not None:
                yield entry, wait
        after = (page[-1].state_since, page[-1].reference)


def _written(now: datetime, late: Mapping[tuple[Limit, Lateness], int]) -> str:
    counts = {limit.value: {lateness.value: late.get((limit, lateness), 0) for lateness in Lateness} for limit in Limit}
    return json.dumps({"at": timestamp(now), "late": counts})
