"""The parts of the effective configuration that rules and calendar are."""

from __future__ import annotations

from typing import Any, Final

LEGAL_RULES: Final = "legal rules"
OFFICE_CALENDAR: Final = "office calendar"
"""Names of these parts in evidence; they never change."""


def legal_values(rules: str | None, calendar: str | None, province: str | None) -> dict[str, Any]:
    """Return the parts of rules and calendar, by their versions."""
    return {LEGAL_RULES: rules, OFFICE_CALENDAR: {"digest": calendar, "province": province}}
