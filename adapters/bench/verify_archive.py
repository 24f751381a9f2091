"""Verifying a large archive: records a second on one core and on all, and the memory of one process.

Half of the records are sealed notices with a small paper, half receipts: each has a signature of its own to verify.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.archive.zip_writer import ZipFolder
from adapters.bench.common.sample_seals import sample_seals
from adapters.crypto.keys.keys import load_signer
from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.keys.note import load_note_signer
from adapters.crypto.xml.document import sign_document
from adapters.sandbox.verbs.development_keys import generate_development_keys
from adapters.storage.engine import migrate
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive, segments
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.large_octets import Octets
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import system_clock, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from gateway.store.stored import Changes, Payload

ORIGIN: Final = "eblagh.municipality.example/archive"
_BATCH: Final = 500
_AT_ONCE: Final = Rhythm(every=timedelta(), records=5_000)
_EVENT: Final = DeliveryEvent.CONTENT_CONSIGNMENT.value
_PAPER: Final = b"%PDF-1.7\n" + b"paper " * 160 + b"\n%%EOF\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One audit with ``workers`` processes.

    ``seconds`` are by the clock, and ``busy`` of all cores together. ``memory`` is the peak of any of its processes, in
    MiB.
    """

    records: int
    workers: int
    seconds: float
    busy: float
    memory: float

    @property
    def per_core(self) -> float:
        """Records that a core verifies in a second of its own: other work on the machine does not count."""
        return self.records / self.busy


@contextmanager
def made(records: int) -> Iterator[tuple[Path, Path]]:
    """Make an archive of so many records; yield its folder and the trust folder."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        pki, url = directory / "pki", f"sqlite:///{directory / 'gateway.db'}"
        generate_development_keys(pki)
        migrate.upgrade(url)
        signer = load_note_signer(pki / "municipality" / "archive.key.pem", ORIGIN)
        files = {f"{path.parent.name}-{path.name.partition('.')[0]}": path for path in pki.rglob("*.crt.pem")}
        certificates = {name: path.read_bytes() for name, path in files.items()}
        folder = ZipFolder(directory / "archive", lambda: certificates, signer.verifier)
        policy = ArchivePolicy(checkpoints=_AT_ONCE, segments=_AT_ONCE)
        with closing(SqlStore.open(url)) as store:
            made_records = _records(pki, records)
            while changes := _next(made_records):
                store.commit(changes)
                archive(store.log, signer, folder, system_clock, policy)
        yield directory / "archive", pki / "anchors"


def measure(folder: Path, trust: Path) -> list[Run]:
    """Audit a tenth on one core, then all on one core, then all on all: memory is that of the largest so far."""
    with tempfile.TemporaryDirectory() as name:
        part = Path(name)
        files = segments(folder)
        for path in files[: max(2, len(files) // 10)]:
            shutil.copy(path, part)
        runs = [_run(part, trust, 1), _run(folder, trust, 1)]
    cores = os.cpu_count() or 1
    return [*runs, _run(folder, trust, cores)] if cores > 1 else runs


def _run(folder: Path, trust: Path, workers: int) -> Run:
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    # In processes of its own even if it is one, so that memory is the audit's and not that of making the archive.
    report = audit_archive(folder, trust, workers=workers, apart=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    # No authority stamps this archive, and nobody kept a checkpoint of it.
    if failed := [finding for finding in report.findings if finding.verdict is Verdict.FAILED]:
        raise GatewayError("archive.segment", where=str(folder), detail=failed[0].reason)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(records=report.records, workers=workers, seconds=seconds, busy=busy, memory=after.ru_maxrss / 1024)


def _next(records: Iterator[tuple[EvidenceRecord, Payload]]) -> Changes | None:
    batch = list(islice(records, _BATCH))
    return Changes(evidence=[r for r, _ in batch], payloads=[p for _, p in batch]) if batch else None


def _records(pki: Path, number: int) -> Iterator[tuple[EvidenceRecord, Payload]]:
    receipts = load_signer(pki / "judiciary" / "receipts.key.pem", pki / "judiciary" / "receipts.crt.pem")
    for count, sealed in enumerate(sample_seals(pki, (number + 1) // 2, _PAPER)):
        yield _record(f"seal:{sealed.reference}", EvidenceKind.SEALED_NOTICE, sealed.reference, sealed.octets)
        if 2 * count + 1 < number:
            now = system_clock()
            octets = sign_document(_receipt(count, sealed.reference, sealed.digest, now), receipts, sealed.sealed_at)
            yield _record(f"receipt:S{count}", EvidenceKind.RECEIPT, sealed.reference, octets, now, event=_EVENT)


def _record(
    id: str, kind: EvidenceKind, reference: str, octets: Octets, happened: datetime | None = None, **context: str
) -> tuple[EvidenceRecord, Payload]:
    now, digest = system_clock(), sha256(octets)
    origin, destination = ("court", "city") if kind is EvidenceKind.RECEIPT else ("city", "court")
    record = evidence_record(
        id=id,
        kind=kind,
        notice=reference,
        origin=origin,
        destination=destination,
        event_time=happened or now,
        recorded_at=now,
        payload_digest=digest,
        context=context,
    )
    return record, Payload(digest=digest, octets=octets)


def _receipt(number: int, reference: str, digest: str, happened: datetime) -> etree._Element:
    root = etree.Element(f"{{{RECEIPT}}}Receipt", nsmap={"r": RECEIPT}, Id=f"R-S{number}", version="1")
    now = timestamp(happened)
    for name, text in (
        ("ReceiptId", f"S{number}"),
        ("Reference", reference),
        ("TrackingNumber", f"T{number}"),
        ("SealDigest", digest),
        ("Event", _EVENT),
        ("EventTime", now),
        ("IssuedAt", now),
    ):
        etree.SubElement(root, f"{{{RECEIPT}}}{name}").text = text
    return root
