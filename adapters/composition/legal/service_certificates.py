"""Certificates of service: issue one, give its record a signed checkpoint, and print it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
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
from gateway.legal.intervals import in_force
from gateway.legal.last_day import Derived, NationalOnly, derive
from gateway.legal.law import Law
from gateway.legal.rules import FromEvent
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.notice.written_date import parse_day, written_day
from gateway.operations.operator_action import OperatorAction
from gateway.overview.dates_in_words import civil_day
from gateway.overview.legal.derivation_words import step_in_words
from gateway.overview.legal.legal_names import reservation_in_words
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
_VERSION: Final = len("sha256:") + 20
"""Signs of a version of rules or calendar that are printed: 80 bits of it, since the code has little room."""


def confirmed_deadline(law: Law, admission: Admission) -> Deadline | None:
    """Return the last day that service began, by confirmed rules and a confirmed calendar alone; None without one.

    Of several periods it is the one that ends first. A reservation that remains, such as a province without entries of
    its own, is the last of its steps. Raises `GatewayError` ``legal.range``.
    """
    served = admission.entry.service
    if served is None:
        return None
    served_on, viewed_at = parse_day(served.date), admission.entry.viewed_at
    found: list[Derived] = []
    for rule in law.rules.periods:
        if (rule.body, rule.kind) != (admission.body, admission.kind) or not in_force(rule, served_on):
            continue
        day = served_on if rule.event is FromEvent.SERVICE else viewed_at and civil_day(viewed_at)
        if day is not None:
            found.append(derive(law.rules, rule, day, law.calendar, province=law.province))
    certain = [
        each
        for each in found
        if each.last_day is not None and all(isinstance(doubt, NationalOnly) for doubt in each.reservations)
    ]
    if not certain:
        return None
    first = min(certain, key=lambda each: each.last_day or date.max)
    assert first.last_day is not None
    assert first.rule is not None
    return Deadline(
        last_day=written_day(first.last_day),
        rule=f"{first.rule.id} {law.rules.version[:_VERSION]}",
        calendar=law.calendar.version[:_VERSION],
        steps=[*map(step_in_words, first.steps), *map(reservation_in_words, first.reservations)],
    )


def _law(installation: Installation, admission: Admission) -> Law:
    return installation.laws().at(admission.entry.service_time)


def with_steps(recorded: Deadline | None, derived: Deadline | None) -> Deadline | None:
    """Return a recorded deadline with the steps of its derivation; without them, if another one follows by now."""
    same = recorded is not None and derived is not None and replace(derived, steps=()) == recorded
    return derived if same else recorded


def certify(installation: Installation, reference: str, act: OperatorAction) -> str:
    """Issue the certificate of a notice as it stands now; return the id of its record.

    Raises `GatewayError` ``evidence.unknown``, ``certificate.unproven``, ``act.purpose``, ``legal.*``, ``store.*``.
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
        confirmed_deadline(_law(installation, admission), admission),
    )
    return issue(store, certificate, act)


def print_certificate(installation: Installation, id: str) -> bytes:
    """Return the PDF of an issued certificate. A checkpoint is signed now if none covers its record yet.

    The steps of its deadline are derived again: they follow from its versions.
    Raises `GatewayError` ``certificate.*``, ``archive.*``, ``key.*``, ``legal.*``, ``store.*``.
    """
    store = installation.store()
    printed = _covered(installation, id)
    certificate = printed.certificate
    if certificate.deadline is not None:
        [admission] = of_notice(store.notices, certificate.notice)
        deadline = with_steps(certificate.deadline, confirmed_deadline(_law(installation, admission), admission))
        printed = replace(printed, certificate=replace(certificate, deadline=deadline))
    particulars = Particulars(fields=sealed_fields(store.evidence.payload(printed.certificate.seal)))
    return printed_page(printed, particulars, fingerprint(installation.checkpoints.verifier))


def _covered(installation: Installation, id: str) -> PrintedCertificate:
    store = installation.store()
    try:
        return proven(store.evidence, store.log, id)
    except GatewayError as error:
        if error.code != "evidence.not-archived":
            raise
    sign_checkpoint(installation)
    return proven(store.evidence, store.log, id)


def sign_checkpoint(installation: Installation) -> None:
    """Sign a checkpoint that covers every record. Raises `GatewayError` ``archive.*``, ``key.*``, ``store.*``."""
    folder = archive_folder(installation)
    report = archive(installation.store().log, installation.checkpoints, folder, installation.clock, AT_ONCE)
    if report.errors:
        raise report.errors[0]


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
