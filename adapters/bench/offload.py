"""Removing and purging a large archive: the size of the database, and the costs.

Each notice has a seal and a receipt of 4 KiB each that hardly compress, as signed papers do. Nothing is signed, since
neither removal nor purging judges signatures.
"""

from __future__ import annotations

import base64
import os
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.archive.segment_records import SegmentReader
from adapters.archive.verified_zips import VerifiedZips
from adapters.archive.zip_writer import ZipFolder
from adapters.crypto.keys.note import NoteSigner
from adapters.storage.engine import migrate
from adapters.storage.sql_store import SqlStore
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.record.retention_class import Rule
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.retention.purge import purge
from gateway.runtime.clock import system_clock
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import Admission, Changes, Payload

_BATCH: Final = 500
_POLICY: Final = ArchivePolicy(
    checkpoints=Rhythm(every=timedelta(), records=5_000), segments=Rhythm(every=timedelta(), records=20_000)
)
_SEALS: Final = Rule(name="seals", kinds=frozenset({EvidenceKind.SEALED_NOTICE}), life=timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class OffloadCost:
    """Cost of one step, and the sizes of database and archive after it, in MiB.

    ``packed`` is the database's size without its free pages.
    """

    name: str
    cpu: float
    seconds: float
    database: float
    packed: float
    archive: float


def measure(notices: int) -> list[OffloadCost]:
    """Make so many notices with their archive, remove all from the database, and purge half of the payloads."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'gateway.db'}"
        migrate.upgrade(url)
        signer = NoteSigner(name="bench.example/archive", key=Ed25519PrivateKey.generate())
        zips = ZipFolder(folder / "archive", dict, signer.verifier)
        archived = SegmentReader(folder / "archive")
        with closing(SqlStore.open(url, archived=archived)) as store:
            verified = VerifiedZips(folder / "archive", signer.verifier, store.retention)
            later = system_clock() + timedelta(days=2)

            def write() -> PassReport:
                return archive(store.log, signer, zips, system_clock, _POLICY)

            def leave() -> PassReport:
                return offload_records(store.retention, verified, later, OffloadPolicy(after=timedelta(days=1)))

            def delete() -> PassReport:
                return purge(store, store.retention, verified, write, [_SEALS], lambda: later, "bench")

            steps = [_timed("take in", folder, lambda: _make(store, notices)), _timed("archive", folder, write)]
            return [*steps, _timed("leave", folder, leave), _timed("purge", folder, delete)]


def _timed(name: str, folder: Path, work: Callable[[], PassReport | None]) -> OffloadCost:
    cpu, seconds = time.process_time(), time.perf_counter()
    report = work()
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - seconds
    if report is not None and report.errors:
        raise report.errors[0]
    database, packed = _sizes(folder / "gateway.db")
    archived = sum(path.stat().st_size for path in (folder / "archive").glob("*.zip"))
    return OffloadCost(name=name, cpu=cpu, seconds=seconds, database=database, packed=packed, archive=archived / 2**20)


def _sizes(path: Path) -> tuple[float, float]:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    return os.path.getsize(path) / 2**20, (pages - free) * page / 2**20


def _make(store: SqlStore, notices: int) -> None:
    now = system_clock()
    for first in range(0, notices, _BATCH):
        found = [_notice(number, now) for number in range(first, min(first + _BATCH, notices))]
        store.commit(
            Changes(
                admissions=[admission for admission, _ in found],
                evidence=[record for _, kept in found for record, _ in kept],
                payloads=[payload for _, kept in found for _, payload in kept],
            )
        )


def _notice(number: int, now: datetime) -> tuple[Admission, list[tuple[EvidenceRecord, Payload]]]:
    reference = f"EB-{number:032d}"
    kept = list(_records(reference, now))
    seal = kept[0]
    entry = OutboxEntry(
        reference=reference,
        source="bench",
        row_key=str(number),
        destination="bench",
        state=DeliveryState.DELIVERED,
        seq=0,
        admitted_at=now,
        state_since=now,
        waiting_since=now,
        seal_digest=seal[1].digest,
        size=len(seal[1].octets),
    )
    admission = Admission(
        entry=entry,
        body="article-100",
        district="منطقه ۶",
        case_number=f"1404-{number}",
        paper_number="1",
        kind="ruling",
        revision=1,
        predecessor=None,
        recipient_name="شخص نمونه",
        content_digest=seal[1].digest,
        mapping="builtin",
        evidence_id=seal[0].id,
    )
    return admission, kept


def _records(reference: str, now: datetime) -> Iterator[tuple[EvidenceRecord, Payload]]:
    for kind in (EvidenceKind.SEALED_NOTICE, EvidenceKind.RECEIPT):
        octets = base64.b64encode(secrets.token_bytes(3 * 1024))
        digest = sha256(octets)
        record = evidence_record(
            id=f"{kind.value.lower()}:{reference}",
            kind=kind,
            notice=reference,
            origin="bench",
            destination="bench",
            event_time=now,
            recorded_at=now,
            payload_digest=digest,
        )
        yield record, Payload(digest=digest, octets=octets)
