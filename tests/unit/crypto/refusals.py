"""Refusals of messages, and a forger with the partner's own key."""

from __future__ import annotations

import pytest

from gateway.trust.trust_policy import Rejection

from .forge import Edit, believed_by_xmlsec, resigned
from .samples import JudiciaryService


def refused(judiciary: JudiciaryService, octets: bytes) -> Rejection:
    with pytest.raises(Rejection) as refusal:
        judiciary.messages.examine(octets)
    return refusal.value


def resign(judiciary: JudiciaryService, wire: bytes, edit: Edit) -> bytes:
    octets = resigned(wire, edit, judiciary.pki / "municipality" / "transport.key.pem")
    assert believed_by_xmlsec(octets, judiciary.transport)
    return octets
