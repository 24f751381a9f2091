"""Comparison of notices in the store with their rows and with the judiciary's standings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import CaseSource, Shown
from gateway.operations.recovery import first_numbers
from gateway.reconciliation.finding import Discrepancy, Findings
from gateway.reconciliation.inquiry import Inquiry
from gateway.reconciliation.standing import Ask, disagreement, is_asked_about
from gateway.record.derived import ReadReceipt, unproven
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.store.store import Store
from gateway.writeback.row_status import result_of

PAGE = 500


@dataclass(slots=True)
class NoticeComparison:
    """Comparison of notices by the time of their admission.

    A change within ``grace`` before ``now`` is not settled yet. A notice with news within ``confirmed_within`` is not
    inquired about, unless all are.
    """

    store: Store
    sources: Mapping[str, CaseSource]
    inquiry: Inquiry
    findings: Findings
    now: datetime
    grace: timedelta
    confirmed_within: timedelta
    ask: Ask
    may_continue: MayContinue
    read: ReadReceipt | None = None
    """Reader of receipts, for the comparison of the store with their content."""
    own: frozenset[str] = frozenset()
    """Sources with columns of their own, which are not compared."""
    compared: int = 0
    errors: dict[str, GatewayError] = field(default_factory=dict)
    """Sources that did not answer, with the error."""
    unread: set[str] = field(default_factory=set)
    """Sources whose rows cannot be read back."""

    def compare(self, since: datetime | None, until: datetime, source: str | None) -> None:
        """Compare notices admitted in a range, of one source or of all."""
        after: tuple[datetime, str] | None = None
        while self.may_continue():
            page = self.store.notices.admitted(since=since, until=until, limit=PAGE, after=after, source=source)
            if not page:
                return
            entries = [admission.entry for admission in page]
            self.compared += len(entries)
            changed = self._compare_evidence(entries)
            resting = [entry for entry in entries if entry.state_since <= self.now - self.grace]
            for name in dict.fromkeys(entry.source for entry in resting):
                self._compare_rows(name, [entry for entry in resting if entry.source == name], changed)
            self._compare_standings(resting)
            after = (entries[-1].admitted_at, entries[-1].reference)

    def _compare_evidence(self, entries: Sequence[OutboxEntry]) -> frozenset[str]:
        """Return the references of notices whose values do not follow from their receipts."""
        wrong = unproven(self.store.evidence, entries, self.read)
        for reference, reasons in wrong.items():
            [entry] = [entry for entry in entries if entry.reference == reference]
            self.findings.add(
                Discrepancy(
                    code="reconcile.value-unproven",
                    source=entry.source,
                    row_key=entry.row_key,
                    reference=reference,
                    detail="; ".join(reasons),
                )
            )
        return frozenset(wrong)

    def _compare_rows(self, name: str, entries: Sequence[OutboxEntry], changed: frozenset[str]) -> None:
        source = self.sources.get(name)
        if source is None or name in self.errors:
            return
        try:
            shown = source.shown([entry.row_key for entry in entries])
        except GatewayError as error:
            if error.scope is not ErrorScope.SOURCE:
                raise
            self.errors[name] = error
            return
        if any(row is None for row in shown.values()):
            self.unread.add(name)
        firsts = first_numbers(self.store.recovery.all())
        own = name in self.own
        wrong = {
            entry.reference: code for entry in entries if (code := _row_code(entry, shown, firsts, own=own)) is not None
        }
        present = self.store.notices.entries(list(wrong))
        latest = self.store.notices.known_rows(name, [entry.row_key for entry in entries if entry.reference in wrong])
        unwritten = self.store.outbox.unwritten_since(list(wrong))
        for entry in entries:
            # A notice that moved on meanwhile was not settled.
            if entry.reference not in wrong or present.get(entry.reference) != entry:
                continue
            code, since = wrong[entry.reference], unwritten.get(entry.reference, entry.state_since)
            if since > self.now - self.grace:
                continue
            if code == "reconcile.result-unwritten" and entry.reference in changed:
                continue  # it is not written because it was changed; that finding says what to do
            # A row that stands for a later notice shows that one.
            if code == "reconcile.row-gone" or latest[entry.row_key][-1].reference == entry.reference:
                self.findings.add(_of_row(code, entry, since, shown.get(entry.row_key), own=own))

    def _compare_standings(self, entries: Sequence[OutboxEntry]) -> None:
        asked = [entry for entry in entries if is_asked_about(entry, self.ask)]
        if asked and self.ask is not Ask.ALL:
            heard = self.store.evidence.heard([entry.reference for entry in asked], self.now - self.confirmed_within)
            asked = [entry for entry in asked if entry.reference not in heard]
        standings = self.inquiry.standings([entry.reference for entry in asked])
        wrong = {
            entry.reference: finding
            for entry in asked
            if entry.reference in standings and (finding := disagreement(entry, standings[entry.reference]))
        }
        present = self.store.notices.entries(list(wrong))
        for entry in asked:
            # A receipt or another inquiry may have come meanwhile.
            if entry.reference in wrong and present.get(entry.reference) == entry:
                self.findings.add(wrong[entry.reference])


def _row_code(
    entry: OutboxEntry, shown: Mapping[str, Shown | None], firsts: frozenset[int], *, own: bool
) -> str | None:
    """Return the code of a row that disagrees with its notice; ``firsts`` as `first_numbers`.

    With ``own`` columns, their values are not compared.
    """
    if entry.row_key not in shown:
        return "reconcile.row-gone"
    row = shown[entry.row_key]
    if entry.written_seq < entry.seq:
        # A transient state is not written back.
        return None if entry.state is DeliveryState.SENDING else "reconcile.result-unwritten"
    if row is None:
        return None
    same = row.seq is not None and row.seq - entry.seq in firsts
    same = same and (row.reference, row.state) == (entry.reference, entry.state.value)
    same = same and (own or not _differing(entry, row))
    return None if same else "reconcile.result-differs"


def _differing(entry: OutboxEntry, row: Shown) -> list[str]:
    """Return the fields of `COMPARED` in which a row differs from its notice's current state."""
    result = result_of(entry, 0)
    return [name for name in row.values if not _is_same(getattr(result, name), row.values[name])]


def _is_same(ours: object, shown: object) -> bool:
    """Compare values as databases keep them.

    Times may be texts or columns of times, possibly to the second and without a zone (then UTC). Texts may be padded
    with blanks.
    """
    if isinstance(shown, str):
        shown = shown.strip() or None
    if ours is None or shown is None:
        return ours is shown
    if not isinstance(ours, datetime):
        return str(ours) == str(shown)
    try:
        moment = shown if isinstance(shown, datetime) else datetime.fromisoformat(str(shown))
    except ValueError:
        return False
    return abs(ours - (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)) < timedelta(seconds=1)


def _of_row(code: str, entry: OutboxEntry, since: datetime, row: Shown | None, *, own: bool) -> Discrepancy:
    detail = entry.state.value
    if code == "reconcile.result-differs" and row is not None:
        what = row.state if row.reference == entry.reference else "another notice" if row.reference else "nothing"
        detail = f"{entry.state} here; the row shows {what or 'nothing'}"
        if not own and row.reference == entry.reference and (fields := _differing(entry, row)):
            detail += f", and another {', '.join(fields)}"
    return Discrepancy(
        code=code,
        source=entry.source,
        row_key=entry.row_key,
        reference=entry.reference,
        since=since,
        detail=detail,
    )
