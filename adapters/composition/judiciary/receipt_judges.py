"""Judges of receipts: by the format of the profile in force, and of earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import structlog
from lxml import etree

from adapters.composition.judiciary.bound_profile import BoundProfile, bound_version
from adapters.composition.key_files import thumbprints
from adapters.composition.revocation_checks import judiciary_revocations
from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.mapped.receipts.published_receipt_judge import SignedReceiptJudge
from adapters.shipped.resources import RECEIPT_SCHEMA, SCHEMAS
from gateway.mapping.model.mapper import FROM_FILE
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.receipts.receipt_formats import FormatsInTurn, NamedJudge
from gateway.record.version_subject import Subject
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.version import Activation
from gateway.store.version_state import MappingState
from gateway.versions.succession import begun
from gateway.versions.version_in_force import decided

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_log = structlog.get_logger(__name__)


def receipt_judge(installation: Installation, judiciary: BoundProfile) -> ReceiptJudge:
    """Return the judge of receipts: by the format of ``judiciary``, or else by earlier versions not retired."""
    if installation.ports is not None:
        return installation.ports.receipt_judge(judiciary)
    made: dict[str, ReceiptJudge] = {}
    settings = installation.settings

    def earlier() -> Iterator[ReceiptJudge]:
        for decision in _earlier(installation, judiciary):
            if decision.digest not in made:
                try:
                    version = decided(installation.store().versions, decision)
                    before = bound_version(version, settings, installation.file, installation.known_tls)
                    made[decision.digest] = format_judge(installation, before)
                except GatewayError as error:
                    # One version that is damaged, or whose needs no longer exist, does not stop older versions.
                    if error.scope not in (ErrorScope.PART, ErrorScope.CALL):
                        raise
                    _log.warning("earlier profile cannot be used", profile=decision.label, code=error.code)
                    continue
            yield made[decision.digest]

    return FormatsInTurn(format_judge(installation, judiciary), earlier)


def format_judge(installation: Installation, judiciary: BoundProfile) -> NamedJudge:
    """Return the judge of receipts of one profile's format."""
    section, profile = installation.settings.judiciary, judiciary.profile
    issuers = thumbprints(section.receipt_certificates, installation.folder)
    partner, revocations = installation.partner, judiciary_revocations(installation)
    if profile.file.protocol.is_mapped:
        # Of the contract, receipts need one mapping; to bind the rest costs a second. Ours need none.
        from adapters.judiciary.mapped.receipts.receipt_binding import mapped_receipt_judge, receipt_program

        receipt, skew = receipt_program(profile), section.skew_seconds
        judge = mapped_receipt_judge(profile, receipt, partner, issuers, skew, revocations)
        return NamedJudge(judge, profile.spoken)
    verifier = DocumentVerifier(partner, f"{{{RECEIPT}}}Receipt", _own_receipts())
    ours = SignedReceiptJudge(verifier, issuers, section.skew_seconds, revocations)
    return NamedJudge(ours, profile.spoken)


@cache
def _own_receipts() -> etree.XMLSchema:
    """Return the schema of our own receipts; it is a part of the program and does not change."""
    return load_schema(RECEIPT_SCHEMA, SCHEMAS)


def _earlier(installation: Installation, judiciary: BoundProfile) -> Iterator[Activation]:
    """Return the decisions about earlier versions that are not retired, the latest first."""
    if judiciary.profile.version == FROM_FILE:
        return
    versions = installation.store().versions
    decisions = versions.activations(installation.settings.judiciary.destination, Subject.PROFILE)
    for decision in begun(decisions, installation.clock()):
        kept = versions.get(decision.mapping, decision.version)
        is_retired = kept is not None and kept.state is MappingState.RETIRED
        if not is_retired and decision.digest != judiciary.profile.digest:
            yield decision
