"""Limits of what a row may show of a notice, by the judiciary's own ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateway.notice.source_row import Result

from ..judiciary.ledger import Ledger

_BY_RECEIPT: Final = {
    "DELIVERED": ("ContentConsignment", "LegalService"),
    "VIEWED": ("ContentHandover",),
    "UNDELIVERABLE": ("ContentConsignmentFailure",),
}
_BY_ANSWER: Final = {"REJECTED": "REJECTED", "NO_ACCOUNT": "NO_ACCOUNT"}


def shown_wrongly(result: Result, ledger: Ledger) -> str | None:
    """Return what is wrong with a result that was written into a row; None if all of it is proven."""
    issued = [each for each in ledger.issued if each.reference == result.reference]
    events = {each.event for each in issued}
    acted = ledger.acted.get(result.reference, [])
    if (wanted_events := _BY_RECEIPT.get(result.state)) and events.isdisjoint(wanted_events):
        return f"{result.state}, and receipts say {sorted(events) or 'nothing'}"
    wanted = _BY_ANSWER.get(result.state)
    if wanted is not None and wanted not in {each.status for each in acted}:
        return f"{result.state}, and the judiciary did not decide so"
    if result.tracking_number is not None and result.tracking_number not in {each.number for each in acted}:
        return f"the number {result.tracking_number}, which the judiciary gave to nobody"
    times = (
        ("ContentConsignment", result.delivered_at),
        ("ContentHandover", result.viewed_at),
        ("LegalService", result.legal_service_at),
    )
    for event, shown in times:
        if shown is not None and shown not in _times(issued, event):
            return f"{event} at {shown}, and no receipt says so"
    return None


def _times(issued: list, event: str) -> set[datetime]:  # type: ignore[type-arg]
    return {each.event_time for each in issued if each.event == event}
