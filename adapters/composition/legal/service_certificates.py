"""Certificates of service: issue one, give its record a signed checkpoint, and print it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from adapters.certificate.offline_page import PublishedCheckpoint, offline_page
from adapters.certificate.printed_page import printed_page
from adapters.composition.ledgers import receipt_reader
from adapters.composition.legal.certified_deadline import confirmed_deadline, with_steps
from adapters.composition.legal.log_proof import fingerprint, once_covered
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.crypto.xml.sealing import recipient_identifier
from gateway.certificate.issuing import certificate_of, issue, proven
from gateway.certificate.notice_standing import standing_of
from gateway.evidence.evidence_export import of_notice
from gateway.evidence.evidence_log import EvidenceLog
from gateway.evidence.particulars import Particulars
from gateway.legal.law import Law
from gateway.legal.service_effect import effect_of
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.notice.legal_effect import RULES
from gateway.operations.operator_action import OperatorAction
from gateway.overview.dates_in_words import civil_day
from gateway.record.derived import unproven
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

MOST_CHECKPOINTS: Final = 20_000
"""Most checkpoints in the offline page, the newest ones: some 1.3 MB."""

_PAGE: Final = 500


def _law(installation: Installation, admission: Admission) -> Law:
    return installation.laws().at(admission.entry.service_time)


def _titles(law: Law) -> Mapping[str, Words]:
    """Return the titles of the rules of service by code."""
    return {**RULES, **{rule.code: rule.title for rule in law.rules.services}}


def certify(installation: Installation, reference: str, act: OperatorAction) -> str:
    """Issue the certificate of a notice as it stands now; return the id of its record.

    Raises `GatewayError` ``evidence.unknown``, ``certificate.unproven``, ``act.purpose``, ``legal.*``, ``store.*``.
    """
    store = installation.store()
    [admission] = of_notice(store.notices, reference)
    if wrong := unproven(store.evidence, [admission.entry], receipt_reader(installation)).get(reference):
        raise GatewayError("certificate.unproven", where=reference, detail=", ".join(wrong))
    sealed = store.evidence.payload(admission.entry.seal_digest)
    law = _law(installation, admission)
    service = effect_of(admission.entry, law.rules, civil_day(act.at)).service
    certificate = certificate_of(
        admission,
        recipient_identifier(sealed),
        installation.settings.gateway.name,
        act.at,
        service,
        confirmed_deadline(law, admission, service),
    )
    return issue(store, certificate, act)


def print_certificate(installation: Installation, id: str) -> bytes:
    """Return the PDF of an issued certificate. A checkpoint is signed now if none covers its record yet.

    The steps of its deadline are derived again: they follow from its versions.
    Raises `GatewayError` ``certificate.*``, ``archive.*``, ``key.*``, ``legal.*``, ``store.*``.
    """
    store = installation.store()
    printed = once_covered(installation, lambda: proven(store.evidence, store.log, id))
    certificate = printed.certificate
    [admission] = of_notice(store.notices, certificate.notice)
    law = _law(installation, admission)
    if certificate.deadline is not None:
        derived = confirmed_deadline(law, admission, certificate.service)
        deadline = with_steps(certificate.deadline, derived)
        printed = replace(printed, certificate=replace(certificate, deadline=deadline))
    particulars = Particulars(fields=sealed_fields(store.evidence.payload(printed.certificate.seal)))
    standing = standing_of(admission.entry, store.quarantine, certificate.issued_at)
    return printed_page(printed, particulars, fingerprint(installation.checkpoints.verifier), _titles(law), standing)


def verification_page(installation: Installation) -> bytes:
    """Return the offline page: with the log's key, and the checkpoints that it has signed so far.

    It has the titles of the rules of service that are in force now. Raises `GatewayError` ``legal.*``, ``store.*``.
    """
    bodies = {code: body.title for code, body in installation.settings.bodies.items()}
    key = installation.checkpoints.verifier
    titles = _titles(installation.laws().at(None))
    return offline_page(key.name, key.public, _checkpoints(installation.store().log), bodies, titles)


def _checkpoints(log: EvidenceLog) -> list[PublishedCheckpoint]:
    found: list[PublishedCheckpoint] = []
    after = 0
    while page := log.checkpoints(after, _PAGE):
        after = page[-1].size
        signed = [Checkpoint.of(SignedNote.of(each.note).text) for each in page]
        found = [*found, *(PublishedCheckpoint(size=each.size, root=each.root) for each in signed)][-MOST_CHECKPOINTS:]
    return found
