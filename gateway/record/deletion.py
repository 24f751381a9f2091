"""A deletion as evidence: which payloads go, under which rule. It stands in a segment before the first of them is gone.

The payload of a `EvidenceKind.PAYLOAD_DELETED` is one object of JSON: ``rule`` (the class's name in the configuration),
``payload_days`` (the life that it gives), ``at``, and ``digests``. It is never deleted itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.notice.notice import DIGEST
from gateway.record.evidence_record import Header
from gateway.runtime.clock import parse_timestamp, timestamp

MARK = b'"kind":"PAYLOAD_DELETED"'
"""Stands in the header of such a record, whose form is fixed; to look for before anything is parsed."""


MAX_DIGESTS = 1000
"""Payloads that one record names."""


class NotADeletion(Exception):
    """The octets are not the payload of a deletion."""

    literal_name = "NotADeletion"


class Deletions(Protocol):
    """Knows what was deleted on record."""

    def reason(self, digest: str) -> str | None:
        """Under which rule, and when; None where nobody recorded it."""
        ...

    def damage(self, digest: str) -> str | None:
        """How a payload was found damaged, and when that was recorded; None where it was not."""
        ...

    def replaced(self, seal: Header) -> bool:
        """Return True if the record of another seal of this notice, of an earlier time, says that it replaced this one
        (the clock was ahead), and no message carried this one, and no receipt is about it."""
        ...


class NoDeletions:
    """Nothing was."""

    def reason(self, digest: str) -> str | None:  # noqa: ARG002 - a `Deletions`
        return None

    def damage(self, digest: str) -> str | None:  # noqa: ARG002 - a `Deletions`
        return None

    def replaced(self, seal: Header) -> bool:  # noqa: ARG002 - a `Deletions`
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """That one payload was deleted on record: under which rule, and when that was decided."""

    rule: str
    at: datetime

    @property
    def day(self) -> str:
        return timestamp(self.at)[:10]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """Payloads that go under one rule."""

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
        """Read such a payload. Raises `NotADeletion`."""
        try:
            told = json.loads(octets)
            found = cls(
                rule=told["rule"],
                payload_days=told["payload_days"],
                at=parse_timestamp(told["at"]),
                digests=tuple(told["digests"]),
            )
            if found.octets != octets or not all(DIGEST.fullmatch(digest) for digest in found.digests):
                raise NotADeletion("written in another form")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotADeletion("not the payload of a deletion") from error
        return found
