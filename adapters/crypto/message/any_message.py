"""Verifier of signed messages in either form, for readers without a known contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.crypto.keys.partner import Partner
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.multipart import envelope_start, is_package
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.partner_profile import ALGORITHMS, ID_ATTRIBUTES, KeyName, PartnerProfile, TokenUse
from adapters.crypto.xml.signature_verifier import more_telling
from gateway.trust.trust_policy import Facts, Rejection

_STORED = PartnerProfile(username_token=TokenUse.TOLERATED, attachments=True)
_START = 300
"""Number of octets in which an envelope's start tag declares its version."""


_BODY_ALONE = PartnerProfile(
    signature_algorithms=frozenset(ALGORITHMS.values()),
    signed_parts=frozenset({"Body"}),
    id_attributes=frozenset(ID_ATTRIBUTES.values()),
    prefix_lists=True,
    enveloped_transform=True,
    username_token=TokenUse.TOLERATED,
    attachments=True,
    body_alone=True,
    key_names=frozenset(KeyName),
)
"""Least that proves a message: its Body is signed. Of the rest nothing is read."""


class AnyMessageVerifier:
    """Verifier of messages of one partner: XML begins with ``<``, a package with ``--``, a JWS with neither.

    A message in XML that is not signed as a whole is judged by its Body alone: nobody here knows what was agreed.
    """

    def __init__(self, partner: Partner) -> None:
        self._whole, self._bodies = (
            {soap: MessageVerifier(partner, profile=profile, soap=soap) for soap in (SOAP, SOAP12)}
            for profile in (_STORED, _BODY_ALONE)
        )
        self._jws = JwsVerifier(partner, form=None)

    def examine(self, octets: bytes, at: datetime | None = None) -> Facts:
        """Verify a message; ``covered`` has Body in any form. Raises as the two verifiers do.

        A message without a Timestamp that the signature covers counts as signed ``at``, the time of its record. Anybody
        could write another one into it.
        """
        start = envelope_start(octets) if is_package(octets) else octets
        if start.lstrip()[:1] != b"<":
            return self._jws.examine(octets)
        # A guess only chooses the verifier: each demands its own version of the whole envelope.
        soap = SOAP12 if SOAP12.encode() in start[:_START] else SOAP
        try:
            return self._whole[soap].examine(octets)
        except Rejection as refusal:
            try:
                return _timed(self._bodies[soap].examine(octets, at), at)
            except Rejection as other:
                raise more_telling(refusal, other) from None


def _timed(facts: Facts, at: datetime | None) -> Facts:
    if "Timestamp" in facts.covered:
        return facts
    if at is None:
        raise Rejection("verify.shape", where="Timestamp", detail="not signed")
    return replace(facts, signed_at=at, expires_at=None)
