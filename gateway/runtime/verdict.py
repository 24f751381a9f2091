"""Verdicts of an auditor."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """Result of a check. A check that could not be decided is INDETERMINATE, with the reason, and never PASSED."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    INDETERMINATE = "INDETERMINATE"
