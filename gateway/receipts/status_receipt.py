"""Receipt made of an answer that only states a status with a date.

Its octets are a canonical extract of the values that the mapping read: JSON by RFC 8785, so that the same values always
have the same octets. It proves nothing by itself. The answer that it was read from is recorded beside it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.trust.trust_policy import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReceipt:
    """Event of a notice as an answer states it; ``event_time`` is an ISO time in UTC."""

    receipt_id: str
    reference: str
    tracking_number: str
    event: str
    event_time: str

    @property
    def octets(self) -> bytes:
        # RFC 8785: sorted keys, no white space, UTF-8, and the escapes that `json` writes, too.
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def claims(self) -> dict[str, str]:
        """Return the values by the names of our own receipts."""
        return {
            "ReceiptId": self.receipt_id,
            "Reference": self.reference,
            "TrackingNumber": self.tracking_number,
            "Event": self.event,
            "EventTime": self.event_time,
        }

    @classmethod
    def of(cls, octets: bytes) -> StatusReceipt:
        """Parse an extract. Raises `Rejection` ``verify.shape`` for octets of any other form."""
        try:
            told = cls(**json.loads(octets))
            right = all(isinstance(value, str) for value in asdict(told).values()) and told.octets == octets
        except (ValueError, TypeError, RecursionError) as error:
            raise Rejection("verify.shape", detail="not the extract of a status") from error
        if not right:
            raise Rejection("verify.shape", detail="another form than an extract's")
        return told


def is_status(octets: bytes) -> bool:
    """Return True if a receipt's octets are an extract: neither XML nor a JWS begins with ``{``."""
    return octets.startswith(b"{")


def derived_id(reference: str, event: str, event_time: datetime | str) -> str:
    """Return the id of a receipt to which the judiciary gives none: the same event always has the same id."""
    at = parse_timestamp(event_time) if isinstance(event_time, str) else event_time
    return f"{reference}:{event}:{timestamp(at)}"
