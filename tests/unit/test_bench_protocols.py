"""The benchmark measures what works: both forms of a message, made and read back."""

from __future__ import annotations

import pytest

from adapters.bench.protocols import LABELS, measure

pytestmark = pytest.mark.long


def test_each_form_of_each_message_has_figures() -> None:
    costs = measure(rounds=1)
    assert {(cost.protocol, cost.message) for cost in costs} == {
        (protocol, label) for protocol in ("XML, WS-Security", "JSON, JWS") for label in LABELS.values()
    }
    by_message = {(cost.protocol, cost.message): cost.octets for cost in costs}
    large = list(LABELS.values())[-1]
    assert by_message["JSON, JWS", large] > by_message["XML, WS-Security", large], "base64 inside base64url"
