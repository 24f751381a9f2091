"""Effective configuration as evidence: trust, seals, and the sources and destinations of notices.

A configuration has named parts, each recorded by its digest alone. The payload of a record is that table of digests, so
the payload's digest is the configuration's.
A service or pass that begins with another configuration than the last recorded one adds a record:
`EvidenceKind.CONFIGURATION_CHANGED`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gateway.notice.delivery_state import FINAL, DeliveryState
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, Header, evidence_record
from gateway.runtime.clock import timestamp
from gateway.store.ports.row_store import RowStore
from gateway.store.store import Store
from gateway.store.stored import Changes, EvidenceRow, Payload

CHANGED: Final = "changed"
"""Key in a record's context: the names of the changed parts, separated by commas."""

_CURSOR: Final = "configuration"

BEFORE: Final = "before"
"""Key in a record's context: the digest of the previous configuration, or ``none``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Configuration as digests (``sha256:…``) by the parts' names."""

    parts: Mapping[str, str]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Configuration:
        """Build a configuration of parts with these JSON values; None means an unreadable part."""
        return cls(parts={name: sha256(_json(value)) for name, value in values.items()})

    @property
    def octets(self) -> bytes:
        """Return the payload of its record."""
        return _json({"parts": dict(self.parts), "v": 1})

    @property
    def digest(self) -> str:
        return sha256(self.octets)

    def other_than(self, before: Mapping[str, str]) -> list[str]:
        """Return the names of parts that differ from ``before``, or exist in only one of the two."""
        names = self.parts.keys() | before.keys()
        return sorted(name for name in names if self.parts.get(name) != before.get(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRecorded:
    """Configuration that was recorded last: its record's ``id``, and the number recorded ``before`` it."""

    id: str
    before: int
    configuration: Configuration

    @property
    def told(self) -> str:
        return _json({"before": self.before, "id": self.id, "parts": dict(self.configuration.parts)}).decode()


def last(store: RowStore) -> LastRecorded | None:
    """Return the last recorded configuration, or None; this needs no archive."""
    kept = store.cursor(_CURSOR)
    if kept is None:
        return None
    told = json.loads(kept)
    return LastRecorded(id=told["id"], before=told["before"], configuration=Configuration(parts=told["parts"]))


def record(store: Store, configuration: Configuration, now: datetime, origin: str, version: str) -> None:
    """Record a configuration that comes into force, unless it is the last recorded one.

    Processes that begin at once with the same configuration derive the same id, and so write one record. ``version`` is
    the program's, which has defaults of its own.
    """
    present, digest = last(store.rows), configuration.digest
    if present is not None and present.configuration.digest == digest:
        return
    number = 0 if present is None else present.before + 1
    id = f"configuration:{store.recovery.epoch}:{number}:{digest}"
    made = evidence_record(
        id=id,
        kind=EvidenceKind.CONFIGURATION_CHANGED,
        notice=None,
        origin=origin,
        destination=origin,
        event_time=now,
        recorded_at=now,
        payload_digest=digest,
        context={
            BEFORE: "none" if present is None else present.configuration.digest,
            CHANGED: ", ".join(configuration.other_than({} if present is None else present.configuration.parts)),
            "version": version,
        },
    )
    kept = LastRecorded(id=id, before=number, configuration=configuration)
    payload = Payload(digest=digest, octets=configuration.octets)
    store.commit(Changes(evidence=[made], payloads=[payload], cursors={_CURSOR: kept.told}))


def within(records: Sequence[EvidenceRow], own: Sequence[Header], state: DeliveryState) -> list[EvidenceRow]:
    """Return the records of configurations during a notice's life.

    These are the first one in force, and each change until its end. ``records`` are all, oldest first; ``own`` are the
    headers about the notice, which is in ``state``.
    """
    if not own:
        return []
    begun = min(header.recorded_at for header in own)
    ended = max(header.recorded_at for header in own) if state in FINAL else None
    at = {row.id: Header.of(row.header).recorded_at for row in records}
    before = [row for row in records if at[row.id] <= begun]
    return before[-1:] + [row for row in records if at[row.id] > begun and (ended is None or at[row.id] <= ended)]


def in_force_at(records: Sequence[EvidenceRow], moment: datetime) -> EvidenceRow | None:
    """Return the record of the configuration in force at a time. ``records`` are all, oldest first."""
    before = [row for row in records if Header.of(row.header).recorded_at <= timestamp(moment)]
    return before[-1] if before else None


def parts_of(octets: bytes) -> Mapping[str, str]:
    """Return the digests by the parts' names in the payload of a record."""
    parts: Mapping[str, str] = json.loads(octets)["parts"]
    return parts


def told_of(header: Header) -> str:
    """Return the timeline's text for a recorded configuration: its digest, and the changed parts after the first."""
    context = header.context
    return header.payload_digest if context[BEFORE] == "none" else f"{header.payload_digest}: {context[CHANGED]}"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
