"""Certificate of service, version 1: who was served with which notice, when, and with which effect.

The payload of a `EvidenceKind.SERVICE_CERTIFICATE` is one object of JSON: keys sorted, no white space, ASCII. It has
neither name nor identifier. Its header follows from it and from a salt (`record_of`), so that the printed code needs
neither (`gateway.certificate.certificate_text`). The form is final: `schemas/certificate/README.md`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from gateway.certificate.recipient_check import RecipientCheck
from gateway.legal.rules import STARTS, Starts
from gateway.notice.legal_effect import Effect, ServiceDate
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp, timestamp

VERSION: Final = 1
NOT_SERVED: Final = "NONE"
"""Effect before service."""

MAX_OCTETS: Final = 2048
"""Most octets of a payload."""

_DIGEST: Final = "sha256:"
_DAY: Final = re.compile(r"1[34][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_TEXT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_PURPOSE: Final = re.compile(r"[^/@ ]+/[^/@ ]+/([^/@ ]+)@.*")
_REFERENCE: Final = re.compile(r"EB-[A-Z2-7]{32}")


class NotACertificate(Exception):
    """The text is no certificate of service, or does not verify; the text gives the reason in a few words."""

    literal_name = "NotACertificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Last day of the deadline that service began, by a confirmed rule, for a recipient in Iran.

    ``last_day`` is Jalali, 1404-11-25. ``rule`` and ``calendar`` name their versions. ``steps`` derive the day, one
    step a line; ``others`` name the other periods that service began, none of which ends earlier. The payload leaves
    both out, since they follow from the versions.
    """

    last_day: str
    rule: str
    calendar: str
    steps: Sequence[Words] = ()
    others: Sequence[Words] = ()

    @property
    def starts(self) -> Starts | None:
        """Return the purpose of the period, which the name of its rule has (`PeriodRule.id`); None if it has not."""
        named = _PURPOSE.fullmatch(self.rule)
        return None if named is None or named[1] not in STARTS else Starts(named[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCertificate:
    """Facts of one notice as of ``issued_at``; times are aware and UTC.

    ``seal`` is the digest of the sealed notice, ``service`` is None before service. ``deadline`` is None if no
    confirmed rule is known. ``recipient`` binds name, identifier and case number without telling them.
    """

    origin: str
    notice: str
    seal: str
    body: str
    kind: str
    issued_at: datetime
    delivered_at: datetime | None
    viewed_at: datetime | None
    legal_service_at: datetime | None
    service: ServiceDate | None
    recipient: RecipientCheck = field(repr=False)
    deadline: Deadline | None = None

    @property
    def id(self) -> str:
        """Return the id of its record."""
        return f"certificate:{self.notice}:{timestamp(self.issued_at)}"

    @property
    def octets(self) -> bytes:
        """Return the payload."""
        service, deadline = self.service, self.deadline
        told: dict[str, Any] = {
            "v": VERSION,
            "origin": self.origin,
            "notice": self.notice,
            "seal": _packed(bytes.fromhex(self.seal.removeprefix(_DIGEST))),
            "body": self.body,
            "kind": self.kind,
            "issued_at": timestamp(self.issued_at),
            "delivered_at": _time(self.delivered_at),
            "viewed_at": _time(self.viewed_at),
            "legal_service_at": _time(self.legal_service_at),
            "effect": service.effect.value if service else NOT_SERVED,
            "served_on": service.date if service else None,
            "rule": service.rule if service else None,
            "salt": _packed(self.recipient.salt),
            "recipient": _packed(self.recipient.value),
            "last_day": deadline.last_day if deadline else None,
            "deadline_rule": deadline.rule if deadline else None,
            "calendar": deadline.calendar if deadline else None,
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")

    @classmethod
    def of(cls, octets: bytes) -> ServiceCertificate:
        """Parse a payload; ``deadline`` has no steps. Raises `NotACertificate`."""
        if len(octets) > MAX_OCTETS:
            raise NotACertificate("too long for a certificate")
        try:
            found = cls._read(json.loads(octets))
            right = found.octets == octets and found._is_plausible()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
            raise NotACertificate("the fields have another form") from error
        if not right:
            raise NotACertificate("the fields have another form")
        return found

    @classmethod
    def _read(cls, told: dict[str, Any]) -> ServiceCertificate:
        service = deadline = None
        if told["effect"] != NOT_SERVED:
            service = ServiceDate(
                date=told["served_on"],
                effect=Effect(told["effect"]),
                rule=told["rule"],
                arrival_known=told["delivered_at"] is not None,
            )
        if told["last_day"] is not None:
            deadline = Deadline(last_day=told["last_day"], rule=told["deadline_rule"], calendar=told["calendar"])
        return cls(
            origin=told["origin"],
            notice=told["notice"],
            seal=f"{_DIGEST}{_unpacked(told['seal']).hex()}",
            body=told["body"],
            kind=told["kind"],
            issued_at=parse_timestamp(told["issued_at"]),
            delivered_at=_read_time(told["delivered_at"]),
            viewed_at=_read_time(told["viewed_at"]),
            legal_service_at=_read_time(told["legal_service_at"]),
            service=service,
            recipient=RecipientCheck(salt=_unpacked(told["salt"]), value=_unpacked(told["recipient"])),
            deadline=deadline,
        )

    def _is_plausible(self) -> bool:
        texts, days = [self.origin, self.body, self.kind], []
        if self.service is not None:
            texts.append(self.service.rule)
            days.append(self.service.date)
        if self.deadline is not None:
            texts += [self.deadline.rule, self.deadline.calendar]
            days.append(self.deadline.last_day)
        return (
            all(_TEXT.fullmatch(text) for text in texts)
            and all(_DAY.fullmatch(day) for day in days)
            and _REFERENCE.fullmatch(self.notice) is not None
            and len(self.seal) == len(_DIGEST) + 64
            and self.recipient.is_well_formed
        )


def record_of(certificate: ServiceCertificate, salt: bytes | None = None) -> EvidenceRecord:
    """Return the record of a certificate: with fresh salt, or with that of the record that it had."""
    return evidence_record(
        id=certificate.id,
        kind=EvidenceKind.SERVICE_CERTIFICATE,
        notice=certificate.notice,
        origin=certificate.origin,
        destination=certificate.origin,
        event_time=certificate.issued_at,
        recorded_at=certificate.issued_at,
        payload_digest=sha256(certificate.octets),
        salt=None if salt is None else salt.hex(),
    )


def salt_of(header: bytes) -> bytes:
    """Return the salt of a record's header."""
    return bytes.fromhex(json.loads(header)["salt"])


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else parse_timestamp(text)


def _packed(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
