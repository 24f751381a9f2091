"""Policy for documents that others sign in a form of their own: algorithms, places, demanded XAdES properties."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from adapters.crypto.keys import names
from adapters.crypto.xml.partner_profile import CANONICALIZATIONS, DIGESTS, DOCUMENT_ALGORITHMS, PartnerProfile


class SignaturePlace(Enum):
    """Place of the one signature of a document (XML Signature, 2.0)."""

    ENVELOPED = "enveloped"
    """Inside the signed element, which is the document element."""
    ENVELOPING = "enveloping"
    """It is the document element; the signed element stands alone in a ds:Object of it."""
    DETACHED = "detached"
    """Beside the signed element; both are children of the document element."""


class CertificateReference(Enum):
    """Signed reference to the signer's certificate that is demanded (ETSI EN 319 132-1, 5.2.2)."""

    V1 = "v1"
    """SigningCertificate."""
    V2 = "v2"
    """SigningCertificateV2."""
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPolicy:
    """Permitted forms of a document's signature; algorithms are URIs.

    ``place`` None: any place. ``inside`` is the tag of a child of the signed element in which an enveloped signature
    stands; None: the signed element itself. ``prefix_lists``: exclusive C14N may name inclusive prefixes.
    ``signing_time``: XAdES SigningTime is demanded. Raises `ValueError` for an algorithm that is never allowed.
    """

    place: SignaturePlace | None = SignaturePlace.ENVELOPED
    inside: str | None = None
    algorithms: frozenset[str] = frozenset({names.RSA_SHA256, names.ECDSA_SHA256})
    digests: frozenset[str] = frozenset({names.SHA256})
    canonicalizations: frozenset[str] = frozenset({names.EXC_C14N})
    prefix_lists: bool = False
    signing_time: bool = True
    certificate: CertificateReference = CertificateReference.ANY

    @property
    def profile(self) -> PartnerProfile:
        """Switches of the signature verifier under this policy."""
        return PartnerProfile(
            signature_algorithms=self.algorithms,
            prefix_lists=self.prefix_lists,
            canonicalizations=self.canonicalizations,
            digests=self.digests,
            implied_canonicalization=True,
        )

    def __post_init__(self) -> None:
        assert self.profile  # it refuses what is never allowed


LOOSEST: Final = DocumentPolicy(
    place=None,
    algorithms=frozenset(DOCUMENT_ALGORITHMS.values()),
    digests=frozenset(DIGESTS.values()),
    canonicalizations=frozenset(CANONICALIZATIONS.values()),
    prefix_lists=True,
    signing_time=False,
    certificate=CertificateReference.NONE,
)
"""Policy of a reader who does not know what was agreed: every form that any policy may permit."""
