"""Certificates of this installation's measured outages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from adapters.certificate.printed_page import printed_outages
from adapters.composition.legal.log_proof import fingerprint, once_covered
from adapters.composition.legal.measured_outages import measured_outages
from gateway.certificate.outage_certificate import OutageCertificate, issue_outages, placed
from gateway.operations.operator_action import OperatorAction

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def certify_outages(installation: Installation, begin: datetime, end: datetime, act: OperatorAction) -> str:
    """Issue a certificate; return the id of its record. Raises as `measured_outages` and `issue_outages`."""
    certificate = OutageCertificate(
        origin=installation.settings.gateway.name,
        destination=installation.settings.judiciary.destination,
        issued_at=act.at,
        outages=measured_outages(installation, begin, end, act.at),
    )
    return issue_outages(installation.store(), certificate, act)


def print_outage_certificate(installation: Installation, id: str) -> bytes:
    """Return the PDF of an issued certificate. A checkpoint is signed now if none covers its record yet.

    Raises `GatewayError` ``certificate.*``, ``archive.*``, ``key.*``, ``store.*``.
    """
    store = installation.store()
    found = once_covered(installation, lambda: placed(store.evidence, store.log, id))
    return printed_outages(found, fingerprint(installation.checkpoints.verifier))
