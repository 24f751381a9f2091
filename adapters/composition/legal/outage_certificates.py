"""Certificates of this installation's measured outages."""

from __future__ import annotations

from datetime import datetime

from adapters.certificate.printed_page import printed_outages
from adapters.composition.installation import Installation
from adapters.composition.legal.measured_outages import measured_outages
from adapters.composition.legal.service_certificates import fingerprint, sign_checkpoint
from gateway.certificate.outage_certificate import OutageCertificate, PlacedOutages, issue_outages, placed
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import GatewayError


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
    return printed_outages(_placed(installation, id), fingerprint(installation.checkpoints.verifier))


def _placed(installation: Installation, id: str) -> PlacedOutages:
    store = installation.store()
    try:
        return placed(store.evidence, store.log, id)
    except GatewayError as error:
        if error.code != "evidence.not-archived":
            raise
    sign_checkpoint(installation)
    return placed(store.evidence, store.log, id)
