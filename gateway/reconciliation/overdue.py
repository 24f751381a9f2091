"""What is late, or soon will be, by the limits of its kind. Asks the store alone, so it can be looked at often."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from gateway.clock import Clock, timestamp
from gateway.delivery import DeliveryState
from gateway.leave import Leave, always
from gateway.limits import OPEN, Lateness, Limit, Limits, Wait, waits
from gateway.reconciliation.finding import Finding, Findings, Sink, unheard
from gateway.report import PassReport
from gateway.store import Admission, Among, Changes, Store

PAGE = 500

LOOKED = "overdue"
"""The cursor that holds what was late when this was last looked at, for metrics."""


def look_at_limits(
    store: Store, sources: Sequence[str], clock: Clock, limits: Limits, leave: Leave = always, sink: Sink = unheard
) -> PassReport:
    """Tell everything that is late, one error for each code, and write down how much that is."""
    report, now = PassReport("overdue"), clock()
    findings, late = Findings(sink), Counter[tuple[Limit, Lateness]]()
    for admission, wait in late_ones(store, sources, now, limits, leave):
        findings.add(finding_of(admission, wait))
        late[wait.limit, wait.late] += 1
    if leave():  # or else it was not all looked at
        store.commit(Changes(cursors={LOOKED: _written(now, late)}))
    report.counts += {f"{limit}_{lateness}": count for (limit, lateness), count in late.items()}
    report.errors += findings.errors()
    return report


def late_ones(
    store: Store, sources: Sequence[str], now: datetime, limits: Limits, leave: Leave, only: str | None = None
) -> Iterator[tuple[Admission, Wait]]:
    """Yield every notice (``only`` of one source) with what it is late with; one that is late in two ways comes twice.

    ``sources`` are those that results are written back to.
    """
    for limit, state, among in _open(sources, now, limits, only):
        after: str | None = None
        while leave() and (page := store.find(state=state, limit=PAGE, after=after, among=among)):
            for admission in page:
                for wait in waits(admission.entry, admission.kind, now, limits):
                    if wait.limit is limit:
                        yield admission, wait
            after = page[-1].entry.reference


def finding_of(admission: Admission, wait: Wait) -> Finding:
    entry = admission.entry
    return Finding(
        code=wait.code,
        source=entry.source,
        row_key=entry.row_key,
        reference=entry.reference,
        since=wait.since,
        detail=f"{entry.state}{', held' if entry.held else ''}; limit {timestamp(wait.until)[:16]}Z",
    )


def _open(
    sources: Sequence[str], now: datetime, limits: Limits, only: str | None
) -> Iterator[tuple[Limit, DeliveryState | None, Among]]:
    """Where what may be late stands: states, and a bound on how long it has been there."""
    for state in OPEN[Limit.DELIVER]:
        yield Limit.DELIVER, state, Among(source=only, admitted_before=now - limits.warns_after(Limit.DELIVER))
    # Doubt begins with its state or, where a lease was still open, later.
    for limit in (Limit.DOUBT, Limit.DECIDE, Limit.SWITCH):
        for state in OPEN[limit]:
            yield limit, state, Among(source=only, before=now - limits.warns_after(limit))
    for source in sources:
        unwritten = Among(source=source, unwritten=True, before=now - limits.warns_after(Limit.WRITE))
        yield Limit.WRITE, None, unwritten


def _written(now: datetime, late: Mapping[tuple[Limit, Lateness], int]) -> str:
    counts = {limit.value: {lateness.value: late.get((limit, lateness), 0) for lateness in Lateness} for limit in Limit}
    return json.dumps({"at": timestamp(now), "late": counts})
