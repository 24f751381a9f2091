"""Trust of this installation as the verifier takes it: anchors and pins of its configuration.

An auditor's own trust folder comes from other hands. A verification here shows that records are as they were written;
it is no substitute for the auditor's own program.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cryptography import x509

from adapters.composition.judiciary.bound_profile import receipts_rest_on_answers
from adapters.crypto.keys.certificate import read_pem
from adapters.verifier.trust.pins import Pins, Use
from adapters.verifier.trust.trust_folder import Trust

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def pinned_certificates(installation: Installation) -> Iterator[tuple[Use, str, x509.Certificate]]:
    """Yield the certificates that may sign receipts and seals, with use and owner. Raises `GatewayError` ``key.*``."""
    judiciary, bodies = installation.settings.judiciary, installation.settings.bodies
    signers = [*judiciary.receipt_certificates, *_of_answers(installation)]
    wanted = [(Use.RECEIPTS, judiciary.destination, file) for file in signers]
    wanted += [(Use.SEALS, code, body.seal.certificate) for code, body in bodies.items()]
    for use, name, file in wanted:
        # The first one of a file signs; the next ones are its issuers.
        yield use, name, read_pem(installation.folder.path(file))[0]


def _of_answers(installation: Installation) -> list[str]:
    """Return the certificates of answers, if they prove the receipts in them; a profile that is not here needs none."""
    return (
        installation.settings.judiciary.certificates
        if receipts_rest_on_answers(installation.settings, installation.file)
        else []
    )


def configured_trust(installation: Installation) -> Trust:
    """Return the anchors, pins and the archive's key of the configuration. Raises `GatewayError` ``key.*``."""
    settings, path = installation.settings, installation.folder.path
    pinned: dict[tuple[Use, str], list[x509.Certificate]] = {}
    for use, name, certificate in pinned_certificates(installation):
        pinned.setdefault((use, name), []).append(certificate)
    return Trust(
        municipality=[each for file in settings.revocation.anchors for each in read_pem(path(file))],
        judiciary=[each for file in settings.judiciary.anchors for each in read_pem(path(file))],
        time=time_anchors(installation),
        keys=[installation.checkpoints.verifier],
        pins=Pins(pinned),
    )


def time_anchors(installation: Installation) -> list[x509.Certificate]:
    """Return the roots of the configured time authorities. Raises `GatewayError` ``key.*``."""
    archive = installation.settings.archive
    authorities = archive.time_authorities if archive is not None else []
    files = [file for each in authorities for file in each.anchors]
    return [each for file in files for each in read_pem(installation.folder.path(file))]


def time_certificates(installation: Installation) -> list[x509.Certificate]:
    """Return the authorities below those roots that tokens may leave out. Raises `GatewayError` ``key.*``."""
    archive = installation.settings.archive
    authorities = archive.time_authorities if archive is not None else []
    files = [file for each in authorities for file in each.between]
    return [each for file in files for each in read_pem(installation.folder.path(file))]
