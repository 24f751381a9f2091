"""Certificates in a token: the signer's, its purpose and validity, and the chain to an anchor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.asn1 import encode_der
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from adapters.timestamp import tsp
from gateway.archive.timestamping import TokenRefused

MAX_CERTIFICATES: Final = 16
MAX_CHAIN_DEPTH: Final = 4
"""Maximum number of authorities between the certificate and its anchor."""

_ANY_PURPOSE: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
_MALFORMED = (ValueError, TypeError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)


def certificates_in(data: tsp.SignedData) -> list[x509.Certificate]:
    """Return the token's certificates, wholly parsed. Raises `TokenRefused` ``time.encoding`` or ``time.algorithm``."""
    found = data.certificates or []
    if len(found) > MAX_CERTIFICATES:
        raise TokenRefused("time.encoding", detail=f"{len(found)} certificates")
    try:
        if any(each.parse(tsp.CertificateShell).signature.padding_bits() for each in found):
            raise ValueError("its signature ends within an octet")
        read = [x509.load_der_x509_certificate(encode_der(each)) for each in found]
        for certificate in read:
            # Parsed on first use, and may be malformed.
            _ = certificate.extensions, certificate.subject.rfc4514_string(), certificate.issuer.public_bytes()
            _ = certificate.public_key(), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except UnsupportedAlgorithm as error:
        raise TokenRefused("time.algorithm", detail="a certificate's key") from error
    except _MALFORMED as error:
        raise TokenRefused("time.encoding", detail=f"a certificate: {error}") from error
    return read


def certificate_of(signer: tsp.SignerInfo, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the signer's certificate. Raises `TokenRefused` ``time.certificate-missing``."""
    for certificate in certificates:
        if isinstance(signer.signer, bytes):
            found = signer.version == 3 and _key_identifier(certificate) == signer.signer
        else:
            issuer = encode_der(signer.signer.issuer)
            found = signer.version == 1 and (issuer, signer.signer.serial) == name_of(certificate)
        if found:
            return certificate
    raise TokenRefused("time.certificate-missing")


def name_of(certificate: x509.Certificate) -> tuple[bytes, int]:
    """Return issuer (DER) and serial number."""
    return certificate.issuer.public_bytes(), certificate.serial_number


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def assert_for_time_stamps(own: x509.Certificate) -> None:
    """Check the purpose. Raises `TokenRefused` ``time.purpose`` or ``time.purpose-not-critical`` (RFC 3161, 2.3)."""
    try:
        purpose = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise TokenRefused("time.purpose", where=own.subject.rfc4514_string(), detail="no purpose") from None
    where, said = own.subject.rfc4514_string(), [each.dotted_string for each in purpose.value]
    if list(purpose.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TokenRefused("time.purpose", where=where, detail=", ".join(said))
    if not purpose.critical:
        raise TokenRefused("time.purpose-not-critical", where=where)
    if not _may_only_sign(own):
        raise TokenRefused("time.purpose", where=where, detail="its key usage is not signing alone")


def _may_only_sign(own: x509.Certificate) -> bool:
    try:
        usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    more = (
        usage.key_encipherment,
        usage.data_encipherment,
        usage.key_agreement,
        usage.key_cert_sign,
        usage.crl_sign,
    )
    return (usage.digital_signature or usage.content_commitment) and not any(more)


def assert_valid(own: x509.Certificate, moment: datetime) -> None:
    """Check the validity at a time. Raises `TokenRefused` ``time.certificate-validity``."""
    start, end = own.not_valid_before_utc, own.not_valid_after_utc
    if not start <= moment <= end:
        where = own.subject.rfc4514_string()
        raise TokenRefused("time.certificate-validity", where=where, detail=f"valid {start} to {end}, token {moment}")


def _for_time_stamps(_policy: Policy, _certificate: x509.Certificate, purpose: x509.ExtendedKeyUsage | None) -> None:
    """Refuse an authority with limited purposes that exclude time-stamping."""
    if purpose is not None and not {ExtendedKeyUsageOID.TIME_STAMPING, _ANY_PURPOSE} & set(purpose):
        raise ValueError("an authority for other purposes")


_AUTHORITIES: Final = ExtensionPolicy.webpki_defaults_ca().may_be_present(
    x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_time_stamps
)


def trusted_chain(
    own: x509.Certificate, others: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], moment: datetime
) -> list[x509.Certificate]:
    """Return the chain from ``own`` to its anchor, by RFC 5280 as of ``moment``.

    Raises `TokenRefused` ``time.untrusted`` if there is none.
    """
    where = own.subject.rfc4514_string()
    if not anchors:
        raise TokenRefused("time.untrusted", where=where, detail="no anchor was given")
    builder = PolicyBuilder().store(Store(list(anchors))).time(moment.replace(tzinfo=None, microsecond=0))
    policy = builder.max_chain_depth(MAX_CHAIN_DEPTH).extension_policies(
        ca_policy=_AUTHORITIES, ee_policy=ExtensionPolicy.permit_all()
    )
    try:
        return policy.build_client_verifier().verify(own, [each for each in others if each != own]).chain
    except VerificationError as error:
        raise TokenRefused("time.untrusted", where=where, detail=str(error)) from error
