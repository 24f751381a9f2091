"""Verifier of signed messages in either form, for readers without a known contract."""

from __future__ import annotations

from adapters.crypto.keys.names import SOAP12
from adapters.crypto.keys.partner import Partner
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.multipart import envelope_start, is_package
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.partner_profile import PartnerProfile, TokenUse
from gateway.trust.trust_policy import Facts

_STORED = PartnerProfile(username_token=TokenUse.TOLERATED, attachments=True)
_START = 300
"""Number of octets in which an envelope's start tag declares its version."""


class AnyMessageVerifier:
    """Verifier of messages of one partner: XML begins with ``<``, a package with ``--``, a JWS with neither."""

    def __init__(self, partner: Partner) -> None:
        self._soap11 = MessageVerifier(partner, profile=_STORED)
        self._soap12 = MessageVerifier(partner, profile=_STORED, soap=SOAP12)
        self._jws = JwsVerifier(partner, form=None)

    def examine(self, octets: bytes) -> Facts:
        """Verify a message; ``covered`` has Body in any form. Raises as the two verifiers do."""
        start = envelope_start(octets) if is_package(octets) else octets
        if start.lstrip()[:1] != b"<":
            return self._jws.examine(octets)
        # A guess only chooses the verifier: each demands its own version of the whole envelope.
        return (self._soap12 if SOAP12.encode() in start[:_START] else self._soap11).examine(octets)
