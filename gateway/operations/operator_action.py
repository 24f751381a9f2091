"""What a person did through the gateway, as evidence: who, what, when and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import timestamp
from gateway.store.stored import Payload

NOT_AUTHENTICATED = "not authenticated by the gateway"
"""The account is what the process said that acted; the gateway asked for no proof."""

BY_KERNEL = "by the kernel, at the socket of the service"
"""The account is the one of the process that called the service (SO_PEERCRED, unix(7)): nobody chooses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAction:
    """``name`` is the verb; ``account`` the account of the operating system; ``reason`` the person's own words;
    ``authentication`` says how the account is known."""

    name: str
    account: str
    reason: str
    at: datetime
    authentication: str = NOT_AUTHENTICATED

    def record(
        self, subject: str, *, origin: str, outcome: str, notice: str | None = None, **about: str
    ) -> tuple[EvidenceRecord, Payload]:
        """Return the act's record and payload. Account and reason stand in the payload alone: a header never holds a
        person's data."""
        octets = _json(
            {
                "act": self.name,
                "subject": subject,
                "account": self.account,
                "authentication": self.authentication,
                "reason": self.reason,
                "at": timestamp(self.at),
                "outcome": outcome,
                **about,
            }
        )
        payload = Payload(digest=sha256(octets), octets=octets)
        record = evidence_record(
            id=f"act:{self.name}:{subject}:{timestamp(self.at)}",
            kind=EvidenceKind.PERSON_ACT,
            notice=notice,
            origin=origin,
            destination=origin,
            event_time=self.at,
            recorded_at=self.at,
            payload_digest=payload.digest,
            context={"act": self.name, "outcome": outcome, "authentication": self.authentication},
        )
        return record, payload


def _json(value: Mapping[str, str]) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"
