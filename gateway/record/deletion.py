"""Deletion as evidence: the payloads to delete, and the rule. A segment holds the record before any payload is deleted.

The payload of a `EvidenceKind.PAYLOAD_DELETED` is one object of JSON: ``rule`` (the class's name in the configuration),
``payload_days`` (the life that it gives), ``at``, and ``digests``. It is never deleted itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from gateway.notice.notice import DIGEST
from gateway.record.evidence_record import Header
from gateway.runtime.clock import parse_timestamp, timestamp

MARK = b'"kind":"PAYLOAD_DELETED"'
"""Part of the header of such a record, whose form is fixed, for a search before parsing."""


MAX_DIGESTS = 1000
"""Maximum number of payloads in one record."""


ANYWHERE: Final = -1
"""Place in front of all records."""


class NotADeletion(Exception):
    """The octets are not the payload of a deletion."""

    literal_name = "NotADeletion"


class Deletions(Protocol):
    """Knowledge of recorded deletions and damage."""

    def reason(self, digest: str, place: int) -> str | None:
        """Return the rule and time of the first deletion behind a place of the tree; None if none is on record.

        ``place`` is that of the record that names the payload: a payload that comes again is not deleted by an earlier
        deletion. `ANYWHERE` for a part of a message, which may come again without a record of its own.
        """
        ...

    def damage(self, digest: str) -> str | None:
        """Return the damage of a payload and the time of its record; None if there is none."""
        ...

    def replaced(self, seal: Header) -> bool:
        """Return True if another seal of this notice replaced this one unused (the clock was ahead).

        The record of the other seal, of an earlier time, says so; no message carried this one, and no receipt is about
        it.
        """
        ...


class NoDeletions:
    """`Deletions` without any entry."""

    def reason(self, digest: str, place: int) -> str | None:  # noqa: ARG002 - a `Deletions`
        return None

    def damage(self, digest: str) -> str | None:  # noqa: ARG002 - a `Deletions`
        return None

    def replaced(self, seal: Header) -> bool:  # noqa: ARG002 - a `Deletions`
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """Deletion of one payload on record: its rule, and the time of the decision."""

    rule: str
    at: datetime

    @property
    def day(self) -> str:
        return timestamp(self.at)[:10]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """Payloads to delete under one rule."""

    rule: str
    payload_days: float
    at: datetime
    digests: Sequence[str]

    @property
    def reason(self) -> str:
        return f"deleted under rule {self.rule} on {timestamp(self.at)[:10]}"

    @property
    def octets(self) -> bytes:
        told = {
            "rule": self.rule,
            "payload_days": self.payload_days,
            "at": timestamp(self.at),
            "digests": list(self.digests),
        }
        return json.dumps(told, sort_keys=True, indent=0).encode() + b"\n"

    @classmethod
    def of(cls, octets: bytes) -> Deletion:
        """Parse the payload of a deletion. Raises `NotADeletion`."""
        try:
            told = json.loads(octets)
            found = cls(
                rule=told["rule"],
                payload_days=told["payload_days"],
                at=parse_timestamp(told["at"]),
                digests=tuple(told["digests"]),
            )
            found.rule.encode()  # a text, and not half of a pair
            if found.octets != octets or not all(DIGEST.fullmatch(digest) for digest in found.digests):
                raise NotADeletion("written in another form")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotADeletion("not the payload of a deletion") from error
        return found
