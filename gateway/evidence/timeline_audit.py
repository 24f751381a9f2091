"""Comparison of a timeline in an evidence file with the records that it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.notice.delivery_state import BY_RECEIPT, DeliveryEvent
from gateway.notice.legal_effect import ServiceDate, service
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import parse_timestamp


def disagreements(told: Mapping[str, Any], headers: Mapping[str, Header]) -> list[str]:
    """Return contradictions between a notice's timeline and the records that it names; empty if it agrees.

    ``told`` is `Timeline.told`, read back; ``headers`` are the records by their ids. Raises `KeyError`, `TypeError`,
    `ValueError` or `AttributeError` for another form.
    """
    found = []
    times: dict[str, datetime] = {}
    for each in told["elements"]:
        event, record = each["event"], each["record"]
        header = None if record is None else headers.get(record)
        if record is None:
            if event in BY_RECEIPT:
                found.append(f"{event}: no record is named that proves it")
            continue
        if header is None:
            found.append(f"{event}: no record {record} is here")
        elif header.notice not in (None, told["reference"]):
            found.append(f"{event}: {record} is about another notice")
        elif (each["occurred_at"], each["learned_at"]) != (header.event_time, header.recorded_at):
            found.append(f"{event}: other times than those of {record}")
        elif event in BY_RECEIPT and (header.kind, header.context.get("event")) != (EvidenceKind.RECEIPT, event):
            found.append(f"{event}: {record} is no receipt of that")
        elif event in BY_RECEIPT:
            times[event] = parse_timestamp(header.event_time)
    served = service(
        times.get(DeliveryEvent.CONTENT_CONSIGNMENT),
        times.get(DeliveryEvent.CONTENT_HANDOVER),
        times.get(DeliveryEvent.LEGAL_SERVICE),
    )
    if told["service"] != told_service(served):
        found.append("the date or the character of service does not follow from the receipts")
    return found


def receipts_of(told: Mapping[str, Any]) -> dict[str, str]:
    """Return the record that a notice's timeline names for each event that only a receipt proves.

    Raises as `disagreements` does.
    """
    return {
        each["event"]: str(each["record"])
        for each in told["elements"]
        if each["event"] in BY_RECEIPT and each["record"] is not None
    }


def told_service(served: ServiceDate | None) -> dict[str, str] | None:
    """Return a service date as JSON values of a timeline."""
    return None if served is None else {"date": served.date, "effect": served.effect.value, "rule": served.rule}
