"""Read certificate revocation lists (RFC 5280, 5) strictly, and verify them by the key that signed the certificates.

The order of the checks; each has its own code, and only `ListRefused` is raised:

    1  size                                                       ``revocation.too-large``
    2  DER (by hand: or one PEM block) of one list, and no more   ``revocation.malformed``
    3  it is signed by SHA-2 with RSA or ECDSA                    ``revocation.algorithm``
    4  a whole list of its issuer's own certificates: no delta,
       no indirect one, none of some reasons or of attributes     ``revocation.kind``
    5  no critical extension, of list or entry, that is unknown   ``revocation.extension``
    6  its issuer is one of the authorities that are trusted here ``revocation.issuer``
    7  that authority's key made the signature                    ``revocation.signature``
    8  times: it has a nextUpdate, after thisUpdate               ``revocation.malformed``

Two more checks are made when a list is fetched: it is in force (`assert_in_force`), and not older than the stored one.
A list signed by another party than the issuing authority is refused: its signer would need a judgement, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from gateway.notice.notice import sha256
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.revocation_status import Link, Revocation, RevocationList, RevocationLists

MAX_LIST_BYTES: Final = 16 * 1024 * 1024
"""About 400,000 entries."""

_PEM = re.compile(rb"\s*-----BEGIN X509 CRL-----[A-Za-z0-9+/=\s]+-----END X509 CRL-----\s*")
_MALFORMED = (ValueError, TypeError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)
_KEEPS_EXPIRED: Final = x509.ObjectIdentifier("2.5.29.60")
_KNOWN = frozenset({
    ExtensionOID.CRL_NUMBER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.ISSUING_DISTRIBUTION_POINT,
    ExtensionOID.DELTA_CRL_INDICATOR, _KEEPS_EXPIRED,
})  # fmt: skip
_KNOWN_OF_ENTRIES = frozenset({CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE})


class ListRefused(GatewayError):
    """A list is refused; its code begins with ``revocation.``."""

    literal_name = "ListRefused"


def issuer_id(issuer: x509.Certificate) -> str:
    """Return ``sha256:…`` of an authority's name and key, the same for each of its certificates."""
    key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(issuer.subject.public_bytes() + key)


def links(chain: Sequence[x509.Certificate]) -> tuple[Link, ...]:
    """Return a chain in the form by which lists identify it, without the anchor, which no list revokes."""
    return tuple(
        Link(
            issuer=issuer_id(issuer),
            serial=own.serial_number,
            subject=own.subject.rfc4514_string(),
            not_after=own.not_valid_after_utc,
            authority=_is_authority(own),
            points=frozenset(distribution_points(own)),
        )
        for own, issuer in pairwise(chain)
    )


def distribution_points(certificate: x509.Certificate) -> list[str]:
    """Return the URLs of a certificate's distribution points that cover every reason, as written there."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    # Lists of some reasons only, or with an issuer of their own, are refused.
    whole = [point for point in extension if point.reasons is None and point.crl_issuer is None]
    return [url for point in whole for url in _urls(point.full_name)]


def read_list(octets: bytes, issuers: Iterable[x509.Certificate], where: str) -> RevocationList:
    """Return a list that one of these authorities signed. Raises `ListRefused` naming ``where`` it came from."""
    try:
        return _read(octets, issuers)
    except ListRefused as refused:
        raise ListRefused(refused.code, where=where, detail=refused.detail) from refused


def read_lists(ders: Iterable[bytes], issuers: Collection[x509.Certificate], where: str) -> RevocationLists:
    """Return the lists that `read_list` accepts from these authorities. Any other proves nothing, and is left out."""
    lists = RevocationLists()
    for der in ders:
        with suppress(ListRefused):
            lists.add(read_list(der, issuers, where))
    return lists


def issued(octets: bytes) -> tuple[bytes, datetime] | None:
    """Return name (DER) of the issuer and thisUpdate as a list states them, unverified; None if it is no list."""
    if len(octets) > MAX_LIST_BYTES:
        return None
    try:
        parsed = x509.load_der_x509_crl(octets)
        return parsed.issuer.public_bytes(), parsed.last_update_utc
    except (*_MALFORMED, UnsupportedAlgorithm):
        return None


def as_der(octets: bytes) -> bytes:
    """Return the DER of a list that may stand in PEM. Raises `ListRefused`."""
    if len(octets) > MAX_LIST_BYTES * 3 // 2:
        raise ListRefused("revocation.too-large", detail=f"{len(octets)} octets")
    if not octets.lstrip().startswith(b"-----BEGIN"):
        return octets
    try:
        if _PEM.fullmatch(octets) is None:
            raise ValueError("not one PEM block")
        return x509.load_pem_x509_crl(octets).public_bytes(Encoding.DER)
    except _MALFORMED as error:
        raise ListRefused("revocation.malformed", detail=words_of(error)) from error


def assert_in_force(found: RevocationList, now: datetime, skew: timedelta, where: str) -> None:
    """Raise `ListRefused` ``revocation.expired`` or ``.not-yet`` for a list that is not in force now."""
    detail = (
        f"thisUpdate {timestamp(found.this_update)}, nextUpdate {timestamp(found.next_update)}, now {timestamp(now)}"
    )
    if found.this_update > now + skew:
        raise ListRefused("revocation.not-yet", where=where, detail=detail)
    if found.next_update < now - skew:
        raise ListRefused("revocation.expired", where=where, detail=detail)


def _read(octets: bytes, issuers: Iterable[x509.Certificate]) -> RevocationList:
    if len(octets) > MAX_LIST_BYTES:
        raise ListRefused("revocation.too-large", detail=f"{len(octets)} octets")
    try:
        parsed = x509.load_der_x509_crl(octets)
        extensions = parsed.extensions
    except UnsupportedAlgorithm as error:
        raise ListRefused("revocation.algorithm") from error
    except _MALFORMED as error:
        raise ListRefused("revocation.malformed", detail=words_of(error)) from error
    try:
        _assert_algorithm(parsed)
        points, ends, authorities = _scope(extensions)
        _assert_known(extensions, _KNOWN)
        issuer = _issuer(parsed, list(issuers))
        if parsed.next_update_utc is None or parsed.next_update_utc <= parsed.last_update_utc:
            raise ListRefused("revocation.malformed", detail="no nextUpdate after its thisUpdate")
        return RevocationList(
            digest=sha256(octets),
            issuer=issuer_id(issuer),
            name=issuer.subject.rfc4514_string(),
            number=_number(extensions),
            this_update=parsed.last_update_utc,
            next_update=parsed.next_update_utc,
            revoked=_revoked(parsed),
            points=points,
            ends=ends,
            authorities=authorities,
            keeps_expired=_keeps_expired(extensions),
        )
    except _MALFORMED as error:
        raise ListRefused("revocation.malformed", detail=words_of(error)) from error


def _assert_algorithm(parsed: x509.CertificateRevocationList) -> None:
    try:
        algorithm = parsed.signature_hash_algorithm
    except UnsupportedAlgorithm as error:
        raise ListRefused("revocation.algorithm", detail=parsed.signature_algorithm_oid.dotted_string) from error
    if not isinstance(algorithm, SHA256 | SHA384 | SHA512):
        raise ListRefused("revocation.algorithm", detail=algorithm.name if algorithm else "no digest")


def _scope(extensions: x509.Extensions) -> tuple[frozenset[str], bool, bool]:
    """Return the distribution points that a list covers, and if it covers end certificates, and authorities."""
    if _has(extensions, x509.DeltaCRLIndicator):
        raise ListRefused("revocation.kind", detail="a delta list")
    try:
        scope = extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return frozenset(), True, True
    if scope.indirect_crl:
        raise ListRefused("revocation.kind", detail="an indirect list")
    if scope.only_some_reasons is not None or scope.only_contains_attribute_certs:
        raise ListRefused("revocation.kind", detail="a list of some reasons, or of attribute certificates")
    if scope.relative_name is not None:
        raise ListRefused("revocation.kind", detail="a list of a distribution point by relative name")
    points = frozenset(_urls(scope.full_name))
    if scope.full_name is not None and not points:
        raise ListRefused("revocation.kind", detail="a list of a distribution point that is no URL")
    return points, not scope.only_contains_ca_certs, not scope.only_contains_user_certs


def _assert_known(extensions: x509.Extensions, known: frozenset[x509.ObjectIdentifier]) -> None:
    if unknown := [each.oid.dotted_string for each in extensions if each.critical and each.oid not in known]:
        raise ListRefused("revocation.extension", detail=unknown[0])


def _issuer(parsed: x509.CertificateRevocationList, issuers: list[x509.Certificate]) -> x509.Certificate:
    """Return the authority that signed: of those with the list's name, the one whose key verifies the signature."""
    named = [each for each in issuers if each.subject == parsed.issuer]
    if not named:
        raise ListRefused("revocation.issuer", detail=parsed.issuer.rfc4514_string()[:200])
    if not (signing := [each for each in named if _may_sign_lists(each)]):
        raise ListRefused("revocation.issuer", detail=f"{named[0].subject.rfc4514_string()} may sign no lists")
    for each in signing:
        key = each.public_key()
        if isinstance(key, RSAPublicKey | EllipticCurvePublicKey) and parsed.is_signature_valid(key):
            return each
    raise ListRefused("revocation.signature", detail=signing[0].subject.rfc4514_string())


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _number(extensions: x509.Extensions) -> int | None:
    try:
        return extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None


def _keeps_expired(extensions: x509.Extensions) -> datetime | None:
    """Return the GeneralizedTime of expiredCertsOnCRL (X.509, 9.5.2.8), or None."""
    try:
        octets = extensions.get_extension_for_oid(_KEEPS_EXPIRED).value.public_bytes()
    except x509.ExtensionNotFound:
        return None
    return datetime.strptime(octets[2:].decode("ascii"), "%Y%m%d%H%M%S%z")


def _revoked(parsed: x509.CertificateRevocationList) -> dict[int, Revocation]:
    revoked: dict[int, Revocation] = {}
    for serial, entry in _entries(parsed):
        known = revoked.get(serial)
        # If it is named twice, the earlier time counts.
        revoked[serial] = entry if known is None or entry.since < known.since else known
    return revoked


def _entries(parsed: x509.CertificateRevocationList) -> Iterator[tuple[int, Revocation]]:
    for entry in parsed:
        extensions = entry.extensions
        reason, invalid_from = "unspecified", None
        if len(extensions):
            if _has(extensions, x509.CertificateIssuer):
                raise ListRefused("revocation.kind", detail="an indirect list")
            _assert_known(extensions, _KNOWN_OF_ENTRIES)
            for extension in extensions:
                if isinstance(extension.value, x509.CRLReason):
                    reason = extension.value.reason.value
                elif isinstance(extension.value, x509.InvalidityDate):
                    invalid_from = extension.value.invalidity_date_utc
        if reason == x509.ReasonFlags.remove_from_crl.value:
            raise ListRefused("revocation.kind", detail="an entry that only a delta list may have")
        yield entry.serial_number, Revocation(at=entry.revocation_date_utc, reason=reason, invalid_from=invalid_from)


def _has(extensions: x509.Extensions, kind: type[x509.ExtensionType]) -> bool:
    return any(isinstance(each.value, kind) for each in extensions)


def _urls(names: Iterable[x509.GeneralName] | None) -> list[str]:
    """Return the URLs among names; names of other forms are never fetched."""
    return [name.value for name in names or () if isinstance(name, x509.UniformResourceIdentifier)]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
