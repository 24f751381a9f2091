"""Status of a row: the current state of its notice, or its refusal, and its own values by the source's mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import Refusal, Result, RowDeadline
from gateway.store.ports.notice_store import NoticeStore

if TYPE_CHECKING:
    # A comparison without a mapper needs no compiler of mappings.
    from gateway.mapping.result_mapper import ResultMapper


def result_of(entry: OutboxEntry, first: int) -> Result:
    """Return the result of a notice for its row; steps are counted from ``first`` on."""
    served = entry.service
    return Result(
        row_key=entry.row_key,
        reference=entry.reference,
        replaces=entry.replaces,
        state=entry.state.value,
        seq=first + entry.seq,
        tracking_number=entry.tracking_number,
        delivered_at=entry.delivered_at,
        viewed_at=entry.viewed_at,
        service_date=served.date if served else None,
        effect=served.effect.value if served else None,
        code=entry.code,
        reason=entry.reason,
        legal_service_at=entry.legal_service_at,
    )


Deadlines = Callable[[Sequence[OutboxEntry]], Mapping[str, RowDeadline]]
"""Function that returns the deadline of each served notice, by reference. Raises `GatewayError` ``legal.*``."""


def no_deadlines(_entries: Sequence[OutboxEntry]) -> Mapping[str, RowDeadline]:
    """Return none, where nobody looks at the law."""
    return {}


def deadlines_of(
    entries: Sequence[OutboxEntry], mapper: ResultMapper, deadlines: Deadlines
) -> Mapping[str, RowDeadline]:
    """Return the deadlines of notices if the source's mapping asks for them. Raises as ``deadlines``."""
    return deadlines(entries) if mapper.reads_deadline else {}


def own_result(entry: OutboxEntry, first: int, mapper: ResultMapper, deadline: RowDeadline | None = None) -> Result:
    """Return the result with its own values by the source's mapping.

    Raises `gateway.mapping.model.refusal.Unmapped`.
    """
    result = replace(result_of(entry, first), deadline=deadline)
    return replace(result, own=mapper.result(result, entry.state_since))


def own_refusals(
    notices: NoticeStore,
    source: str,
    page: Sequence[Refusal],
    first: int,
    mapper: ResultMapper,
    deadlines: Deadlines = no_deadlines,
) -> Callable[[Refusal], Refusal]:
    """Return a function that adds own values to the refusals of a page; it raises as `own_result`."""
    standing = notices_of(notices, source, [refusal.row_key for refusal in page])
    due = deadlines_of(list(standing.values()), mapper, deadlines)

    def own(refusal: Refusal) -> Refusal:
        entry = standing.get(refusal.row_key)
        if entry is None:
            return replace(refusal, own=mapper.refusal(refusal))
        result = replace(result_of(entry, first), deadline=due.get(entry.reference))
        return replace(refusal, own=mapper.refusal(refusal, result, entry.state_since))

    return own


def notices_of(notices: NoticeStore, source: str, row_keys: Sequence[str]) -> dict[str, OutboxEntry]:
    """Return the notices of rows, by row key: the last one of each, as the row shows it."""
    last = [of_row[-1].reference for of_row in notices.known_rows(source, row_keys).values()]
    return {
        # Sending is transient, and never shown.
        entry.row_key: replace(entry, state=DeliveryState.QUEUED) if entry.state is DeliveryState.SENDING else entry
        for entry in notices.entries(last).values()
    }
