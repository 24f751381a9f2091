"""Claims of a mapped receipt, by the names of our own receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.judiciary.capabilities import SealPlace
from gateway.mapping.kinds.outcomes import trimmed
from gateway.mapping.program.program import Program
from gateway.receipts.status_receipt import derived_id
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptClaims:
    """Reader of receipts by a mapping.

    A judiciary that never received a ``seal`` cannot name its digest; then that claim is left out. ``in_xml``: the
    receipt is an XML document or element.
    """

    program: Program
    seal: SealPlace = SealPlace.INSIDE
    in_xml: bool = True

    def of(self, tree: Any) -> Mapping[str, str]:
        """Return the claims of a receipt's tree.

        Raises `GatewayError` ``mapped.*``.
        """
        made = self.program.run(tree)
        if made.problems:
            first = made.problems[0]
            raise GatewayError(first.code, where=first.field, detail=self.program.label)
        found = trimmed(made.values) if self.in_xml else made.values
        # Without these, a receipt could be about either of two notices under one reference.
        needed = ["tracking_number"] if self.seal is SealPlace.NONE else ["tracking_number", "seal_digest"]
        for name in needed:
            if not found.get(name):
                code = "mapped.seal-missing" if name == "seal_digest" else "mapped.field-missing"
                raise GatewayError(code, where=name, detail=self.program.label)
        reference, event, time = found["reference"], found["event"], found["event_time"]
        claims = {
            "ReceiptId": found.get("receipt_id") or derived_id(reference, event, time),
            "Reference": reference,
            "TrackingNumber": found["tracking_number"],
            "Event": event,
            "EventTime": timestamp(time),
        }
        return claims | ({"SealDigest": found["seal_digest"]} if found.get("seal_digest") else {})
