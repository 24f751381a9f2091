"""Files of keys and certificates that a configuration names: who signs, and which certificates are in use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from adapters.crypto.keys.certificate import Certificate, load_certificates
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.note import NoteSigner, load_note_signer
from adapters.crypto.keys.partner import Partner, load_partner
from adapters.revocation.onboarding import assert_points
from adapters.settings import KeyPair, Settings, SoapSection
from adapters.settings.config_folder import ConfigFolder, status_of
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Requirement


def load_pair(pair: KeyPair, folder: ConfigFolder) -> Signer:
    """Load a key with its certificate. Raises `GatewayError` ``key.*``."""
    password = folder.secret(pair.password_file, "key.unreadable")
    return load_signer(folder.path(pair.key), folder.path(pair.certificate), password)


def checkpoint_signer(settings: Settings, folder: ConfigFolder) -> NoteSigner:
    """Load the key that signs the archive's checkpoints.

    Raises `GatewayError` ``key.*``, ``archive.none-configured``.
    """
    section = settings.configured_archive
    password = folder.secret(section.password_file, "key.unreadable")
    return load_note_signer(folder.path(section.key), section.origin, password)


def signing_certificate_of(file: str, folder: ConfigFolder) -> Certificate:
    """Load the file's first certificate: the one that signs, not its issuers. Raises `GatewayError`."""
    return load_certificates(folder.path(file))[0]


def thumbprints(files: Sequence[str], folder: ConfigFolder) -> frozenset[str]:
    """Return the thumbprint of each file's first certificate."""
    return frozenset(signing_certificate_of(file, folder).thumbprint for file in files)


def certificate_files(settings: Settings) -> dict[str, str]:
    """Return the files of every certificate in use, by its use; that for TLS included.

    It signs nothing, but its presence in an archive shows that it is ours.
    """
    files = _signing_files(settings)
    if (shown := settings.judiciary.client_certificate) is not None:
        files["client certificate"] = shown.certificate
    return files


def own_certificate_files(settings: Settings) -> list[str]:
    """Return the files of our own certificates and of the senders', that for TLS excluded."""
    theirs = {*settings.judiciary.certificates, *settings.judiciary.receipt_certificates}
    return [file for file in _signing_files(settings).values() if file not in theirs]


def judiciary_partner(settings: Settings, folder: ConfigFolder) -> Partner:
    """Load the judiciary's trusted certificates, which hold for every profile."""
    section, path = settings.judiciary, folder.path
    files = [*section.certificates, *section.receipt_certificates]
    _assert_not_ours(settings, folder)
    partner = load_partner(section.destination, [path(p) for p in files], [path(p) for p in section.anchors])
    if settings.revocation_requirement is Requirement.REQUIRE and settings.revocation.folder is None:
        assert_points(partner)
    return partner


def _assert_not_ours(settings: Settings, folder: ConfigFolder) -> None:
    """Raise `GatewayError` ``certificate.ours`` if a key of the municipality is pinned as the judiciary's.

    Receipts that we sign ourselves prove nothing, and every auditor refuses them.
    """
    section = settings.judiciary
    pairs = [settings.transport, *(body.seal for body in settings.bodies.values())]
    ours = {_key_of(pair.certificate, folder) for pair in pairs if status_of(folder.path(pair.certificate))}
    for file in (*section.certificates, *section.receipt_certificates):
        if _key_of(file, folder) in ours:
            raise GatewayError("certificate.ours", where=str(folder.path(file)))


def _key_of(file: str, folder: ConfigFolder) -> bytes:
    key = load_der_x509_certificate(signing_certificate_of(file, folder).der).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _signing_files(settings: Settings) -> dict[str, str]:
    judiciary = settings.judiciary
    files = {"transport": settings.transport.certificate}
    files |= {f"seal {code}": body.seal.certificate for code, body in settings.bodies.items()}
    if settings.archive is not None and settings.archive.signing is not None:
        files["archive signing"] = settings.archive.signing.certificate
    files |= _by_name("judiciary messages", judiciary.certificates)
    files |= _by_name("judiciary receipts", judiciary.receipt_certificates)
    return files | {
        f"source {name} {Path(file).name}": file
        for name, each in settings.sources.items()
        if isinstance(each, SoapSection)
        for file in each.certificates
    }


def _by_name(use: str, files: Sequence[str]) -> dict[str, str]:
    """Return files by their use. A use ends with the file's name, and with a number if two files have one name."""
    found: dict[str, str] = {}
    for number, file in enumerate(files, start=1):
        name = f"{use} {Path(file).name}"
        found[f"{name} {number}" if name in found else name] = file
    return found
