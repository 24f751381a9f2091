"""Store against the two others: what a notice's row shows of it, and where the judiciary says that it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.delivery import DeliveryState
from gateway.errors import GatewayError
from gateway.leave import Leave
from gateway.outbox import OutboxEntry
from gateway.reconciliation.finding import Finding, Findings
from gateway.reconciliation.inquiry import Inquiry
from gateway.reconciliation.standing import Ask, disagreement, is_asked_about
from gateway.recovery import first_numbers
from gateway.source import CaseSource, Shown
from gateway.store import Store

PAGE = 500


@dataclass(slots=True)
class NoticeComparison:
    """Compares notices by the time of their admission. What moved within ``grace`` before ``now`` is under way; of what
    something was heard within ``confirmed_within``, the judiciary is not asked unless it is asked about all."""

    store: Store
    sources: Mapping[str, CaseSource]
    inquiry: Inquiry
    findings: Findings
    now: datetime
    grace: timedelta
    confirmed_within: timedelta
    ask: Ask
    leave: Leave
    compared: int = 0
    errors: dict[str, GatewayError] = field(default_factory=dict)
    """Sources that did not answer, and why."""
    unread: set[str] = field(default_factory=set)
    """Sources whose rows cannot be asked what they show."""

    def compare(self, since: datetime | None, until: datetime, source: str | None) -> None:
        """Compare those admitted in a range, of one source or of all."""
        after: tuple[datetime, str] | None = None
        while self.leave():
            page = self.store.admitted(since=since, until=until, limit=PAGE, after=after, source=source)
            if not page:
                return
            entries = [admission.entry for admission in page]
            self.compared += len(entries)
            resting = [entry for entry in entries if entry.state_since <= self.now - self.grace]
            for name in dict.fromkeys(entry.source for entry in resting):
                self._compare_rows(name, [entry for entry in resting if entry.source == name])
            self._compare_standings(resting)
            after = (entries[-1].admitted_at, entries[-1].reference)

    def _compare_rows(self, name: str, entries: Sequence[OutboxEntry]) -> None:
        source = self.sources.get(name)
        if source is None or name in self.errors:
            return
        try:
            shown = source.shown([entry.row_key for entry in entries])
        except GatewayError as error:
            if not error.code.startswith("source."):
                raise
            self.errors[name] = error
            return
        if any(row is None for row in shown.values()):
            self.unread.add(name)
        firsts = first_numbers(self.store.recoveries())
        wrong = {entry.reference: code for entry in entries if (code := _row_code(entry, shown, firsts)) is not None}
        present = self.store.entries(list(wrong))
        latest = self.store.known_rows(name, [entry.row_key for entry in entries if entry.reference in wrong])
        unwritten = self.store.unwritten_since(list(wrong))
        for entry in entries:
            # What moved on meanwhile was under way.
            if entry.reference not in wrong or present.get(entry.reference) != entry:
                continue
            code, since = wrong[entry.reference], unwritten.get(entry.reference, entry.state_since)
            if since > self.now - self.grace:
                continue
            # A row that stands for a later notice shows that one.
            if code == "reconcile.row-gone" or latest[entry.row_key][-1].reference == entry.reference:
                self.findings.add(_of_row(code, entry, since, shown.get(entry.row_key)))

    def _compare_standings(self, entries: Sequence[OutboxEntry]) -> None:
        asked = [entry for entry in entries if is_asked_about(entry, self.ask)]
        if asked and self.ask is not Ask.ALL:
            heard = self.store.heard([entry.reference for entry in asked], self.now - self.confirmed_within)
            asked = [entry for entry in asked if entry.reference not in heard]
        standings = self.inquiry.standings([entry.reference for entry in asked])
        wrong = {
            entry.reference: finding
            for entry in asked
            if entry.reference in standings and (finding := disagreement(entry, standings[entry.reference]))
        }
        present = self.store.entries(list(wrong))
        for entry in asked:
            # A receipt or another inquiry may have come meanwhile.
            if entry.reference in wrong and present.get(entry.reference) == entry:
                self.findings.add(wrong[entry.reference])


def _row_code(entry: OutboxEntry, shown: Mapping[str, Shown | None], firsts: frozenset[int]) -> str | None:
    """Return what is wrong with what a row shows of its notice; ``firsts`` as `first_numbers`."""
    if entry.row_key not in shown:
        return "reconcile.row-gone"
    row = shown[entry.row_key]
    if entry.written_seq < entry.seq:
        # What is passing is not written back.
        return None if entry.state is DeliveryState.SENDING else "reconcile.result-unwritten"
    if row is None:
        return None
    same = row.seq is not None and row.seq - entry.seq in firsts
    same = same and (row.reference, row.state) == (entry.reference, entry.state.value)
    return None if same else "reconcile.result-differs"


def _of_row(code: str, entry: OutboxEntry, since: datetime, row: Shown | None) -> Finding:
    detail = entry.state.value
    if code == "reconcile.result-differs" and row is not None:
        what = row.state if row.reference == entry.reference else "another notice" if row.reference else "nothing"
        detail = f"{entry.state} here; the row shows {what or 'nothing'}"
    return Finding(
        code=code,
        source=entry.source,
        row_key=entry.row_key,
        reference=entry.reference,
        since=since,
        detail=detail,
    )
