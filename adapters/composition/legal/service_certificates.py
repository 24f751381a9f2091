"""Certificates of service: issue one, give its record a signed checkpoint, and print it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from adapters.certificate.offline_page import PublishedCheckpoint, offline_page
from adapters.certificate.printed_page import printed_page
from adapters.composition.archive import archive_folder
from adapters.composition.installation import Installation
from adapters.composition.ledgers import receipt_reader
from adapters.crypto.keys.note import NoteVerifier
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.crypto.xml.sealing import recipient_identifier
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.issuing import certificate_of, issue, proven
from gateway.certificate.service_certificate import Deadline
from gateway.evidence.evidence_export import of_notice
from gateway.evidence.evidence_log import EvidenceLog
from gateway.evidence.particulars import Particulars
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.operations.operator_action import OperatorAction
from gateway.record.derived import unproven
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission

AT_ONCE: Final = ArchivePolicy(
    checkpoints=Rhythm(every=timedelta(), records=1), segments=Rhythm(every=timedelta.max, records=1 << 62)
)
"""Sign a checkpoint now, and write no segment."""

MOST_CHECKPOINTS: Final = 20_000
"""Most checkpoints in the offline page, the newest ones: some 1.3 MB."""

_PAGE: Final = 500


def confirmed_deadline(installation: Installation, admission: Admission) -> Deadline | None:
    """Return the deadline of a served notice by a confirmed rule; None while no rule is confirmed."""
    del installation, admission
    return None


def certify(installation: Installation, reference: str, act: OperatorAction) -> str:
    """Issue the certificate of a notice as it stands now; return the id of its record.

    Raises `GatewayError` ``evidence.unknown``, ``certificate.unproven``, ``act.purpose``, ``store.*``.
    """
    store = installation.store()
    [admission] = of_notice(store.notices, reference)
    if wrong := unproven(store.evidence, [admission.entry], receipt_reader(installation)).get(reference):
        raise GatewayError("certificate.unproven", where=reference, detail=", ".join(wrong))
    sealed = store.evidence.payload(admission.entry.seal_digest)
    certificate = certificate_of(
        admission,
        recipient_identifier(sealed),
        installation.settings.gateway.name,
        act.at,
        confirmed_deadline(installation, admission) if admission.entry.service else None,
    )
    return issue(store, certificate, act)


def print_certificate(installation: Installation, id: str) -> bytes:
    """Return the PDF of an issued certificate. A checkpoint is signed now if none covers its record yet.

    Raises `GatewayError` ``certificate.*``, ``archive.*``, ``key.*``, ``store.*``.
    """
    store = installation.store()
    printed = _covered(installation, id)
    particulars = Particulars(fields=sealed_fields(store.evidence.payload(printed.certificate.seal)))
    return printed_page(printed, particulars, fingerprint(installation.checkpoints.verifier))


def _covered(installation: Installation, id: str) -> PrintedCertificate:
    store = installation.store()
    try:
        return proven(store.evidence, store.log, id)
    except GatewayError as error:
        if error.code != "evidence.not-archived":
            raise
    folder = archive_folder(installation)
    report = archive(store.log, installation.checkpoints, folder, installation.clock, AT_ONCE)
    if report.errors:
        raise report.errors[0]
    return proven(store.evidence, store.log, id)


def fingerprint(key: NoteVerifier) -> str:
    """Return the fingerprint of a log's key: SHA-256 of its 32 octets, hexadecimal."""
    return hashlib.sha256(key.public).hexdigest()


def verification_page(installation: Installation) -> bytes:
    """Return the offline page: with the log's key, and the checkpoints that it has signed so far."""
    bodies = {code: body.title for code, body in installation.settings.bodies.items()}
    key = installation.checkpoints.verifier
    return offline_page(key.name, key.public, _checkpoints(installation.store().log), bodies)


def _checkpoints(log: EvidenceLog) -> list[PublishedCheckpoint]:
    found: list[PublishedCheckpoint] = []
    after = 0
    while page := log.checkpoints(after, _PAGE):
        after = page[-1].size
        signed = [Checkpoint.of(SignedNote.of(each.note).text) for each in page]
        found = [*found, *(PublishedCheckpoint(size=each.size, root=each.root) for each in signed)][-MOST_CHECKPOINTS:]
    return found
