"""What a partner's own tools make necessary: the switches of verifying messages. `STRICT` has none of them on.

`docs/connect/partner-profiles.md` says of each switch what it gives up and which tool needs it. Documents have no
profile: their form is ours.
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
"""What must be signed for a request to be acted on."""

ANSWER_PARTS: Final = ("Body", "Timestamp", "Action", "RelatesTo")
"""What must be signed for an answer to be believed to answer."""

ALGORITHMS: Final = MappingProxyType(
    {
        "rsa-sha256": names.RSA_SHA256,
        "ecdsa-sha256": names.ECDSA_SHA256,
        "rsa-pss-sha256": names.RSA_PSS_SHA256,
    }
)
"""The signature algorithms that a partner may use, by the names that a configuration has for them."""

ID_ATTRIBUTES: Final = MappingProxyType({"wsu:Id": names.WSU_ID, "Id": "Id"})
UNREAD_HEADERS: Final = frozenset({"From", "ReplyTo", "FaultTo"})


class TokenUse(Enum):
    """Whether messages hold a username token (`adapters.crypto.message.username_token`); one that is there is always
    signed."""

    NONE = auto()
    EXPECTED = auto()
    TOLERATED = auto()
    """For whoever reads stored messages, and acts on none."""


def _assert_among(values: frozenset[str], allowed: frozenset[str]) -> None:
    if unknown := values - allowed:
        raise ValueError(f"never allowed: {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerProfile:
    """How one partner's messages may differ from ours. `ValueError`: a switch is set to what is never allowed.

    ``signature_algorithms`` are URIs; of these, a certificate's key verifies those of its own kind. Each of
    ``signed_parts`` must be signed: Body and Timestamp always; To, Action and MessageID must also stand there;
    RelatesTo, if it does. What is left out may be signed, and is no claim of the message otherwise. ``id_attributes``
    are the attributes that a reference may lead to, ``{namespace}Id`` or ``Id``. ``prefix_lists``: exclusive C14N may
    name inclusive prefixes. ``enveloped_transform``: a part's transforms may begin with the enveloped-signature
    transform. ``unread_headers`` are addressing headers that may stand there, signed or not, and are never read.
    ``username_token`` says what was agreed with the partner. ``attachments``: a message may be a package with
    attachments (`adapters.crypto.message.multipart`), each of them signed.
    """

    signature_algorithms: frozenset[str] = frozenset({names.RSA_SHA256, names.ECDSA_SHA256})
    signed_parts: frozenset[str] = ALL_PARTS
    id_attributes: frozenset[str] = frozenset({names.WSU_ID})
    prefix_lists: bool = False
    enveloped_transform: bool = False
    unread_headers: frozenset[str] = frozenset()
    username_token: TokenUse = TokenUse.NONE
    attachments: bool = False

    def __post_init__(self) -> None:
        _assert_among(self.signature_algorithms, frozenset(ALGORITHMS.values()))
        _assert_among(self.signed_parts, ALL_PARTS)
        _assert_among(self.id_attributes, frozenset(ID_ATTRIBUTES.values()))
        _assert_among(self.unread_headers, UNREAD_HEADERS)
        if not {"Body", "Timestamp"} <= self.signed_parts or not self.signature_algorithms or not self.id_attributes:
            raise ValueError("Body and Timestamp are always signed, by some algorithm, and have ids")

    @property
    def binds_certificate(self) -> bool:
        """Whether the signature says under which certificate it was made, and not only with which key."""
        return "BinarySecurityToken" in self.signed_parts


STRICT: Final = PartnerProfile()
"""What we sign ourselves, and nothing else."""
