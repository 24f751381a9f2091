"""The effective configuration as evidence: who is believed, who seals, and where notices come from and go.

A configuration has named parts, each told by a digest alone. The payload of a record is that table of digests, so the
payload's digest is the configuration's. Whenever a service or a pass begins with another configuration than the last
recorded one, there is one record more: `EvidenceKind.CONFIGURATION_CHANGED`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gateway.notice.delivery import FINAL, DeliveryState
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, Header, evidence_record
from gateway.store.ports.row_store import RowStore
from gateway.store.store import Store
from gateway.store.stored import Changes, EvidenceRow, Payload

CHANGED: Final = "changed"
"""In a record's context: the names of the parts that are not as before, with commas between them."""

_CURSOR: Final = "configuration"

BEFORE: Final = "before"
"""In a record's context: the digest of the configuration before, or ``none``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """``parts`` are digests (``sha256:…``) by the parts' names."""

    parts: Mapping[str, str]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Configuration:
        """Return the configuration whose parts have these values, which JSON can say; None is a part that cannot be
        read."""
        return cls(parts={name: sha256(_json(value)) for name, value in values.items()})

    @property
    def octets(self) -> bytes:
        """The payload of its record."""
        return _json({"parts": dict(self.parts), "v": 1})

    @property
    def digest(self) -> str:
        return sha256(self.octets)

    def other_than(self, before: Mapping[str, str]) -> list[str]:
        """Return the names of the parts that ``before`` has otherwise, or that only one of the two has."""
        names = self.parts.keys() | before.keys()
        return sorted(name for name in names if self.parts.get(name) != before.get(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRecorded:
    """The configuration that was recorded last: its record's ``id``, and how many were recorded ``before`` it."""

    id: str
    before: int
    configuration: Configuration

    @property
    def told(self) -> str:
        return _json({"before": self.before, "id": self.id, "parts": dict(self.configuration.parts)}).decode()


def last(store: RowStore) -> LastRecorded | None:
    """Return what was recorded last, or None where nothing was; no archive is needed for it."""
    kept = store.cursor(_CURSOR)
    if kept is None:
        return None
    told = json.loads(kept)
    return LastRecorded(id=told["id"], before=told["before"], configuration=Configuration(parts=told["parts"]))


def record(store: Store, configuration: Configuration, now: datetime, origin: str, version: str) -> None:
    """Record a configuration that comes into force, unless it is the last recorded one.

    Processes that begin at the same time with the same configuration derive the same id, and so write one record.
    ``version`` is the program's, which has defaults of its own.
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
    """Return the records of configurations during a notice's life: of the one in force at its beginning, and of each
    change until its end. ``records`` are all, oldest first; ``own`` are the headers about the notice, which is in
    ``state``."""
    if not own:
        return []
    begun = min(header.recorded_at for header in own)
    ended = max(header.recorded_at for header in own) if state in FINAL else None
    at = {row.id: Header.of(row.header).recorded_at for row in records}
    before = [row for row in records if at[row.id] <= begun]
    return before[-1:] + [row for row in records if at[row.id] > begun and (ended is None or at[row.id] <= ended)]


def told_of(header: Header) -> str:
    """Return how a timeline names a recorded configuration: its digest, and what is new in it; of the first, all is."""
    context = header.context
    return header.payload_digest if context[BEFORE] == "none" else f"{header.payload_digest}: {context[CHANGED]}"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
