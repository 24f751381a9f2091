"""A signed message in either form, for whoever finds one and was not told which contract it belongs to."""

from __future__ import annotations

from adapters.crypto.jws import JwsVerifier
from adapters.crypto.message import MessageVerifier
from adapters.crypto.partner import Partner
from gateway.trust import Facts


class AnyMessageVerifier:
    """Judges messages of one partner: XML begins with ``<``, and no JWS does."""

    def __init__(self, partner: Partner) -> None:
        self._xml, self._jws = MessageVerifier(partner), JwsVerifier(partner)

    def examine(self, octets: bytes) -> Facts:
        """Return what the message proves; ``covered`` has Body in either form. Raises as the two verifiers do."""
        return (self._xml if octets.lstrip()[:1] == b"<" else self._jws).examine(octets)
