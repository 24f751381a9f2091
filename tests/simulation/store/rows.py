"""Rows of the simulated database that are no values of the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.notice.source_row import Refusal
from gateway.record.evidence_record import EvidenceKind
from gateway.store.payload import Payload


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """Evidence record. ``position`` is the order of arrival; ``leaf_index`` is None until the record has a place.
    ``header`` is empty once the record has left for the archive."""

    position: int
    id: str
    kind: EvidenceKind
    notice: str | None
    payload_digest: str
    recorded_at: datetime
    header: bytes
    leaf_hash: bytes
    leaf_index: int | None = None


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """Refusal of a row, that stands ``since`` a time; ``written`` if its row shows it."""

    refusal: Refusal
    since: datetime
    written: bool = False


@dataclass(frozen=True, slots=True)
class KeptPayload:
    """Payload in its row, or in the folder that holds it by its digest."""

    payload: Payload | None
    folder: Folder | None = None


class Folder:
    """Folder of payloads beside the database: no transaction and no restore of the database changes it."""

    def __init__(self) -> None:
        self.payloads: dict[str, Payload] = {}


@dataclass(frozen=True, slots=True)
class KeptDeletion:
    """Deletion of a payload, recorded by ``evidence_id``, done at ``done_at``."""

    rule: str
    decided_at: datetime
    evidence_id: str
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptDamage:
    """Damage of a payload, and the act by which a person acknowledged it."""

    found: str
    evidence_id: str
    act: str | None = None


@dataclass(frozen=True, slots=True)
class SourceNumbers:
    """Last numbers of a source's pushed rows and of their statuses."""

    arrived: int = 0
    changed: int = 0
    published: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """Document in a pushed row, by the digest of its payload."""

    digest: str


@dataclass(frozen=True, slots=True)
class KeptRow:
    """Current pushed row. A document in ``fields`` is a `Document`; ``fields`` is None once the row has ended."""

    source: str
    key: str
    version: int
    arrival: int
    digest: str
    fields: Mapping[str, Any] | None
