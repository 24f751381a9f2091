"""Partner profile: switches for verifying messages of a partner's own tools. `STRICT` has all of them off.

`docs/connect/partner-profiles.md` explains the cost of each switch, and the tool that needs it. Documents in our form
have no profile; those of others have a policy (`document_policy`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from adapters.crypto.keys import names

ADDRESSING: Final = ("To", "Action", "MessageID", "RelatesTo")
ALL_PARTS: Final = frozenset({"Body", "Timestamp", "BinarySecurityToken", *ADDRESSING})

REQUEST_PARTS: Final = ("Body", "Timestamp", "To", "Action", "MessageID")
"""Parts that must be signed in a request before it is processed."""

ANSWER_PARTS: Final = ("Body", "Timestamp", "Action", "RelatesTo")
"""Parts that must be signed in a response before it counts as an answer."""

ALGORITHMS: Final = MappingProxyType(
    {
        "rsa-sha256": names.RSA_SHA256,
        "ecdsa-sha256": names.ECDSA_SHA256,
        "rsa-pss-sha256": names.RSA_PSS_SHA256,
    }
)
"""Signature algorithms that a partner may use, by their names in the configuration."""

DOCUMENT_ALGORITHMS: Final = MappingProxyType(
    {
        **ALGORITHMS,
        "rsa-sha384": names.RSA_SHA384,
        "rsa-sha512": names.RSA_SHA512,
        "rsa-pss-sha384": names.RSA_PSS_SHA384,
        "rsa-pss-sha512": names.RSA_PSS_SHA512,
        "ecdsa-sha384": names.ECDSA_SHA384,
        "ecdsa-sha512": names.ECDSA_SHA512,
    }
)
"""Signature algorithms that documents of others may use."""

DIGESTS: Final = MappingProxyType({"sha256": names.SHA256, "sha384": names.SHA384, "sha512": names.SHA512})

CANONICALIZATIONS: Final = MappingProxyType(
    {
        "exclusive": names.EXC_C14N,
        "exclusive-with-comments": f"{names.EXC_C14N}WithComments",
        "inclusive": names.C14N,
        "inclusive-with-comments": f"{names.C14N}#WithComments",
        "inclusive-1.1": names.C14N11,
        "inclusive-1.1-with-comments": f"{names.C14N11}#WithComments",
    }
)
"""Canonicalizations that documents of others may use. No document may have comments, so none keeps any."""

ID_ATTRIBUTES: Final = MappingProxyType({"wsu:Id": names.WSU_ID, "Id": "Id"})
UNREAD_HEADERS: Final = frozenset({"From", "ReplyTo", "FaultTo"})
READ_NAMESPACES: Final = tuple(f"{{{uri}}}" for uri in (names.WSA, names.WSSE, names.SOAP, names.SOAP12))
"""Beginnings of the tags of header blocks that are read, or that no message may have."""


class TokenUse(Enum):
    """Use of username tokens in messages; a present token is always signed.

    `adapters.crypto.message.username_token` verifies them.
    """

    NONE = auto()
    EXPECTED = auto()
    TOLERATED = auto()
    """Allowed; for readers of stored messages, who process none."""


class KeyName(Enum):
    """Way in which a signature names its certificate. The name is a hint: the pinned certificate's key decides."""

    TOKEN = "token"  # noqa: S105 - a name
    """The certificate itself in a BinarySecurityToken, by reference."""
    ISSUER_SERIAL = "issuer-serial"
    """Issuer and serial number (XML Signature, 4.5.4.1)."""
    IDENTIFIER = "identifier"
    """SHA-1 thumbprint, or subject key identifier (WS-Security X.509 profile 1.1, 3.2.1)."""


def _assert_among(values: frozenset[str], allowed: frozenset[str]) -> None:
    if unknown := values - allowed:
        raise ValueError(f"never allowed: {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerProfile:
    """Permitted differences of one partner's messages from ours. Raises `ValueError` for a forbidden value.

    ``signature_algorithms`` are URIs; of these, a certificate's key verifies those of its own kind.
    Each of ``signed_parts`` must be signed: Body and Timestamp always. To, Action and MessageID must also be present;
    RelatesTo must be signed if it is present. Other parts may be signed; otherwise they are no claim of the message.
    ``id_attributes`` are the attributes that a reference may lead to, ``{namespace}Id`` or ``Id``. ``prefix_lists``:
    exclusive C14N may name inclusive prefixes.
    ``enveloped_transform``: a part's transforms may begin with the enveloped-signature transform. ``unread_headers``
    are addressing headers that may be present, signed or not, and are never read; so are ``other_headers``, each
    ``{namespace}Name``.
    ``username_token`` is the agreement with the partner. ``attachments``: a message may be a package with attachments
    (`adapters.crypto.message.multipart`), each of them signed.
    ``body_alone``: the Body is all that must be signed, and all that is read. Any header may stand beside Security, as
    long as none must be understood; a Timestamp and a token may be absent. The caller must bind such a message to its
    request, and judge its age, by the Body's content. ``key_names`` are the permitted ways to name the certificate.
    ``canonicalizations`` and ``digests`` are URIs; more than one of each is for documents of others alone, as is
    ``implied_canonicalization``: transforms may leave it out, and inclusive C14N 1.0 is meant (XML Signature, 4.4.3.2).
    """

    signature_algorithms: frozenset[str] = frozenset({names.RSA_SHA256, names.ECDSA_SHA256})
    signed_parts: frozenset[str] = ALL_PARTS
    id_attributes: frozenset[str] = frozenset({names.WSU_ID})
    prefix_lists: bool = False
    enveloped_transform: bool = False
    unread_headers: frozenset[str] = frozenset()
    other_headers: frozenset[str] = frozenset()
    username_token: TokenUse = TokenUse.NONE
    attachments: bool = False
    body_alone: bool = False
    key_names: frozenset[KeyName] = frozenset({KeyName.TOKEN})
    canonicalizations: frozenset[str] = frozenset({names.EXC_C14N})
    digests: frozenset[str] = frozenset({names.SHA256})
    implied_canonicalization: bool = False

    def __post_init__(self) -> None:
        _assert_among(self.signature_algorithms, frozenset(DOCUMENT_ALGORITHMS.values()))
        _assert_among(self.canonicalizations, frozenset(CANONICALIZATIONS.values()))
        _assert_among(self.digests, frozenset(DIGESTS.values()))
        _assert_among(self.signed_parts, ALL_PARTS)
        _assert_among(self.id_attributes, frozenset(ID_ATTRIBUTES.values()))
        _assert_among(self.unread_headers, UNREAD_HEADERS)
        if any(tag.startswith(READ_NAMESPACES) for tag in self.other_headers):
            raise ValueError("a header block of Security, WS-Addressing or SOAP is read, or never allowed")
        always = {"Body"} if self.body_alone else {"Body", "Timestamp"}
        if not always <= self.signed_parts or not self.signature_algorithms or not self.id_attributes:
            raise ValueError("Body and Timestamp are always signed, by some algorithm, and have ids")
        if not self.key_names:
            raise ValueError("the certificate is named in some way")

    @property
    def binds_certificate(self) -> bool:
        """Return True if the signature covers its certificate, and not only proves its key."""
        return "BinarySecurityToken" in self.signed_parts


STRICT: Final = PartnerProfile()
"""Profile of our own messages, without any difference."""
