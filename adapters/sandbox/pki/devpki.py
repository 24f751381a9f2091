"""Three development PKIs: the municipality's, the judiciary's and a time authority's, made anew for each use.

Every subject says DEVELOPMENT: nothing that these keys sign is worth anything. `certs/README.md` has the plan.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from adapters.crypto.keys.certificate import DEVELOPMENT_MARK
from adapters.crypto.keys.note import NoteSigner

KEYS: Final[Mapping[str, Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey]]] = {
    "rsa-2048": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ec-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
}
"""Allowed values of a subject's ``key``; the first is the default."""

PURPOSES: Final = {"time-stamping": ExtendedKeyUsageOID.TIME_STAMPING}
"""Allowed values of a subject's ``purpose``: the only one that its certificate is for, critically (RFC 3161, 2.3)."""

AUTHORITIES: Final = "authorities"
"""Folder of the authorities' own keys: a development PKI keeps them, so that they can revoke."""

_CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holder:
    """Certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def generate(directory: Path, plan: Mapping[str, Any], now: datetime) -> None:
    """Write the PKIs of ``plan`` (the content of ``certs/development.toml``) to ``directory``, valid from ``now``.

    The directory must not exist, or be empty: keys in use are never overwritten (`FileExistsError`). It is built beside
    its place and renamed, so that a killed run leaves nothing half done. Keys have mode 0600 and no password.
    """
    if directory.exists() and any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty")
    directory.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        _write_all(building, plan, now)
        building.chmod(0o755)
        building.replace(directory)
    except BaseException:
        shutil.rmtree(building)
        raise


def _write_all(directory: Path, plan: Mapping[str, Any], now: datetime) -> None:
    lifetimes = {name: timedelta(days=days) for name, days in plan["lifetime_days"].items()}
    start, base = now - _CLOCK_TOLERANCE, plan["revocation_base"]
    (directory / "anchors").mkdir()
    (directory / AUTHORITIES).mkdir()
    for party, section in plan["party"].items():
        (directory / party).mkdir()
        root = _issue(section["root"], None, start, lifetimes["root"], path_length=1)
        of_root, of_issuing = (f"{base}/{party}-{authority}.crl" for authority in ("root", "issuing"))
        issuing = _issue(section["issuing"], root, start, lifetimes["issuing"], path_length=0, lists=of_root)
        _write(directory / "anchors" / f"{party}-root.pem", _pem(root), 0o644)
        for name, authority in (("root", root), ("issuing", issuing)):
            _write(directory / AUTHORITIES / f"{party}-{name}.key.pem", _secret(authority), 0o600)
            _write(directory / AUTHORITIES / f"{party}-{name}.crt.pem", _pem(authority), 0o644)
        for name, subject in section["end"].items():
            end = _issue(subject, issuing, start, lifetimes["end"], path_length=None, lists=of_issuing)
            _write(directory / party / f"{name}.key.pem", _secret(end), 0o600)
            _write(directory / party / f"{name}.crt.pem", _pem(end) + _pem(issuing), 0o644)
            for anchor in subject.get("anchors", ()):
                _write(directory / "anchors" / f"{anchor}.pem", _pem(end), 0o644)
        for name, note in section.get("note", {}).items():
            signer = NoteSigner(name=note["origin"], key=Ed25519PrivateKey.generate())
            secret = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            _write(directory / party / f"{name}.key.pem", secret, 0o600)
            _write(directory / "anchors" / f"{name}.vkey", f"{signer.verifier.line}\n".encode(), 0o644)


def _issue(
    subject: Mapping[str, str],
    issuer: _Holder | None,
    start: datetime,
    lifetime: timedelta,
    path_length: int | None,
    lists: str | None = None,
) -> _Holder:
    """Return a new holder; without ``issuer`` it signs itself, with a ``path_length`` it is an authority.

    ``lists`` is the URL of its issuer's revocation lists.
    """
    key = KEYS[subject.get("key", "rsa-2048")]()
    name = _name(subject)
    authority = path_length is not None
    issuer_name, issuer_key = (issuer.certificate.subject, issuer.key) if issuer else (name, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True)
        .add_extension(_usage(authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if lists is not None:
        where = x509.DistributionPoint([x509.UniformResourceIdentifier(lists)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([where]), critical=False)
    if (purpose := subject.get("purpose")) is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([PURPOSES[purpose]]), critical=True)
    return _Holder(certificate=builder.sign(issuer_key, SHA256()), key=key)


def _name(subject: Mapping[str, str]) -> x509.Name:
    parts = {
        NameOID.COUNTRY_NAME: "IR",
        NameOID.ORGANIZATION_NAME: subject["organization"],
        NameOID.ORGANIZATIONAL_UNIT_NAME: subject["unit"],
        NameOID.COMMON_NAME: f"{subject['name']} {DEVELOPMENT_MARK}",
    }
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _secret(holder: _Holder) -> bytes:
    return holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _pem(holder: _Holder) -> bytes:
    return holder.certificate.public_bytes(Encoding.PEM)


def _write(path: Path, octets: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
