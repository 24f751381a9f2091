"""The three verdicts of an auditor."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What came of a check. What could not be judged is INDETERMINATE, with the reason, and never PASSED."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    INDETERMINATE = "INDETERMINATE"
