"""Write back: each notice's present, and each refusal, into the row that it came from. Idempotent; at least once."""

from __future__ import annotations

from gateway.errors import GatewayError
from gateway.leave import Leave, always
from gateway.legal import service
from gateway.outbox import OutboxEntry
from gateway.report import PassReport
from gateway.source import CaseSource, Result
from gateway.store import Store

BATCH = 500


def write_back(store: Store, source: CaseSource, leave: Leave = always) -> PassReport:
    """Bring the case database up to date with the store."""
    report = PassReport("writeback")
    while leave() and (entries := store.unwritten(source.name, BATCH)):
        absent = source.write_results([_result(entry) for entry in entries])
        report.errors += [GatewayError("source.row-missing", where=f"{source.name} row {key}") for key in absent]
        store.mark_written(entries)
        report.counts["written"] += len(entries)
    while leave() and (refusals := store.unwritten_refusals(source.name, BATCH)):
        source.write_refusals(refusals)
        store.mark_refusals_written(refusals)
        report.counts["refusals_written"] += len(refusals)
    return report


def _result(entry: OutboxEntry) -> Result:
    served = service(entry.delivered_at, entry.viewed_at)
    return Result(
        row_key=entry.row_key,
        reference=entry.reference,
        replaces=entry.replaces,
        state=entry.state.value,
        seq=entry.seq,
        tracking_number=entry.tracking_number,
        delivered_at=entry.delivered_at,
        viewed_at=entry.viewed_at,
        service_date=served.date if served else None,
        effect=served.effect.value if served else None,
        code=entry.code,
        reason=entry.reason,
    )
