"""XAdES properties of documents that others sign: what is read of them is signed, all else is tolerated unread.

Sources: ETSI EN 319 132-1 (SigningCertificateV2, levels B-B and B-T), ETSI TS 101 903 (SigningCertificate, XAdES-BES
and -EPES). Both have one namespace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from adapters.crypto.foreign.document_policy import CertificateReference, DocumentPolicy
from adapters.crypto.keys import names
from adapters.crypto.xml.shape import base64_octets, children, exactly, misshapen, moment
from adapters.crypto.xml.signature_verifier import digest_by, require_algorithm
from adapters.crypto.xml.strict_xml import local
from gateway.trust.trust_policy import Rejection

_DS: Final = f"{{{names.DS}}}"
_XADES: Final = f"{{{names.XADES}}}"
_ID: Final = frozenset({"Id"})
_CERTIFICATES: Final = {
    f"{_XADES}SigningCertificate": CertificateReference.V1,
    f"{_XADES}SigningCertificateV2": CertificateReference.V2,
}
_OF_SIGNATURE: Final = frozenset(
    f"{_XADES}{name}"
    for name in (
        "SigningTime", "SigningCertificate", "SigningCertificateV2", "SignaturePolicyIdentifier",
        "SignatureProductionPlace", "SignatureProductionPlaceV2", "SignerRole", "SignerRoleV2",
    )
)  # fmt: skip
_MAX_DIGEST_LENGTH: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """Properties of one signature; ``element`` is SignedProperties, which the signature must cover.

    ``signed_at`` is None where no time is stated. ``digests`` are (algorithm, digest) of the signer's certificate, one
    for each reference to it.
    """

    element: etree._Element
    signed_at: datetime | None
    digests: Sequence[tuple[str, bytes]]

    def assert_of(self, certificate: bytes) -> None:
        """Raise `Rejection` ``verify.shape`` if they name another certificate (DER) than the signer's."""
        if any(digest_by(method, certificate) != digest for method, digest in self.digests):
            misshapen(self.element, "another certificate's digest")


def read_properties(signature: etree._Element, policy: DocumentPolicy) -> Properties | None:
    """Return the properties of a signature; None if it has none, and none are demanded.

    Raises `Rejection` ``verify.shape``; ``verify.coverage`` where a demanded property is absent.
    """
    found = list(signature.iter(f"{_XADES}QualifyingProperties"))
    demanded = policy.signing_time or policy.certificate is not CertificateReference.NONE
    if not found and not demanded:
        return None
    if not found:
        raise Rejection("verify.coverage", detail="no XAdES properties are signed")
    qualifying = found[0]
    holder = qualifying.getparent()
    if len(found) > 1 or holder is None or holder.tag != f"{_DS}Object" or holder.getparent() is not signature:
        misshapen(qualifying, "not alone in an Object of the signature")
    if not signature.get("Id") or qualifying.get("Target") != f"#{signature.get('Id')}":
        misshapen(qualifying, "its Target is not this signature")
    parts = children(qualifying, _ID | {"Target"})
    tags = [part.tag for part in parts]
    if tags not in ([f"{_XADES}SignedProperties"], [f"{_XADES}SignedProperties", f"{_XADES}UnsignedProperties"]):
        misshapen(qualifying, "its children")
    return _signed(parts[0], policy)


def _signed(properties: etree._Element, policy: DocumentPolicy) -> Properties:
    sections = {each.tag: each for each in children(properties, _ID)}
    of_signature = sections.pop(f"{_XADES}SignedSignatureProperties", None)
    sections.pop(f"{_XADES}SignedDataObjectProperties", None)
    if of_signature is None or sections or len(properties) > 2:
        misshapen(properties, "its children")
    told = children(of_signature, _ID)
    named = [each.tag for each in told]
    if not _OF_SIGNATURE.issuperset(named) or len(set(named)) != len(named):
        misshapen(of_signature, "a property that is not known, or twice")
    times = [moment(each) for each in told if each.tag == f"{_XADES}SigningTime"]
    if policy.signing_time and not times:
        raise Rejection("verify.coverage", where=local(of_signature), detail="no SigningTime is signed")
    references = {_CERTIFICATES[each.tag]: each for each in told if each.tag in _CERTIFICATES}
    wanted = policy.certificate
    if wanted is not CertificateReference.NONE and not (
        references if wanted is CertificateReference.ANY else wanted in references
    ):
        raise Rejection(
            "verify.coverage", where=local(of_signature), detail="no reference to its certificate is signed"
        )
    digests = [_digest(each, policy) for each in references.values()]
    return Properties(element=properties, signed_at=times[0] if times else None, digests=digests)


def _digest(reference: etree._Element, policy: DocumentPolicy) -> tuple[str, bytes]:
    """Return algorithm and digest of the first certificate, which is the signer's (EN 319 132-1, 5.2.2)."""
    certificates = children(reference)
    if not certificates or any(each.tag != f"{_XADES}Cert" for each in certificates):
        misshapen(reference, "its children")
    # Issuer and serial number behind the digest say no more than it does.
    first, *_ = children(certificates[0], frozenset({"URI"}))
    if first.tag != f"{_XADES}CertDigest":
        misshapen(certificates[0], "its children")
    method, value = exactly(first, f"{_DS}DigestMethod", f"{_DS}DigestValue")
    algorithm = method.get("Algorithm", "")
    if algorithm not in policy.digests:
        raise Rejection("verify.algorithm", where=local(method))
    require_algorithm(method, algorithm)
    return algorithm, base64_octets(value, _MAX_DIGEST_LENGTH)
