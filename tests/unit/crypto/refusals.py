"""How messages are refused, and a forger who holds the partner's own key."""

from __future__ import annotations

import pytest

from gateway.trust.trust_policy import Rejection

from .forge import Edit, believed_by_xmlsec, resigned
from .samples import Court


def refused(court: Court, octets: bytes) -> Rejection:
    with pytest.raises(Rejection) as refusal:
        court.messages.examine(octets)
    return refusal.value


def resign(court: Court, wire: bytes, edit: Edit) -> bytes:
    octets = resigned(wire, edit, court.pki / "municipality" / "transport.key.pem")
    assert believed_by_xmlsec(octets, court.transport)
    return octets
