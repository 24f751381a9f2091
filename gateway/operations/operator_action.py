"""Operator actions as evidence: the person, the act, its time and its reason."""

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
"""Authentication by the process's own statement of its account; the gateway required no proof."""

BY_CONSOLE = "by a session of the console"
"""Authentication by password and second factor at the console; the account is the person's login."""

_SIGNED_IN_AT = ", signed in at "

BY_KERNEL = "by the kernel, at the socket of the service"
"""Authentication by the kernel: the account of the calling process (SO_PEERCRED, unix(7)), which nobody can choose."""

BY_INVITATION = "by the one-time code of an invitation, at the console"
"""Authentication by a code that was given to the person once; the account is the person's login."""


def by_console(issuer: str | None) -> str:
    """Return the authentication by a session that began at an OpenID provider; without one, by a local account."""
    return BY_CONSOLE if issuer is None else f"{BY_CONSOLE}{_SIGNED_IN_AT}{issuer}"


def is_by_console(authentication: str) -> bool:
    return authentication == BY_CONSOLE or authentication.startswith(f"{BY_CONSOLE}{_SIGNED_IN_AT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAction:
    """Action of an operator: ``name`` is the verb; ``account`` the account of the operating system.

    ``reason`` has the person's own words; ``authentication`` is the source of the account.
    """

    name: str
    account: str
    reason: str
    at: datetime
    authentication: str = NOT_AUTHENTICATED

    def record(
        self, subject: str, *, origin: str, outcome: str, notice: str | None = None, id: str | None = None, **about: str
    ) -> tuple[EvidenceRecord, Payload]:
        """Return the act's record and payload.

        ``id`` names the record; without it, it is derived from act, subject and time.
        Account and reason are in the payload alone: a header never holds a person's data.
        """
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
            id=id or f"act:{self.name}:{subject}:{timestamp(self.at)}",
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
