"""Measured outages of this installation, and certificates of them."""

from __future__ import annotations

from datetime import datetime

from adapters.certificate.printed_page import printed_outages
from adapters.composition.installation import Installation
from adapters.composition.legal.service_certificates import fingerprint, sign_checkpoint
from gateway.certificate.outage_certificate import OutageCertificate, PlacedOutages, issue_outages, placed
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.outage import Outages, outages


def measured_outages(installation: Installation, begin: datetime, end: datetime, now: datetime) -> Outages:
    """Return the outages of the gateway and of its judiciary; of a time that is not over, those up to now.

    Raises `GatewayError` ``outages.range`` if ``begin`` is not before ``end`` and before now, ``store.*``.
    """
    if not begin < min(end, now):
        raise GatewayError("outages.range", detail=f"{timestamp(begin)} … {timestamp(end)}")
    store, destination = installation.store(), installation.settings.judiciary.destination
    recoveries = [each.since for each in store.recovery.all()]
    return outages(store.outages, destination, begin, min(end, now), now, recoveries)


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
