"""Audit of revocation: find signing certificates that had been revoked before they signed."""

from __future__ import annotations

from typing import Protocol

from gateway.audit.audit import SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.runtime.verdict import Verdict
from gateway.trust.revocation_status import Finding, Standing
from gateway.trust.trust_policy import Facts


class RevocationJudge(Protocol):
    """Judge of revocation by the lists that an archive and its auditor hold."""

    def standing(self, facts: Facts) -> Finding:
        """Return the revocation finding for the signer's chain at the time of signing."""
        ...


class RevocationCheck:
    """Collector of records signed with a revoked certificate, and, once each, of certificates that cannot be judged."""

    def __init__(self, judge: RevocationJudge | None, audit: SegmentAudit) -> None:
        self._judge, self._audit = judge, audit
        self._told: set[tuple[Standing, int]] = set()

    def judge(self, subject: str, facts: Facts) -> None:
        if self._judge is None:
            return
        found = self._judge.standing(facts)
        verdict, reason = found.verdict(facts.signed_at)
        if verdict is Verdict.PASSED:
            self._audit.passed[Check.REVOCATION] += 1
            return
        key = found.standing, found.link.serial if found.link else 0
        if verdict is Verdict.INDETERMINATE and key in self._told:
            return
        self._told.add(key)
        whose = f"{found.link.subject}, " if found.link else ""
        self._audit.add(Check.REVOCATION, subject, f"{whose}{reason}", verdict)
