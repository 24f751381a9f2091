"""Operator actions as evidence: the person, the act, its time and its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
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


def is_login(authentication: str | None) -> bool:
    """Return True if an act's account is a login of the console; every other one is of the operating system."""
    return authentication is not None and (is_by_console(authentication) or authentication == BY_INVITATION)


def is_by_console(authentication: str) -> bool:
    """Return True for a session of the console, wherever the person signed in."""
    return authentication == BY_CONSOLE or authentication.startswith(f"{BY_CONSOLE}{_SIGNED_IN_AT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Confirmation of one act whose record was shown first.

    ``id`` is made for one preview: whatever is confirmed by it is recorded once. ``shown`` is the digest of the record
    that was shown (`digest_apart_from_time`).
    """

    id: str
    shown: str

    def id_of(self, name: str) -> str:
        """Return the id of the record of the act with this name."""
        return f"act:{name}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAction:
    """Action of an operator: ``name`` is the verb; ``account`` the account of the operating system.

    ``reason`` has the person's own words; ``authentication`` is the source of the account. An act with a
    ``confirmation`` has one record.
    """

    name: str
    account: str
    reason: str
    at: datetime
    authentication: str = NOT_AUTHENTICATED
    confirmation: Confirmation | None = None

    def record(
        self, subject: str, *, origin: str, outcome: str, notice: str | None = None, id: str | None = None, **about: str
    ) -> tuple[EvidenceRecord, Payload]:
        """Return the act's record and payload.

        ``id`` names the record; without it, it is derived from the confirmation, else from act, subject and time.
        Account and reason are in the payload alone: a header never holds a person's data.

        Raises `GatewayError` ``act.changed`` if the person confirmed another record, its time apart.
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
        if self.confirmation is not None and self.confirmation.shown != digest_apart_from_time(octets):
            raise GatewayError("act.changed", where=subject)
        payload = Payload(digest=sha256(octets), octets=octets)
        record = evidence_record(
            id=id or self.confirmed_id or f"act:{self.name}:{subject}:{timestamp(self.at)}",
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

    @property
    def confirmed_id(self) -> str | None:
        """Id of the record of a confirmed act; None without a confirmation."""
        return self.confirmation.id_of(self.name) if self.confirmation else None


def digest_apart_from_time(octets: bytes) -> str:
    """Return the digest of an act's payload without its time, which a preview cannot know.

    The time may stand in several fields: what comes into force now, does so at the time of the act.
    """
    content = json.loads(octets)
    return sha256(_json({name: value for name, value in content.items() if value != content["at"]}))


def _json(value: Mapping[str, str]) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"
