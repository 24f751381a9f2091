"""Tones of labels: the class of the style that a state has on every page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.judiciary.endpoint_status import MAINTENANCE
from gateway.runtime.circuit_breaker import Permit

TONES: Final[Mapping[str, str]] = {
    Permit.CLOSED.value: "good",
    Permit.PROBE.value: "busy",
    Permit.OPEN.value: "bad",
    MAINTENANCE: "wait",
}
"""State of an endpoint → tone."""
